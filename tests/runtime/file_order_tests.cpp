#include <gtest/gtest.h>

#include "runtime/file_order.hpp"

namespace vyre::runtime {
namespace {

ingest::SlotChunk chunk_of(u64 stream, u64 number) {
  ingest::SlotChunk chunk;
  chunk.stream = stream;
  chunk.number = number;
  return chunk;
}

FileOrder::Carry carry_of(u64 word) {
  FileOrder::Carry carry{};
  carry[0] = word;
  carry[15] = word + 1;
  return carry;
}

TEST(FileOrder, AnyLetsEverythingStart) {
  const FileOrder order(TileOrder::kAny, 4);
  EXPECT_TRUE(order.may_start(3, chunk_of(1, 7), 3));
  EXPECT_TRUE(order.may_pass(2));
  EXPECT_FALSE(order.spoilt(chunk_of(1, 7)));
}

TEST(FileOrder, AFilesChunksStartOneAfterTheOther) {
  FileOrder order(TileOrder::kPerFile, 4);
  EXPECT_TRUE(order.may_start(2, chunk_of(0, 0), 4)) << "a file whole in its slot waits for none";
  EXPECT_TRUE(order.may_start(0, chunk_of(1, 0), 0));
  EXPECT_FALSE(order.may_start(1, chunk_of(1, 1), 0));
  order.finish(chunk_of(1, 0), carry_of(5), false);
  EXPECT_TRUE(order.may_start(1, chunk_of(1, 1), 2));
  EXPECT_FALSE(order.may_start(2, chunk_of(1, 2), 0));
  EXPECT_FALSE(order.may_start(3, chunk_of(2, 1), 0)) << "another file's";
  EXPECT_EQ(order.carry_in(chunk_of(1, 1)), carry_of(5));
}

TEST(FileOrder, FilesKeepTheirCarryApart) {
  FileOrder order(TileOrder::kPerFile, 4);
  order.finish(chunk_of(1, 0), carry_of(10), false);
  order.finish(chunk_of(2, 0), carry_of(20), false);
  order.finish(chunk_of(0, 0), carry_of(30), false);
  order.finish(chunk_of(1, 1), carry_of(11), false);
  EXPECT_EQ(order.carry_in(chunk_of(1, 2)), carry_of(11));
  EXPECT_EQ(order.carry_in(chunk_of(2, 1)), carry_of(20));
  EXPECT_EQ(order.carry_in(chunk_of(3, 0)), FileOrder::Carry{}) << "a file's first";
  EXPECT_EQ(order.carry_in(chunk_of(0, 0)), FileOrder::Carry{}) << "a whole file";
  order.forget(2);
  EXPECT_EQ(order.carry_in(chunk_of(1, 2)), carry_of(11));
  EXPECT_FALSE(order.may_start(0, chunk_of(2, 1), 0));
}

TEST(FileOrder, AFaultSpoilsTheRestOfItsFileAlone) {
  FileOrder order(TileOrder::kPerFile, 4);
  order.finish(chunk_of(1, 0), carry_of(1), true);
  order.finish(chunk_of(2, 0), carry_of(1), false);
  EXPECT_TRUE(order.spoilt(chunk_of(1, 1)));
  EXPECT_TRUE(order.spoilt(chunk_of(1, 5)));
  EXPECT_FALSE(order.spoilt(chunk_of(2, 1)));
  order.forget(1);
  EXPECT_FALSE(order.spoilt(chunk_of(1, 1)));
}

TEST(FileOrder, SerialGoesBySlotsOneAtATime) {
  FileOrder order(TileOrder::kSerial, 3);
  EXPECT_FALSE(order.may_start(1, chunk_of(0, 0), 0));
  EXPECT_FALSE(order.may_pass(2));
  EXPECT_TRUE(order.may_start(0, chunk_of(0, 0), 0));
  EXPECT_FALSE(order.may_start(0, chunk_of(0, 0), 1)) << "another runs";
  order.leave(0);
  EXPECT_TRUE(order.may_pass(1));
  order.leave(1);
  order.leave(2);
  EXPECT_TRUE(order.may_start(0, chunk_of(4, 0), 0)) << "round again";
}

}  // namespace
}  // namespace vyre::runtime
