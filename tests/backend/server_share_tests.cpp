#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "backend/cuda/device/dispatcher_shared.hpp"

// How the servers of a device's dispatcher share out the queues. On the host: it is arithmetic.
namespace vyre::backend::device {
namespace {

/// The queues of each server, as Server counts them.
std::vector<u32> queues_of(const Share& share, u32 queues) {
  std::vector<u32> all;
  for (u32 queue = share.first_queue; queue < queues; queue += share.queue_step) {
    all.push_back(queue);
  }
  return all;
}

TEST(ServerShare, EachPositionOfEachQueueHasOneServer) {
  for (u32 queues = 1; queues <= kernel::kMaxQueues; ++queues) {
    SCOPED_TRACE(queues);
    const u32 groups = share_of(0, queues).groups;
    ASSERT_TRUE(groups != 0 && (groups & (groups - 1)) == 0);
    // DispatcherShared::heads has an element for each.
    ASSERT_LE(u64{queues} * wire::kBands * groups, kMaxViews);
    std::vector<u32> servers(std::size_t{queues} * kServers, 0);
    for (u32 server = 0; server < kServers; ++server) {
      const Share share = share_of(server, queues);
      for (const u32 queue : queues_of(share, queues)) {
        ASSERT_EQ(share.groups, groups);
        ASSERT_LT(share.group, groups);
        // Groups of positions, before and after positions wrap.
        for (u32 group = 0; group < kServers; ++group) {
          const u32 position = (group - kServers / 2) * kWarp;
          const bool own = looks_after(share, queue, position);
          EXPECT_EQ(looks_after(share, queue, position + kWarp - 1), own);
          servers[queue * kServers + group] += own ? 1 : 0;
        }
      }
    }
    EXPECT_EQ(std::count(servers.begin(), servers.end(), 1u),
              static_cast<std::ptrdiff_t>(servers.size()));
  }
}

/// By server: how many queues it serves while all are at `position`.
std::array<u32, kServers> busy_at(u32 position, u32 queues) {
  std::array<u32, kServers> busy{};
  for (u32 server = 0; server < kServers; ++server) {
    const Share share = share_of(server, queues);
    for (const u32 queue : queues_of(share, queues)) {
      busy[server] += looks_after(share, queue, position) ? 1 : 0;
    }
  }
  return busy;
}

TEST(ServerShare, OfQueuesAtOnePositionNoServerHasMoreThanItsPart) {
  for (u32 queues = kServers; queues < 3 * kServers; ++queues) {
    for (u32 group = 0; group < 4; ++group) {
      const auto busy = busy_at(group * kWarp, queues);
      const u32 even = (queues + kServers - 1) / kServers;
      EXPECT_LE(*std::max_element(busy.begin(), busy.end()), even) << queues << " queues";
    }
  }
}

TEST(ServerShare, NoneOfFewQueuesHasMuchLessOfAServerThanAnother) {
  for (u32 queues = 1; queues < 3 * kServers; ++queues) {
    // By queue: the part of its positions that a server looks after, over the queues that this
    // server has in all; in 5040ths, which 1 to 7 divide.
    std::vector<u32> parts(queues, 0);
    for (u32 server = 0; server < kServers; ++server) {
      const Share share = share_of(server, queues);
      const std::vector<u32> own = queues_of(share, queues);
      for (const u32 queue : own) {
        parts[queue] += 5040 / share.groups / static_cast<u32>(own.size());
      }
    }
    const auto [least, most] = std::minmax_element(parts.begin(), parts.end());
    EXPECT_LE(*most, *least * 3 / 2) << queues << " queues";
  }
}

}  // namespace
}  // namespace vyre::backend::device
