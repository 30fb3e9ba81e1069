#pragma once

#include <chrono>
#include <cstdint>

#include "vyre/statistics.hpp"

namespace vyre::runtime {

/// One ring thread's share of SessionStatistics, but for its telemetry. Written by that thread.
struct RingStatistics {
  std::uint64_t files = 0;
  std::uint64_t failed_files = 0;
  std::uint64_t chunks = 0;
  std::uint64_t overflowed_chunks = 0;
  std::uint64_t records = 0;
  std::uint64_t tiles = 0;
  std::uint64_t fuel = 0;
  std::uint64_t output_bytes = 0;
  std::uint64_t faulted_chunks = 0;
  std::uint64_t overdue_chunks = 0;
  std::uint64_t lost_chunks = 0;
  std::uint64_t repeated_chunks = 0;
  std::uint64_t given_up_chunks = 0;
  std::chrono::nanoseconds feed{};
  std::chrono::nanoseconds ingest{};
  std::chrono::nanoseconds consumer{};
  std::chrono::nanoseconds wait{};
  std::chrono::nanoseconds program{};

  void add_to(SessionStatistics& sum) const {
    sum.files += files;
    sum.failed_files += failed_files;
    sum.chunks += chunks;
    sum.overflowed_chunks += overflowed_chunks;
    sum.records += records;
    sum.tiles += tiles;
    sum.fuel += fuel;
    sum.output_bytes += output_bytes;
    sum.faulted_chunks += faulted_chunks;
    sum.overdue_chunks += overdue_chunks;
    sum.repeated_chunks += repeated_chunks;
    sum.given_up_chunks += given_up_chunks;
    sum.feed_nanoseconds += static_cast<std::uint64_t>(feed.count());
    sum.ingest_nanoseconds += static_cast<std::uint64_t>(ingest.count());
    sum.consumer_nanoseconds += static_cast<std::uint64_t>(consumer.count());
    sum.wait_nanoseconds += static_cast<std::uint64_t>(wait.count());
    sum.program_nanoseconds += static_cast<std::uint64_t>(program.count());
  }
};

}  // namespace vyre::runtime
