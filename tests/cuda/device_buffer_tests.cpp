#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "backend/cuda/cuda_abilities.hpp"
#include "backend/cuda/device_buffer.hpp"
#include "tests/cuda/memory_fixture.hpp"
#include "tests/cuda/spin_kernel.hpp"
#include "uring/io_uring.hpp"

// Device memory and registered memory, as files come into them.
namespace vyre::backend {
namespace {

using testing::copy_by_kernel;
using testing::CudaMemoryTest;

constexpr std::size_t kHuge = std::size_t{2} << 20;

class DeviceBufferTest : public CudaMemoryTest {};
class RegisteredBufferTest : public CudaMemoryTest {};

std::vector<std::byte> noise(std::size_t bytes, u64 seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> out(bytes);
  for (std::byte& byte : out) byte = static_cast<std::byte>(random());
  return out;
}

/// A file without a name, removed when it is closed.
base::OwnedFd file_of(const std::vector<std::byte>& bytes) {
  char name[] = "/tmp/vyre-cuda-XXXXXX";
  base::OwnedFd file(::mkostemp(name, O_CLOEXEC));
  EXPECT_TRUE(file);
  ::unlink(name);
  EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}

TEST_F(RegisteredBufferTest, TakesFixedReadsAndIsReadInPlaceByTheDevice) {
  constexpr std::size_t kBytes = 3 * kHuge + 4096;
  constexpr u32 kPiece = 1 << 20;
  const std::vector<std::byte> content = noise(kBytes, 1);
  const base::OwnedFd file = file_of(content);
  auto buffer = memory_->map_buffer(kBytes);
  auto own = memory_->allocate_for_workers(kBytes);
  ASSERT_TRUE(buffer && own);
  {
    auto ring = uring::IoUring::create({.entries = 32, .file_slots = 0});
    if (!ring) GTEST_SKIP() << ring.error().message();
    const Status registered = (*ring)->register_buffer(*buffer->region(0, buffer->size()));
    if (!registered) GTEST_SKIP() << registered.error().message();
    std::size_t wanted = 0;
    for (std::size_t at = 0; at < kBytes; at += kPiece, ++wanted) {
      (*ring)->queue({.operation = uring::Operation::kReadFixed,
                      .file = file.get(),
                      .offset = at,
                      .address = buffer->data() + at,
                      .length = static_cast<u32>(std::min<std::size_t>(kPiece, kBytes - at)),
                      .user_data = at});
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::size_t read = 0;
    while (read < kBytes && wanted != 0 && std::chrono::steady_clock::now() < deadline) {
      ASSERT_TRUE((*ring)->wait(std::chrono::milliseconds(100)));
      std::array<uring::Completion, 16> some{};
      const auto count = (*ring)->reap(some);
      ASSERT_TRUE(count);
      for (std::size_t i = 0; i < *count; ++i, --wanted) {
        ASSERT_GT(some[i].result, 0) << "read at " << some[i].user_data;
        read += static_cast<std::size_t>(some[i].result);
      }
    }
    ASSERT_EQ(read, kBytes);
    copy_by_kernel(own->bytes().data(), buffer->data(), kBytes);
  }
  std::vector<std::byte> seen(kBytes);
  ASSERT_TRUE(memory_->read(own->bytes().data(), seen));
  EXPECT_TRUE(seen == content);
}

TEST_F(DeviceBufferTest, IsZeroedWholeHugePages) {
  for (const auto& [bytes, size] : {std::pair{std::size_t{1}, kHuge}, std::pair{kHuge, kHuge},
                                    std::pair{kHuge + 1, 2 * kHuge}}) {
    auto buffer = DeviceBuffer::create(memory_, bytes);
    ASSERT_TRUE(buffer) << buffer.error().message();
    EXPECT_EQ(buffer->bytes().size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->bytes().data()) % kHuge, 0u);
    EXPECT_TRUE(memory_->is_device(buffer->bytes().data()));
    std::vector<std::byte> seen(size, std::byte{1});
    ASSERT_TRUE(memory_->read(buffer->bytes().data(), seen));
    EXPECT_TRUE(seen == std::vector<std::byte>(size));
  }
  EXPECT_EQ(DeviceBuffer::create(memory_, 0).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(DeviceBufferTest, ExportsADmaBufWhereTheDriverDoes) {
  const auto abilities = cuda_abilities(device_.index);
  ASSERT_TRUE(abilities) << abilities.error().message();
  auto buffer = DeviceBuffer::create(memory_, 3 * kHuge);
  ASSERT_TRUE(buffer);
  auto exported = buffer->export_dma_buf();
  if (!abilities->exports_dma_buf) {
    ASSERT_FALSE(exported);
    EXPECT_EQ(exported.error().code, ErrorCode::kUnavailable);
    GTEST_SKIP() << exported.error().message();
  }
  ASSERT_TRUE(exported) << exported.error().message();
  EXPECT_EQ(::lseek(exported->get(), 0, SEEK_END), static_cast<off_t>(3 * kHuge));
  EXPECT_EQ(::fcntl(exported->get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(DeviceBufferTest, MapsIntoTheProcessOrSaysWhyNot) {
  const std::vector<std::byte> content = noise(kHuge, 3);
  auto made = DeviceBuffer::create(memory_, kHuge);
  ASSERT_TRUE(made);
  std::optional<DeviceBuffer> buffer(std::move(*made));
  auto mapped = buffer->map_peer();
  if (!mapped) {
    EXPECT_EQ(mapped.error().code, ErrorCode::kUnavailable);
    EXPECT_FALSE(mapped.error().fix.empty());
    GTEST_SKIP() << mapped.error().message();
  }
  EXPECT_EQ(mapped->kind(), memory::MemoryKind::kPeerMapped);
  ASSERT_EQ(mapped->size(), kHuge);
  std::byte* const device = buffer->bytes().data();
  ASSERT_TRUE(memory_->write(device, content));
  buffer.reset();
  EXPECT_TRUE(memory_->is_device(device)) << "a mapping keeps the memory";
  EXPECT_EQ(std::memcmp(mapped->data(), content.data(), kHuge), 0);
  std::memset(mapped->data(), 0x3C, kHuge);
  std::vector<std::byte> seen(kHuge);
  ASSERT_TRUE(memory_->read(device, seen));
  EXPECT_TRUE(seen == std::vector<std::byte>(kHuge, std::byte{0x3C}));
}

TEST_F(DeviceBufferTest, IsNotGivenOutAgain) {
  memory_->kernel_started();
  auto first = DeviceBuffer::create(memory_, kHuge);
  ASSERT_TRUE(first);
  const std::byte* const address = first->bytes().data();
  { const DeviceBuffer gone = std::move(*first); }
  EXPECT_EQ(memory_->waiting().pieces, 1u);
  auto second = DeviceBuffer::create(memory_, kHuge);
  auto other = memory_->allocate_for_workers(kHuge);
  ASSERT_TRUE(second && other);
  EXPECT_NE(second->bytes().data(), address);
  EXPECT_NE(other->bytes().data(), address);
  memory_->kernel_stopped();
  EXPECT_EQ(memory_->waiting().pieces, 0u);
}

}  // namespace
}  // namespace vyre::backend
