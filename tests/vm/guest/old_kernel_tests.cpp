// What kernels before 6.12 do otherwise.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/vm/guest/devices.hpp"
#include "tests/vm/guest/raw_ring.hpp"

namespace vyre::vm {
namespace {

constexpr std::size_t kPage = 4096;

/// A fixed read of one page, so many pages before the end of the registered region.
std::int32_t fixed_read(std::size_t pages_to_the_end) {
  const auto file = open_node(nodes_of("data").generic, O_RDONLY);
  const auto buffer = Mapping::anonymous(256 * kPage);
  RawRing ring(kWide);
  EXPECT_EQ(ring.register_buffer(buffer.bytes()), 0);
  const auto target = buffer.bytes().last(pages_to_the_end * kPage);
  const auto answer =
      ring.answer(read_command(80, 8, target.data()), {.file = file.get(), .fixed_buffer = true});
  if (answer == 0) {
    EXPECT_TRUE(holds_pattern(target.first(kPage), 80 * kBlockBytes));
  }
  return answer;
}

TEST(Kernel6_1, RefusesFixedReadsFarFromTheEndOfTheRegion) {
  EXPECT_EQ(fixed_read(127), 0);
  EXPECT_EQ(fixed_read(129), -EINVAL);
  EXPECT_EQ(fixed_read(256), -EINVAL);
}

TEST(CurrentKernel, TakesFixedReadsAnywhere) {
  EXPECT_EQ(fixed_read(127), 0);
  EXPECT_EQ(fixed_read(256), 0);
}

TEST(Kernel6_1, OffersNoPeerMemory) {
  EXPECT_FALSE(std::filesystem::exists(nodes_of("peer").folder + "/device/p2pmem/allocate"));
}

}  // namespace
}  // namespace vyre::vm
