#pragma once

#include <span>

#include "doctor/pci.hpp"
#include "doctor/roots.hpp"
#include "doctor/row.hpp"

namespace vyre::doctor {

/// "iommu": whether an IOMMU translates the addresses of those PCI devices that peer DMA is about
/// (NVMe controllers, GPUs, devices that offer memory).
Row iommu_row(const Roots& roots, std::span<const PciDevice> devices);

}  // namespace vyre::doctor
