#include "doctor/iommu.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "doctor/text_file.hpp"

namespace vyre::doctor {
namespace {

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

bool matters(const PciDevice& device) {
  return device.is_nvme() || device.is_gpu() || exists(device.folder + "/p2pmem");
}

}  // namespace

// Documentation/ABI/testing/sysfs-kernel-iommu_groups: the types of a group's default domain are
// "DMA", "DMA-FQ", "identity" and "auto".
Row iommu_row(const Roots& roots, std::span<const PciDevice> devices) {
  const auto groups = folder_entries(roots.sys + "/kernel/iommu_groups");
  if (!groups || groups->empty()) {
    return available_row("iommu", "none: devices are given addresses as they are");
  }
  std::vector<std::string> translated;
  std::vector<std::string> unknown;
  std::size_t straight = 0;
  for (const PciDevice& device : devices) {
    if (!matters(device) || !exists(device.folder + "/iommu_group")) continue;
    const auto type = read_text(device.folder + "/iommu_group/type");
    if (!type) {
      unknown.push_back(device.address);
    } else if (*type == "identity") {
      ++straight;
    } else {
      translated.push_back(fmt::format("{} ({})", device.address, printable(*type)));
    }
  }
  constexpr const char* kConsequence =
      "peer DMA goes up to the root complex where switches redirect it (ACS): slower, or refused "
      "with EREMOTEIO";
  constexpr const char* kFix =
      "where peer DMA is refused: name the switch's ports in pci=disable_acs_redir= on the "
      "kernel's "
      "command line, or switch the IOMMU off there (intel_iommu=off, amd_iommu=off)";
  if (!translated.empty()) {
    return degraded_row("iommu",
                        {fmt::format("translates addresses of {}", fmt::join(translated, ", ")),
                         kConsequence, kFix});
  }
  if (!unknown.empty()) {
    return degraded_row(
        "iommu", {fmt::format("the kernel does not tell the mode of {}", fmt::join(unknown, ", ")),
                  kConsequence, kFix});
  }
  if (straight != 0) {
    return available_row("iommu",
                         fmt::format("identity: addresses of {} drive{} or GPU{} pass as "
                                     "they are",
                                     straight, straight == 1 ? "" : "s", straight == 1 ? "" : "s"));
  }
  return available_row("iommu",
                       fmt::format("{} groups, with no drive or GPU among them", groups->size()));
}

}  // namespace vyre::doctor
