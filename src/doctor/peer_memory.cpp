#include "doctor/peer_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "doctor/text_file.hpp"

namespace vyre::doctor {
namespace {

constexpr const char* kOption = "CONFIG_PCI_P2PDMA";
constexpr const char* kNoPeer = "no read can go straight into another PCI device: no `--path peer`";
constexpr const char* kUnused = "`--path peer` cannot use this device's memory";

std::string_view owner(std::span<const PciDevice> devices, const std::string& address) {
  const auto found =
      std::find_if(devices.begin(), devices.end(),
                   [&address](const PciDevice& device) { return device.address == address; });
  if (found != devices.end() && found->is_nvme()) return "an NVMe controller's memory buffer";
  if (found != devices.end() && found->is_gpu()) return "a GPU's memory";
  return "a PCI device's memory";
}

Row provider_row(const memory::PeerProvider& provider, std::string_view of) {
  const std::string name = "p2pmem:" + provider.address;
  const std::string evidence = fmt::format(
      "{} of {}, {} free, {} to other drivers", size_text(provider.size), of,
      size_text(provider.available), provider.published ? "published" : "not published");
  if (const auto mapped = memory::map_peer_memory(provider, 1); !mapped) {
    return unavailable_row(
        name, {fmt::format("{}; {}", evidence, mapped.error().what), kUnused, mapped.error().fix});
  }
  return available_row(name, evidence + "; a page of it could be mapped");
}

}  // namespace

Row p2pdma_row(const Roots& roots, const Result<KernelConfig>& config, std::size_t providers) {
  constexpr const char* kName = "p2pdma";
  constexpr const char* kFix =
      "boot a kernel that is built with CONFIG_PCI_P2PDMA=y, 6.2 or later (Debian's from 6.13.7 "
      "on)";
  if (config && config->setting(kOption) == 'n') {
    return unavailable_row(kName, {config->told(kOption), kNoPeer, kFix});
  }
  if (config) return available_row(kName, config->told(kOption));
  if (providers > 0) {
    return available_row(kName, fmt::format("{} PCI device{} memory to others", providers,
                                            providers == 1 ? " offers" : "s offer"));
  }
  const auto found = kernel_has_symbol(roots, "pci_p2pdma_");
  if (!found) {
    return degraded_row(
        kName, {fmt::format("not known: {}; {}", config.error().what, found.error().what),
                "whether reads can go straight into another PCI device shows only when it is tried",
                config.error().fix});
  }
  const std::string symbols = roots.proc + "/kallsyms";
  if (*found) return available_row(kName, "its functions are in " + symbols);
  return unavailable_row(kName, {"no function of it is in " + symbols, kNoPeer, kFix});
}

std::vector<Row> p2pmem_rows(const memory::PeerProviders& providers,
                             std::span<const PciDevice> devices) {
  std::vector<Row> rows;
  for (const memory::PeerProvider& provider : providers.usable) {
    rows.push_back(provider_row(provider, owner(devices, provider.address)));
  }
  for (const memory::RefusedProvider& refused : providers.refused) {
    rows.push_back(unavailable_row("p2pmem:" + printable(refused.address),
                                   {refused.error.what, kUnused, refused.error.fix}));
  }
  if (!rows.empty()) return rows;
  rows.push_back(unavailable_row(
      "p2pmem",
      {fmt::format("none of {} PCI devices has a folder p2pmem", devices.size()),
       "no PCI memory that reads could go into",
       "it takes an NVMe drive with a controller memory buffer, or another device whose driver "
       "offers its memory"}));
  return rows;
}

}  // namespace vyre::doctor
