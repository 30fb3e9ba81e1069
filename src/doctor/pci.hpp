#pragma once

#include <string>
#include <vector>

#include "doctor/roots.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::doctor {

/// A device on the PCI bus, as sysfs shows it.
struct PciDevice {
  /// "0000:3b:00.0".
  std::string address;
  std::string folder;
  /// 0 where the kernel does not tell.
  u64 vendor = 0;
  /// Base class, subclass, programming interface: 0x010802 for an NVMe controller.
  u64 class_code = 0;

  [[nodiscard]] bool is_nvme() const noexcept { return class_code == 0x010802; }
  /// A display or 3D controller.
  [[nodiscard]] bool is_gpu() const noexcept { return class_code >> 16 == 0x03; }
};

/// All of them, by address; none where there is no PCI or its folder cannot be read.
std::vector<PciDevice> pci_devices(const Roots& roots);

/// Bytes of a device's base address register `index` (0 to 5), 0 where it has none. Errors: as of
/// read_bytes(); InvalidArgument where the file `resource` holds something else.
Result<u64> bar_bytes(const PciDevice& device, std::size_t index);

}  // namespace vyre::doctor
