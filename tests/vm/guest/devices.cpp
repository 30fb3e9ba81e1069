#include "tests/vm/guest/devices.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace vyre::vm {

namespace fs = std::filesystem;

Nodes nodes_of(std::string_view serial) {
  for (const auto& entry : fs::directory_iterator("/sys/class/nvme")) {
    std::ifstream file(entry.path() / "serial");
    std::string found;
    file >> found;
    if (found != serial) {
      continue;
    }
    const std::string name = entry.path().filename();
    const std::string number = name.substr(std::string_view("nvme").size());
    return {entry.path(), "/dev/" + name, "/dev/ng" + number + "n1", "/dev/" + name + "n1"};
  }
  ADD_FAILURE() << "no controller with the serial number " << serial;
  return {};
}

base::OwnedFd open_node(const std::string& path, int flags) {
  base::OwnedFd file(::open(path.c_str(), flags | O_CLOEXEC));
  EXPECT_GE(file.get(), 0) << path << ": " << std::strerror(errno);
  return file;
}

bool holds_pattern(std::span<const std::byte> bytes, std::uint64_t offset) {
  constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (word != (offset + at) / sizeof word * kFactor) {
      return false;
    }
  }
  return true;
}

Mapping Mapping::anonymous(std::size_t bytes) {
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(data, MAP_FAILED);
  return {static_cast<std::byte*>(data), bytes};
}

Mapping Mapping::peer(std::string_view serial, std::size_t bytes) {
  const auto file = open_node(nodes_of(serial).folder + "/device/p2pmem/allocate", O_RDWR);
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  EXPECT_NE(data, MAP_FAILED) << std::strerror(errno);
  return {static_cast<std::byte*>(data), bytes};
}

Mapping::~Mapping() {
  if (data_ != MAP_FAILED) {
    ::munmap(data_, size_);
  }
}

}  // namespace vyre::vm
