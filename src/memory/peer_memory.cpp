#include "memory/peer_memory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "base/checked.hpp"
#include "base/owned_fd.hpp"

namespace vyre::memory {
namespace {

constexpr const char* kNoProvider =
    "it takes a PCI device whose driver offers its memory, as an NVMe drive with a controller "
    "memory buffer, and a kernel with CONFIG_PCI_P2PDMA; `vyre doctor` shows what there is";

/// One decimal number and nothing else, as the kernel writes attributes.
Result<std::uint64_t> read_number(const std::string& path) {
  // Never waits, should somebody have put a FIFO there.
  const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return tl::unexpected(syscall_error("open " + path, errno));
  std::array<char, 32> text{};
  const ssize_t length = ::read(file.get(), text.data(), text.size());
  if (length < 0) return tl::unexpected(syscall_error("read " + path, errno));
  std::string_view digits(text.data(), static_cast<std::size_t>(length));
  if (digits.ends_with('\n')) digits.remove_suffix(1);
  std::uint64_t number = 0;
  const auto end = digits.data() + digits.size();
  const auto [parsed, error] = std::from_chars(digits.data(), end, number);
  if (digits.empty() || error != std::errc() || parsed != end) {
    return tl::unexpected(unavailable(path + " does not hold one number",
                                      "report this to who makes the device's driver"));
  }
  return number;
}

Result<PeerProvider> read_provider(std::string address, std::string folder) {
  const auto size = read_number(folder + "/size");
  const auto available = read_number(folder + "/available");
  const auto published = read_number(folder + "/published");
  for (const auto* number : {&size, &available, &published}) {
    if (!*number) return tl::unexpected(number->error());
  }
  if (*available > *size) {
    return tl::unexpected(unavailable(
        fmt::format("{} says that {} of its {} bytes are available", folder, *available, *size),
        "report this to who makes the device's driver"));
  }
  return PeerProvider{std::move(address), std::move(folder), *size, *available, *published != 0};
}

bool is_folder(const std::string& path) {
  struct stat state {};
  return ::stat(path.c_str(), &state) == 0 && S_ISDIR(state.st_mode);
}

Error open_error(const std::string& path, int error_number) {
  if (error_number == EACCES || error_number == EPERM) {
    Error error =
        syscall_error("open " + path, error_number,
                      fmt::format("run with CAP_DAC_OVERRIDE, or let this user write it: chgrp and "
                                  "chmod g+rw {}",
                                  path));
    error.code = ErrorCode::kUnavailable;
    return error;
  }
  if (error_number == ENOENT) {
    return unavailable(path + " does not exist: this kernel hands no peer memory to programs",
                       "boot a kernel of 6.2 or later with CONFIG_PCI_P2PDMA");
  }
  return syscall_error("open " + path, error_number);
}

Error map_error(const PeerProvider& provider, std::size_t bytes, int error_number) {
  std::string what =
      syscall_error(fmt::format("mmap of {} bytes of {}/allocate", bytes, provider.folder),
                    error_number)
          .what;
  if (error_number != ENOMEM) {
    return unavailable(std::move(what), "choose another device's memory, or another path");
  }
  what += fmt::format("; {} of its {} bytes are free, maybe not in one piece", provider.available,
                      provider.size);
  return unavailable(std::move(what), "end who holds the rest, or use fewer or smaller slots");
}

/// The most memory first.
void sort_by_room(std::vector<PeerProvider>& providers) {
  std::stable_sort(providers.begin(), providers.end(),
                   [](const auto& a, const auto& b) { return a.available > b.available; });
}

Error no_provider(const std::string& address, const PeerProviders& found) {
  std::string what = address.empty() ? "no PCI device offers memory for peers"
                                     : fmt::format("PCI device {} offers no peer memory", address);
  for (const PeerProvider& provider : found.usable) {
    what += fmt::format("; {} does, {} bytes", provider.address, provider.available);
  }
  for (const RefusedProvider& refused : found.refused) {
    what += fmt::format("; {}: {}", refused.address, refused.error.what);
  }
  return unavailable(std::move(what),
                     found.usable.empty() ? kNoProvider : "name one of those that do");
}

}  // namespace

PeerProviders peer_providers(const std::string& devices) {
  PeerProviders found;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(devices.c_str()), ::closedir);
  if (!folder) return found;
  std::vector<std::string> addresses;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_name[0] != '.') addresses.emplace_back(entry->d_name);
  }
  std::sort(addresses.begin(), addresses.end());
  for (std::string& address : addresses) {
    std::string memory = devices + "/" + address + "/p2pmem";
    if (!is_folder(memory)) continue;
    auto provider = read_provider(address, std::move(memory));
    if (provider) {
      found.usable.push_back(std::move(*provider));
    } else {
      found.refused.push_back({std::move(address), std::move(provider.error())});
    }
  }
  return found;
}

Result<MappedBuffer> map_peer_memory(const PeerProvider& provider, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (bytes == 0 || bytes > std::numeric_limits<std::size_t>::max() - page) {
    return tl::unexpected(
        invalid_argument(fmt::format("{} bytes of peer memory cannot be mapped", bytes),
                         "ask for at least 1 byte and less than the address space"));
  }
  const std::size_t size = base::align_up(bytes, page);
  if (size > provider.available) {
    return tl::unexpected(unavailable(
        fmt::format("PCI device {} has {} of {} bytes of peer memory free, and {} are needed",
                    provider.address, provider.available, provider.size, size),
        "use fewer rings and slots (--threads 1), or end who holds the rest"));
  }
  const std::string path = provider.folder + "/allocate";
  const base::OwnedFd file(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return tl::unexpected(open_error(path, errno));
  struct stat state {};
  // The kernel gives the file a size beyond any device's. Pages behind a file's end end the
  // process.
  if (::fstat(file.get(), &state) != 0 || state.st_size < 0 ||
      static_cast<std::uint64_t>(state.st_size) < size) {
    return tl::unexpected(
        unavailable(fmt::format("{} is not what a kernel makes: it holds {} bytes", path,
                                static_cast<std::int64_t>(state.st_size)),
                    kNoProvider));
  }
  // The kernel knows no other way to map it than shared and from offset 0.
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) return tl::unexpected(map_error(provider, size, errno));
  return MappedBuffer::adopt(
      {static_cast<std::byte*>(mapped), size}, MemoryKind::kPeerMapped,
      [](std::span<std::byte> pages) { ::munmap(pages.data(), pages.size()); });
}

Result<PeerProvider> choose_peer_provider(const std::string& address, const std::string& devices) {
  PeerProviders found = peer_providers(devices);
  sort_by_room(found.usable);
  const auto chosen = std::find_if(
      found.usable.begin(), found.usable.end(),
      [&](const auto& provider) { return address.empty() || provider.address == address; });
  if (chosen == found.usable.end()) return tl::unexpected(no_provider(address, found));
  return std::move(*chosen);
}

Result<MappedBuffer> map_peer_memory(const std::string& address, std::size_t bytes,
                                     const std::string& devices) {
  const auto provider = choose_peer_provider(address, devices);
  if (!provider) return tl::unexpected(provider.error());
  return map_peer_memory(*provider, bytes);
}

}  // namespace vyre::memory
