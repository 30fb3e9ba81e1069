#include "doctor/pci.hpp"

#include <fmt/format.h>

#include <optional>
#include <sstream>

#include "doctor/text_file.hpp"

namespace vyre::doctor {

std::vector<PciDevice> pci_devices(const Roots& roots) {
  const std::string bus = roots.sys + "/bus/pci/devices";
  std::vector<PciDevice> devices;
  const auto addresses = folder_entries(bus);
  if (!addresses) return devices;
  for (const std::string& address : *addresses) {
    const std::string folder = fmt::format("{}/{}", bus, address);
    devices.push_back({.address = printable(address),
                       .folder = folder,
                       .vendor = read_number(folder + "/vendor").value_or(0),
                       .class_code = read_number(folder + "/class").value_or(0)});
  }
  return devices;
}

// Each line of `resource` is "FIRST LAST FLAGS" in hexadecimal, of zeros where nothing is mapped
// (Documentation/PCI/sysfs-pci.rst).
Result<u64> bar_bytes(const PciDevice& device, std::size_t index) {
  const std::string path = device.folder + "/resource";
  const auto text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  std::istringstream lines(*text);
  std::string line;
  for (std::size_t i = 0; i <= index; ++i) {
    if (!std::getline(lines, line)) line.clear();
  }
  std::istringstream words(line);
  std::string first_word;
  std::string last_word;
  words >> first_word >> last_word;
  const std::optional<u64> first = parse_number(first_word);
  const std::optional<u64> last = parse_number(last_word);
  const bool is_empty = first && last && *first == 0 && *last == 0;
  if (is_empty) return 0;
  if (!first || !last || *last <= *first || *last - *first == ~u64{0}) {
    return tl::unexpected(invalid_argument(fmt::format("line {} of {} is \"{}\", which is no range",
                                                       index + 1, path, printable(line))));
  }
  return *last - *first + 1;
}

}  // namespace vyre::doctor
