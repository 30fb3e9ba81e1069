#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "doctor/kernel_config.hpp"
#include "doctor/pci.hpp"
#include "doctor/roots.hpp"
#include "doctor/row.hpp"
#include "memory/peer_memory.hpp"

namespace vyre::doctor {

/// "p2pdma": whether the kernel lets one PCI device read and write another's memory. From its
/// configuration, else from how many devices offer memory, else from its symbols.
Row p2pdma_row(const Roots& roots, const Result<KernelConfig>& config, std::size_t providers);

/// "p2pmem:ADDRESS" for each PCI device that offers its memory to others, with its size, what is
/// left of it, and whether a page of it can be mapped, which is tried; "p2pmem" where none does.
std::vector<Row> p2pmem_rows(const memory::PeerProviders& providers,
                             std::span<const PciDevice> devices);

}  // namespace vyre::doctor
