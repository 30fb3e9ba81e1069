#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "runtime/slot_visit.hpp"

namespace vyre::runtime {
namespace {

struct Length {
  Hop hop;
  u64 begin;
  u64 end;
  friend bool operator==(const Length&, const Length&) = default;
};

std::vector<Length> lengths(const SlotTimes& times, std::int64_t offset) {
  std::vector<Length> result;
  const HopTimes hops = hops_of(times, offset);
  for (const HopTime& hop : hops.all()) result.push_back({hop.hop, hop.begin, hop.end});
  return result;
}

constexpr SlotTimes kWhole = {.taken = 100,
                              .submitted = 110,
                              .filled = 130,
                              .published = 160,
                              .begun = 200,
                              .ended = 250,
                              .delivered = 310,
                              .consumed = 380};

TEST(HopsOf, CutsAWayThatIsWhole) {
  const std::vector<Length> expected = {{Hop::kSubmit, 100, 110},  {Hop::kRead, 110, 130},
                                        {Hop::kPublish, 130, 160}, {Hop::kClaim, 160, 200},
                                        {Hop::kRun, 200, 250},     {Hop::kTake, 250, 310},
                                        {Hop::kConsume, 310, 380}};
  EXPECT_EQ(lengths(kWhole, 0), expected);
  SlotTimes shifted = kWhole;
  shifted.begun += 1'000'000;
  shifted.ended += 1'000'000;
  EXPECT_EQ(lengths(shifted, -1'000'000), expected);
  shifted.begun = 5;
  shifted.ended = 55;
  EXPECT_EQ(lengths(shifted, 195), expected);
}

TEST(HopsOf, LeavesOutWhatDidNotHappen) {
  SlotTimes nothing_ran = kWhole;
  nothing_ran.published = nothing_ran.begun = nothing_ran.ended = 0;
  EXPECT_EQ(lengths(nothing_ran, 0),
            (std::vector<Length>{
                {Hop::kSubmit, 100, 110}, {Hop::kRead, 110, 130}, {Hop::kConsume, 310, 380}}));
  SlotTimes refused = kWhole;
  refused.begun = refused.ended = 0;
  EXPECT_EQ(lengths(refused, 0), (std::vector<Length>{{Hop::kSubmit, 100, 110},
                                                      {Hop::kRead, 110, 130},
                                                      {Hop::kPublish, 130, 160},
                                                      {Hop::kConsume, 310, 380}}));
  EXPECT_TRUE(lengths({}, 0).empty());
}

// Whatever a machine's clock says, hops follow each other and lie between what the host has seen.
TEST(HopsOf, HoldsTheMachinesTimesBetweenTheHosts) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  for (const std::int64_t offset : {std::int64_t{-45}, std::int64_t{70}, std::int64_t{1} << 40,
                                    -(std::int64_t{1} << 40), most, least}) {
    for (const auto& [begun, ended] : {std::pair<u64, u64>{200, 250}, {250, 200}, {1, ~u64{0}}}) {
      SlotTimes times = kWhole;
      times.begun = begun;
      times.ended = ended;
      const std::vector<Length> hops = lengths(times, offset);
      ASSERT_EQ(hops.size(), kHops);
      u64 reached = 100;
      for (const Length& hop : hops) {
        EXPECT_EQ(hop.begin, reached) << offset;
        EXPECT_GE(hop.end, hop.begin);
        reached = hop.end;
      }
      EXPECT_EQ(hops[2].end, 160u);
      EXPECT_EQ(hops[5].end, 310u);
      EXPECT_EQ(reached, 380u);
    }
  }
}

}  // namespace
}  // namespace vyre::runtime
