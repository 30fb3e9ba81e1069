#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "memory/mapped_buffer.hpp"
#include "vyre/error.hpp"

namespace vyre::memory {

/// Where the kernel lists PCI devices.
inline constexpr const char* kPciDevices = "/sys/bus/pci/devices";

/// A PCI device that offers memory of its own to others (sysfs folder `p2pmem`, Linux's
/// Documentation/driver-api/pci/p2pdma): an NVMe drive's controller memory buffer, for one.
struct PeerProvider {
  /// "0000:03:00.0".
  std::string address;
  /// Of its sysfs folder `p2pmem`.
  std::string folder;
  /// Bytes in all, and those that nobody has yet; never more than `size`.
  std::uint64_t size = 0;
  std::uint64_t available = 0;
  /// Other drivers of the kernel may take of it too.
  bool published = false;
};

/// A folder `p2pmem` that does not say what it should.
struct RefusedProvider {
  std::string address;
  Error error;
};

struct PeerProviders {
  /// By address.
  std::vector<PeerProvider> usable;
  std::vector<RefusedProvider> refused;
};

/// The providers among the PCI devices that `devices` lists. None where it cannot be read, as on a
/// machine without PCI. Reads some small files per device: for set-up and reports.
PeerProviders peer_providers(const std::string& devices = kPciDevices);

/// The provider whose PCI address is `address`, or, where that is empty, the one with the most
/// memory available. Unavailable, with what each one lacks, where there is none.
Result<PeerProvider> choose_peer_provider(const std::string& address,
                                          const std::string& devices = kPciDevices);

/// `bytes` of the provider's memory, rounded up to pages, mapped into this process, kind
/// kPeerMapped: for reads by address, past the page cache; no ring can register it. The kernel
/// gives the memory out as it is mapped and takes it back with the last page of the mapping. Slow
/// to load from; an access after the device was removed ends the process with SIGBUS. Errors:
/// InvalidArgument for 0 bytes; Unavailable with the reason where the provider has too little, the
/// kernel hands none to programs, or the permission on `allocate` is lacking; Syscall.
Result<MappedBuffer> map_peer_memory(const PeerProvider& provider, std::size_t bytes);

/// The same of the provider that choose_peer_provider() chooses.
Result<MappedBuffer> map_peer_memory(const std::string& address, std::size_t bytes,
                                     const std::string& devices = kPciDevices);

}  // namespace vyre::memory
