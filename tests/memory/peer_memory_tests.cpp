#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "memory/peer_memory.hpp"

namespace vyre::memory {
namespace {

using ::testing::HasSubstr;

constexpr const char* kAddress = "0000:03:00.0";

/// A folder like /sys/bus/pci/devices; what `allocate` hands out is a file.
class PeerMemory : public ::testing::Test {
 protected:
  PeerMemory() {
    std::string name = (std::filesystem::temp_directory_path() / "vyre-peer-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    devices_ = name;
  }
  ~PeerMemory() override { std::filesystem::remove_all(devices_); }

  void put(const std::string& address, const std::string& file, const std::string& content) const {
    const auto folder = std::filesystem::path(devices_) / address / "p2pmem";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / file) << content;
  }
  void add_provider(const std::string& address, const std::string& size,
                    const std::string& available, std::uintmax_t allocate_bytes = 1 << 20) const {
    put(address, "size", size);
    put(address, "available", available);
    put(address, "published", "1\n");
    put(address, "allocate", "");
    std::filesystem::resize_file(file(address, "allocate"), allocate_bytes);
  }
  [[nodiscard]] std::string file(const std::string& address, const std::string& name) const {
    return devices_ + "/" + address + "/p2pmem/" + name;
  }
  [[nodiscard]] Error refusal(const std::string& address, std::size_t bytes) const {
    auto mapped = map_peer_memory(address, bytes, devices_);
    EXPECT_FALSE(mapped);
    return mapped ? Error{} : mapped.error();
  }

  std::string devices_;
};

TEST_F(PeerMemory, FindsTheProvidersAmongTheDevices) {
  std::filesystem::create_directories(devices_ + "/0000:00:00.0");
  add_provider("0000:04:00.0", "67108864\n", "4096\n");
  add_provider(kAddress, "1048576\n", "524288\n");
  std::ofstream(devices_ + "/0000:00:00.0/p2pmem") << "no folder";
  const PeerProviders found = peer_providers(devices_);
  ASSERT_EQ(found.usable.size(), 2u);
  EXPECT_TRUE(found.refused.empty());
  EXPECT_EQ(found.usable[0].address, kAddress);
  EXPECT_EQ(found.usable[0].size, 1048576u);
  EXPECT_EQ(found.usable[0].available, 524288u);
  EXPECT_TRUE(found.usable[0].published);
  EXPECT_EQ(found.usable[1].address, "0000:04:00.0");
}

TEST_F(PeerMemory, IsNoneWithoutPci) {
  const PeerProviders found = peer_providers(devices_ + "/missing");
  EXPECT_TRUE(found.usable.empty());
  EXPECT_TRUE(found.refused.empty());
}

TEST_F(PeerMemory, RefusesWhatIsNotWrittenByAKernel) {
  struct Case {
    const char* size;
    const char* available;
    const char* told;
  };
  const Case cases[] = {
      {"", "0\n", "size does not hold one number"},
      {"\n", "0\n", "size does not hold one number"},
      {"12 34\n", "0\n", "size does not hold one number"},
      {"-1\n", "0\n", "size does not hold one number"},
      {"0x1000\n", "0\n", "size does not hold one number"},
      {"4096\n\n", "0\n", "size does not hold one number"},
      {"18446744073709551616\n", "0\n", "size does not hold one number"},
      {"99999999999999999999999999999999999999999999\n", "0\n", "size does not hold one number"},
      {"4096\n", "many\n", "available does not hold one number"},
      {"4096\n", "8192\n", "8192 of its 4096 bytes"},
  };
  for (const Case& c : cases) {
    add_provider(kAddress, c.size, c.available);
    const PeerProviders found = peer_providers(devices_);
    EXPECT_TRUE(found.usable.empty()) << c.size;
    ASSERT_EQ(found.refused.size(), 1u) << c.size;
    EXPECT_THAT(found.refused[0].error.what, HasSubstr(c.told)) << c.size;
    EXPECT_THAT(refusal("", 4096).what, HasSubstr(c.told)) << c.size;
  }
}

TEST_F(PeerMemory, IsNotHeldUpByAFifo) {
  add_provider(kAddress, "4096\n", "4096\n");
  std::filesystem::remove(file(kAddress, "size"));
  ASSERT_EQ(::mkfifo(file(kAddress, "size").c_str(), 0600), 0);
  EXPECT_EQ(peer_providers(devices_).refused.size(), 1u);
}

TEST_F(PeerMemory, MapsWhatTheProviderHandsOut) {
  add_provider(kAddress, "1048576\n", "1048576\n");
  {
    auto buffer = map_peer_memory(kAddress, 5000, devices_);
    ASSERT_TRUE(buffer) << buffer.error().message();
    EXPECT_EQ(buffer->kind(), MemoryKind::kPeerMapped);
    EXPECT_EQ(buffer->size(), 8192u);
    std::memcpy(buffer->data(), "shared", 6);
  }
  // A private mapping would have kept it for itself, one with an offset put it elsewhere.
  std::string begun(6, '\0');
  std::ifstream(file(kAddress, "allocate")).read(begun.data(), 6);
  EXPECT_EQ(begun, "shared");
}

TEST_F(PeerMemory, TakesTheProviderWithTheMostRoomUnlessOneIsNamed) {
  add_provider("0000:01:00.0", "1048576\n", "8192\n");
  add_provider("0000:02:00.0", "1048576\n", "65536\n");
  add_provider("0000:03:00.0", "1048576\n", "0\n");
  const auto mapped_of = [&](const std::string& wanted) {
    auto buffer = map_peer_memory(wanted, 4096, devices_);
    EXPECT_TRUE(buffer) << buffer.error().message();
    if (buffer) std::memcpy(buffer->data(), "here", 4);
    std::string address;
    for (const char* each : {"0000:01:00.0", "0000:02:00.0", "0000:03:00.0"}) {
      std::fstream handed(file(each, "allocate"), std::ios::in | std::ios::out);
      std::string begun(4, '\0');
      handed.read(begun.data(), 4);
      if (begun == "here") address = each;
      handed.seekp(0);
      handed.write("    ", 4);
    }
    return address;
  };
  EXPECT_EQ(mapped_of(""), "0000:02:00.0");
  EXPECT_EQ(mapped_of("0000:01:00.0"), "0000:01:00.0");
}

TEST_F(PeerMemory, SaysWhyThereIsNone) {
  EXPECT_THAT(refusal("", 4096).what, HasSubstr("no PCI device offers memory"));
  add_provider("0000:01:00.0", "1048576\n", "8192\n");
  EXPECT_THAT(refusal("0000:02:00.0", 4096).what, HasSubstr("0000:01:00.0 does, 8192 bytes"));
  const Error small = refusal("0000:01:00.0", 8193);
  EXPECT_EQ(small.code, ErrorCode::kUnavailable);
  EXPECT_THAT(small.what, HasSubstr("8192 of 1048576 bytes of peer memory free, and 12288"));
  for (const std::size_t bytes : {std::size_t{0}, std::numeric_limits<std::size_t>::max()}) {
    EXPECT_EQ(refusal("0000:01:00.0", bytes).code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(PeerMemory, RefusesAnAllocateThatCannotBeMapped) {
  add_provider(kAddress, "1048576\n", "1048576\n", 4096);
  EXPECT_THAT(refusal("", 8192).what, HasSubstr("it holds 4096 bytes"));
  std::filesystem::remove(file(kAddress, "allocate"));
  const Error missing = refusal("", 4096);
  EXPECT_EQ(missing.code, ErrorCode::kUnavailable);
  EXPECT_THAT(missing.what, HasSubstr("hands no peer memory to programs"));
  std::filesystem::create_directory(file(kAddress, "allocate"));
  EXPECT_EQ(refusal("", 4096).code, ErrorCode::kSyscall);
}

// The superuser may open every file, so that the test is somebody else for a while.
TEST_F(PeerMemory, NamesThePermissionThatIsLacking) {
  constexpr uid_t kNobody = 65534;
  add_provider(kAddress, "1048576\n", "1048576\n");
  ASSERT_EQ(::chmod(devices_.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(file(kAddress, "allocate").c_str(), 0400), 0);
  const bool superuser = ::geteuid() == 0;
  if (superuser) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  const Error error = refusal("", 4096);
  if (superuser) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.detail, EACCES);
  EXPECT_THAT(error.fix, HasSubstr("chmod g+rw " + file(kAddress, "allocate")));
}

}  // namespace
}  // namespace vyre::memory
