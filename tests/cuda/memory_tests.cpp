#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "backend/cuda/cuda_memory.hpp"
#include "tests/cuda/memory_fixture.hpp"
#include "tests/cuda/spin_kernel.hpp"

namespace vyre::backend {
namespace {

using testing::copy_by_kernel;
using testing::CudaMemoryTest;
using testing::SpinKernel;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kStaging = std::size_t{256} << 10;

std::vector<std::byte> noise(std::size_t bytes, std::mt19937_64& random) {
  std::vector<std::byte> out(bytes);
  for (std::byte& byte : out) byte = static_cast<std::byte>(random());
  return out;
}

bool is_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

bool is_page_aligned(const std::byte* data) {
  return reinterpret_cast<std::uintptr_t>(data) % 4096 == 0;
}

/// True where all pages of the range are mapped into this process.
bool is_mapped(std::span<const std::byte> bytes) {
  return ::msync(const_cast<std::byte*>(bytes.data()), bytes.size(), MS_ASYNC) == 0;
}

/// A kernel that runs, known to the memory.
class KnownKernel {
 public:
  explicit KnownKernel(CudaMemory& memory) : memory_(memory) {
    memory_.kernel_started();
    kernel_.emplace();
  }
  ~KnownKernel() { stop(); }
  KnownKernel(const KnownKernel&) = delete;
  KnownKernel& operator=(const KnownKernel&) = delete;
  [[nodiscard]] bool runs() const { return kernel_ && kernel_->runs(); }
  void stop() {
    if (!kernel_) return;
    kernel_.reset();
    memory_.kernel_stopped();
  }

 private:
  CudaMemory& memory_;
  std::optional<SpinKernel> kernel_;
};

TEST_F(CudaMemoryTest, GivesZeroedPagesOfEverySize) {
  for (const std::size_t bytes :
       {std::size_t{1}, std::size_t{3}, std::size_t{100}, std::size_t{4095}, std::size_t{4096},
        std::size_t{4097}, kStaging - 4, kStaging, kStaging + 12, 2 * kMiB, 5 * kMiB + 4}) {
    SCOPED_TRACE(bytes);
    auto shared = memory_->allocate_shared(bytes);
    ASSERT_TRUE(shared) << shared.error().message();
    EXPECT_EQ(shared->bytes().size(), bytes);
    EXPECT_TRUE(is_page_aligned(shared->bytes().data()));
    EXPECT_TRUE(is_zero(shared->bytes()));

    auto own = memory_->allocate_for_workers(bytes);
    ASSERT_TRUE(own) << own.error().message();
    EXPECT_EQ(own->bytes().size(), bytes);
    EXPECT_TRUE(is_page_aligned(own->bytes().data()));
    std::vector<std::byte> seen(bytes, std::byte{0xEE});
    ASSERT_TRUE(memory_->read(own->bytes().data(), seen));
    EXPECT_TRUE(is_zero(seen));

    auto buffer = memory_->map_buffer(bytes);
    ASSERT_TRUE(buffer) << buffer.error().message();
    EXPECT_GE(buffer->size(), bytes);
    EXPECT_LT(buffer->size(), bytes + 4096);
    EXPECT_EQ(buffer->kind(), memory::MemoryKind::kCudaRegistered);
    EXPECT_TRUE(is_page_aligned(buffer->data()));
    EXPECT_TRUE(is_zero(buffer->bytes()));
    if (bytes >= 2 * kMiB) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->data()) % (2 * kMiB), 0u);
    }
  }
}

TEST_F(CudaMemoryTest, RefusesSizesThatCannotBe) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  for (const std::size_t bytes : {std::size_t{0}, kMost, kMost - 4096}) {
    EXPECT_EQ(memory_->allocate_shared(bytes).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(memory_->allocate_for_workers(bytes).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(memory_->map_buffer(bytes).error().code, ErrorCode::kInvalidArgument);
  }
  const auto too_much = memory_->allocate_for_workers(std::size_t{1} << 44);
  ASSERT_FALSE(too_much);
  EXPECT_EQ(too_much.error().code, ErrorCode::kUnavailable) << too_much.error().message();
  EXPECT_NE(too_much.error().what.find("cudaErrorMemoryAllocation"), std::string::npos);
  EXPECT_FALSE(too_much.error().fix.empty());
  EXPECT_TRUE(memory_->allocate_for_workers(1)) << "short memory is not a broken device";
}

TEST_F(CudaMemoryTest, WritesAndReadsAnyRange) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  constexpr std::size_t kBytes = 3 * kStaging + 20;
  auto own = memory_->allocate_for_workers(kBytes);
  ASSERT_TRUE(own);
  std::vector<std::byte> model(kBytes);
  for (int round = 0; round < 200; ++round) {
    const std::size_t begin = random() % kBytes / 4 * 4;
    const std::size_t room = kBytes - begin;
    const std::size_t length =
        (round % 8 == 0 ? room : random() % std::min(room, 2 * kMiB)) / 4 * 4;
    const std::vector<std::byte> bytes = noise(length, random);
    ASSERT_TRUE(memory_->write(own->bytes().data() + begin, bytes));
    std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<std::ptrdiff_t>(begin));
    const std::size_t from = random() % kBytes / 4 * 4;
    std::vector<std::byte> seen((kBytes - from) / 4 * 4);
    ASSERT_TRUE(memory_->read(own->bytes().data() + from, seen));
    ASSERT_EQ(std::memcmp(seen.data(), model.data() + from, seen.size()), 0)
        << "round " << round << ": " << length << " bytes at " << begin;
  }
}

TEST_F(CudaMemoryTest, HasOneAddressForHostAndDevice) {
  std::mt19937_64 random(7);
  constexpr std::size_t kBytes = 3 * kMiB;
  const std::vector<std::byte> bytes = noise(kBytes, random);
  auto shared = memory_->allocate_shared(kBytes);
  auto buffer = memory_->map_buffer(kBytes);
  auto own = memory_->allocate_for_workers(kBytes);
  ASSERT_TRUE(shared && buffer && own);
  std::copy(bytes.begin(), bytes.end(), buffer->data());
  copy_by_kernel(own->bytes().data(), buffer->data(), kBytes);
  copy_by_kernel(shared->bytes().data(), own->bytes().data(), kBytes);
  EXPECT_EQ(std::memcmp(shared->bytes().data(), bytes.data(), kBytes), 0);

  EXPECT_TRUE(memory_->is_device(own->bytes().data()));
  EXPECT_TRUE(memory_->is_device(own->bytes().data() + kBytes - 1));
  EXPECT_FALSE(memory_->is_device(shared->bytes().data()));
  EXPECT_FALSE(memory_->is_device(buffer->data()));
  EXPECT_FALSE(memory_->is_device(bytes.data()));
  EXPECT_FALSE(memory_->is_device(nullptr));
}

TEST_F(CudaMemoryTest, IsOneForADevice) {
  auto again = CudaMemory::create(device_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->get(), memory_.get());
}

TEST_F(CudaMemoryTest, WorksBesideAKernelThatHoldsTheWholeDevice) {
  std::mt19937_64 random(11);
  KnownKernel kernel(*memory_);
  auto own = memory_->allocate_for_workers(4 * kMiB);
  auto shared = memory_->allocate_shared(4 * kMiB);
  auto buffer = memory_->map_buffer(4 * kMiB);
  ASSERT_TRUE(own && shared && buffer);
  const std::vector<std::byte> bytes = noise(kMiB, random);
  ASSERT_TRUE(memory_->write(own->bytes().data(), bytes));
  std::vector<std::byte> seen(4 * kMiB, std::byte{1});
  ASSERT_TRUE(memory_->read(own->bytes().data(), seen));
  EXPECT_EQ(std::memcmp(seen.data(), bytes.data(), kMiB), 0);
  EXPECT_TRUE(is_zero(std::span(seen).subspan(kMiB)));
  EXPECT_TRUE(kernel.runs()) << "something waited for the kernel's own end";
}

TEST_F(CudaMemoryTest, PutsReleasesOffUntilTheLastKernelHasStopped) {
  // So big that the driver keeps none of it for later.
  constexpr std::size_t kBytes = 32 * kMiB;
  auto shared = memory_->allocate_shared(kBytes);
  auto own = memory_->allocate_for_workers(kBytes);
  auto buffer = memory_->map_buffer(kBytes);
  ASSERT_TRUE(shared && own && buffer);
  const std::span<std::byte> host = shared->bytes();
  const std::span<std::byte> device = own->bytes();
  const std::span<std::byte> pages = buffer->bytes();
  memory_->kernel_started();
  {
    KnownKernel kernel(*memory_);
    *shared = SharedMemory();
    *own = WorkerMemory();
    { const memory::MappedBuffer gone = std::move(*buffer); }
    EXPECT_TRUE(kernel.runs()) << "a release waited for the kernel's own end";
    EXPECT_EQ(memory_->waiting().pieces, 3u);
    EXPECT_GE(memory_->waiting().bytes, 3 * kBytes);
  }
  EXPECT_EQ(memory_->waiting().pieces, 3u) << "another kernel is still counted";
  EXPECT_TRUE(is_mapped(host));
  EXPECT_TRUE(is_mapped(pages));
  EXPECT_TRUE(memory_->is_device(device.data()));
  memory_->kernel_stopped();
  EXPECT_EQ(memory_->waiting().pieces, 0u);
  EXPECT_FALSE(is_mapped(host));
  EXPECT_FALSE(is_mapped(pages));
  EXPECT_FALSE(memory_->is_device(device.data()));
}

TEST_F(CudaMemoryTest, GivesOutAgainWhatWaits) {
  KnownKernel kernel(*memory_);
  auto first = memory_->allocate_for_workers(kMiB);
  ASSERT_TRUE(first);
  std::byte* const address = first->bytes().data();
  ASSERT_TRUE(memory_->write(address, std::vector<std::byte>(kMiB, std::byte{0xAB})));
  *first = WorkerMemory();
  EXPECT_NE(memory_->allocate_for_workers(kMiB / 4)->bytes().data(), address) << "far too big";
  EXPECT_NE(memory_->allocate_shared(kMiB)->bytes().data(), address) << "of another kind";
  auto second = memory_->allocate_for_workers(kMiB * 6 / 10);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->bytes().data(), address);
  std::vector<std::byte> seen(second->bytes().size(), std::byte{1});
  ASSERT_TRUE(memory_->read(address, seen));
  EXPECT_TRUE(is_zero(seen));
  EXPECT_TRUE(kernel.runs());
}

TEST_F(CudaMemoryTest, DoesNotGrowOverManyRounds) {
  KnownKernel kernel(*memory_);
  std::size_t most = 0;
  for (std::size_t round = 0; round < 50; ++round) {
    const std::size_t bytes = kMiB + round % 5 * 64 * 1024;
    auto shared = memory_->allocate_shared(bytes);
    auto own = memory_->allocate_for_workers(bytes);
    auto buffer = memory_->map_buffer(bytes);
    ASSERT_TRUE(shared && own && buffer);
    ASSERT_TRUE(is_zero(shared->bytes()) && is_zero(buffer->bytes()));
    std::memset(shared->bytes().data(), 0x55, bytes);
    std::memset(buffer->data(), 0x55, buffer->size());
    most = std::max(most, memory_->waiting().pieces);
  }
  EXPECT_TRUE(kernel.runs());
  EXPECT_LE(memory_->waiting().pieces, 15u) << "one piece of each kind and size";
  EXPECT_LE(most, 15u);
}

TEST_F(CudaMemoryTest, ServesManyThreadsWhileKernelsComeAndGo) {
  std::atomic<bool> over{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      std::mt19937_64 random(number);
      while (!over) {
        const std::size_t bytes = 4 + random() % kMiB / 4 * 4;
        auto own = memory_->allocate_for_workers(bytes);
        auto shared = memory_->allocate_shared(bytes);
        const std::vector<std::byte> written = noise(bytes, random);
        std::vector<std::byte> seen(bytes);
        const bool good = own && shared && is_zero(shared->bytes()) &&
                          memory_->write(own->bytes().data(), written) &&
                          memory_->read(own->bytes().data(), seen) && seen == written;
        if (!good) ++wrong;
      }
    });
  }
  for (int round = 0; round < 10; ++round) {
    const KnownKernel kernel(*memory_);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(kernel.runs());
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(memory_->waiting().pieces, 0u);
}

TEST_F(CudaMemoryTest, KeepsEverythingOnceAbandoned) {
  auto shared = memory_->allocate_shared(kMiB);
  auto buffer = memory_->map_buffer(kMiB);
  auto late = memory_->map_buffer(kMiB);
  ASSERT_TRUE(shared && buffer && late);
  const std::span<std::byte> host = shared->bytes();
  const std::span<std::byte> pages = buffer->bytes();
  const std::span<std::byte> late_pages = late->bytes();
  {
    memory_->kernel_started();
    const SpinKernel kernel;
    { const memory::MappedBuffer gone = std::move(*buffer); }
    memory_->abandon();
    *shared = SharedMemory();
    EXPECT_TRUE(kernel.runs());
  }
  memory_->kernel_stopped();
  { const memory::MappedBuffer gone = std::move(*late); }
  for (const auto& kept : {host, pages, late_pages}) {
    ASSERT_TRUE(is_mapped(kept));
    std::memset(kept.data(), 1, kept.size());
  }
  for (const auto& refused : {memory_->allocate_shared(1).error(), memory_->map_buffer(1).error(),
                              memory_->allocate_for_workers(1).error()}) {
    EXPECT_EQ(refused.code, ErrorCode::kDeviceFault);
  }
  auto fresh = CudaMemory::create(device_);
  ASSERT_TRUE(fresh);
  EXPECT_NE(fresh->get(), memory_.get());
  EXPECT_TRUE((*fresh)->allocate_shared(1));
}

}  // namespace
}  // namespace vyre::backend
