#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "vyre/path_certificate.hpp"

namespace vyre {
namespace {

constexpr std::uint64_t kMaximum = std::numeric_limits<std::uint64_t>::max();

TEST(PathCertificate, CountsByOriginAndMergesRings) {
  PathCertificate first;
  first.add_read(0, CertifiedPath::kPassthrough, 100);
  first.add_read(0, CertifiedPath::kPassthrough, 50);
  first.add_read(3, CertifiedPath::kRegisteredBuffered, 7);
  first.add_obstacle(3, CertifiedPath::kPeer, PathReason::kOrdinaryMemory);
  first.add_obstacle(3, CertifiedPath::kPeer, PathReason::kOrdinaryMemory, "later");
  first.add_obstacle(3, CertifiedPath::kPassthrough, PathReason::kNamespaceRefused, "EACCES");
  PathCertificate second;
  second.add_read(3, CertifiedPath::kRegisteredBuffered, 5);
  second.add_read(1, CertifiedPath::kPeer, 1);
  second.add_obstacle(3, CertifiedPath::kPeer, PathReason::kOrdinaryMemory);
  second.add_obstacle(3, CertifiedPath::kPeer, PathReason::kOtherPathAsked);
  ASSERT_TRUE(first.merge(second));
  const auto& origins = first.origins();
  ASSERT_EQ(origins.size(), 3u);
  EXPECT_EQ(origins.at(0).path(CertifiedPath::kPassthrough).bytes.value(), 150u);
  EXPECT_EQ(origins.at(0).path(CertifiedPath::kPassthrough).reads.value(), 2u);
  EXPECT_EQ(origins.at(1).path(CertifiedPath::kPeer).bytes.value(), 1u);
  EXPECT_EQ(origins.at(3).path(CertifiedPath::kRegisteredBuffered).bytes.value(), 12u);
  const auto& obstacles = origins.at(3).obstacles;
  ASSERT_EQ(obstacles.size(), 3u);
  EXPECT_EQ(obstacles[0].sources.value(), 3u);
  EXPECT_EQ(obstacles[0].detail, "");
  EXPECT_EQ(obstacles[1].detail, "EACCES");
  EXPECT_EQ(obstacles[2].reason, PathReason::kOtherPathAsked);
}

TEST(PathCertificate, AMergeThatWouldWrapAddsNothing) {
  PathCertificate full;
  full.add_read(0, CertifiedPath::kPeer, kMaximum);
  PathCertificate more;
  more.add_read(0, CertifiedPath::kRegisteredBuffered, 9);
  more.add_read(0, CertifiedPath::kPeer, 1);
  EXPECT_FALSE(full.merge(more));
  EXPECT_EQ(full.origins().at(0).path(CertifiedPath::kRegisteredBuffered).bytes.value(), 0u);
}

TEST(PathCertificate, CopiesAreApart) {
  PathCertificate first;
  first.add_read(0, CertifiedPath::kPeer, 1);
  PathCertificate copy = first;
  first.add_read(0, CertifiedPath::kPeer, 1);
  copy.add_read(0, CertifiedPath::kPeer, 10);
  const PathCertificate moved = std::move(first);
  EXPECT_EQ(moved.origins().at(0).path(CertifiedPath::kPeer).bytes.value(), 2u);
  EXPECT_EQ(copy.origins().at(0).path(CertifiedPath::kPeer).bytes.value(), 11u);
}

TEST(PathCertificate, KeepsABoundedNumberOfOrigins) {
  PathCertificate certificate;
  for (std::uint32_t origin = 0; origin < 3 * PathCertificate::kMostOrigins; ++origin) {
    certificate.add_read(origin, CertifiedPath::kPeer, 1);
  }
  certificate.add_read(~std::uint32_t{0}, CertifiedPath::kPeer, 1);
  EXPECT_EQ(certificate.origins().size(), PathCertificate::kMostOrigins + 1u);
  EXPECT_EQ(certificate.origins()
                .at(PathCertificate::kOtherOrigins)
                .path(CertifiedPath::kPeer)
                .reads.value(),
            2u * PathCertificate::kMostOrigins + 1);
}

TEST(PathCertificate, NamesAreDistinctAndReasonsExplained) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kPathReasons; ++i) {
    const auto reason = static_cast<PathReason>(i);
    EXPECT_TRUE(names.insert(to_string(reason)).second);
    EXPECT_FALSE(explain(reason).empty());
  }
  for (std::size_t i = 0; i < kCertifiedPaths; ++i) {
    EXPECT_TRUE(names.insert(to_string(static_cast<CertifiedPath>(i))).second);
  }
}

TEST(PathCertificate, OfADriverCountsEveryByteOfEveryOrigin) {
  const test::TemporaryTree tree;
  std::vector<FileSource> files;
  std::vector<std::uint64_t> bytes(3);
  for (std::uint32_t i = 0; i < 30; ++i) {
    const std::size_t size = i % 7 == 0 ? 100'000 + i : 10 * i;
    files.push_back(tree.add("file" + std::to_string(i), test::noise(size, i)));
    files.back().origin = i % 3;
    // Too small a hint: this one is read again as a stream.
    if (i == 20) files.back().size = 3;
    if (i != 20) bytes[i % 3] += size;
  }
  test::DriverHarness harness;
  harness.run(files);
  const auto& origins = harness.driver->certificate().origins();
  ASSERT_EQ(origins.size(), 3u);
  std::uint64_t sum = 0;
  for (std::uint32_t origin = 0; origin < 3; ++origin) {
    const OriginCertificate& certificate = origins.at(origin);
    EXPECT_GE(certificate.path(CertifiedPath::kRegisteredBuffered).bytes.value(), bytes[origin]);
    sum += certificate.path(CertifiedPath::kRegisteredBuffered).bytes.value();
    std::set<PathReason> reasons;
    for (const PathObstacle& obstacle : certificate.obstacles) reasons.insert(obstacle.reason);
    EXPECT_TRUE(reasons.count(PathReason::kOrdinaryMemory));
    EXPECT_TRUE(reasons.count(PathReason::kRegularFile));
    EXPECT_TRUE(reasons.count(PathReason::kWholeInSlot));
    EXPECT_TRUE(reasons.count(PathReason::kBufferedAsked));
  }
  EXPECT_EQ(sum, harness.telemetry().path(ReadPath::kRegisteredMappedRead).bytes.value());
}

}  // namespace
}  // namespace vyre
