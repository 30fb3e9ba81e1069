#include <gtest/gtest.h>

#include <array>
#include <deque>

#include "kernel/fair_share.hpp"

// Tenants that always have something to do, and slots that end long after they were claimed.
namespace vyre::kernel {
namespace {

using Words = std::array<u32, wire::kMaxTenants>;

class FairShare : public ::testing::Test {
 protected:
  /// Claims a slot of the tenant with the least turn, as claimers do.
  u32 claim(u32 tenants) {
    u32 least = 0;
    for (u32 tenant = 1; tenant < tenants; ++tenant) {
      if (is_before(turn_of(ledger_, tenant), turn_of(ledger_, least))) least = tenant;
    }
    move_clock(ledger_, turn_of(ledger_, least));
    ++claimed_[least];
    take_turn(ledger_, least, 1);
    return least;
  }
  void end(u32 tenant, u64 fuel) {
    charge_fuel(ledger_, tenant, fuel, 1);
    ++ended_[tenant];
  }

  Words claimed_{};
  Words ended_{};
  Words turns_{};
  Words expected_{};
  u32 clock_ = 0;
  const ClaimLedger ledger_{.claimed = claimed_.data(),
                            .fuel_used = nullptr,
                            .by_band = nullptr,
                            .aged = nullptr,
                            .ended = ended_.data(),
                            .turns = turns_.data(),
                            .expected = expected_.data(),
                            .clock = &clock_};
};

TEST_F(FairShare, GivesEqualFuelThoughManySlotsAreUnderWay) {
  constexpr u32 kTenants = 4;
  constexpr std::size_t kUnderWay = 300;
  std::array<u64, kTenants> used{};
  std::deque<u32> under_way;
  for (u32 i = 0; i < 200'000; ++i) {
    under_way.push_back(claim(kTenants));
    if (under_way.size() < kUnderWay) continue;
    const u32 tenant = under_way.front();
    under_way.pop_front();
    const u64 fuel = 64'000 * (1 + tenant);
    used[tenant] += fuel;
    end(tenant, fuel);
  }
  for (const u64 fuel : used) {
    EXPECT_NEAR(static_cast<double>(fuel) / static_cast<double>(used[0]), 1, 0.02);
  }
}

TEST_F(FairShare, SavesUpAFewSlotsOnly) {
  for (u32 i = 0; i < 1000; ++i) end(claim(1), 64'000);
  // The second comes, and both have something to do from now on.
  u32 in_a_row = 0;
  while (claim(2) == 1) {
    end(1, 64'000);
    ++in_a_row;
  }
  EXPECT_LE(in_a_row, kBurst + 2);
}

TEST_F(FairShare, LetsNobodyWaitWhoHadNothingToDoForLong) {
  // More than half of what a turn can count.
  for (u32 i = 0; i < 400; ++i) end(claim(1), u64{kMostAtOnce} * kFuelPerCharge);
  EXPECT_TRUE(has_turn(ledger_, 1));
  EXPECT_EQ(claim(2), 1u);
}

}  // namespace
}  // namespace vyre::kernel
