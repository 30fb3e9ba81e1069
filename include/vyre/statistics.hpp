#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "vyre/latency.hpp"
#include "vyre/path_certificate.hpp"
#include "vyre/telemetry.hpp"

namespace vyre {

/// Slots by what they asked for, counted by the workers when they ended; those that ended in a
/// fault count as that alone. Modulo 2^32.
struct OpcodeCounts {
  /// NOP, STORE_U32, ATOMIC_ADD, LOAD_U32, COMPARE_SWAP, MEMCPY, DFA_STEP, BATCH_FENCE; those of
  /// packed slots too.
  std::array<std::uint32_t, 8> builtin{};
  std::uint32_t printf = 0;
  std::uint32_t packed_slots = 0;
  std::uint32_t programs = 0;
  std::uint32_t faults = 0;
};

/// What a session did, counted where it happened; sums over its rings.
struct SessionStatistics {
  /// Reads and bytes per path, opens, closes, copies.
  IngestTelemetry ingest;
  /// Which path the bytes of each origin took, and why no better one.
  PathCertificate certificate;

  std::uint64_t files = 0;
  std::uint64_t failed_files = 0;
  /// Slots that a program ran over, and what the runs left.
  std::uint64_t chunks = 0;
  std::uint64_t overflowed_chunks = 0;
  std::uint64_t records = 0;
  std::uint64_t tiles = 0;
  /// Fuel that the runs used, bytes that they copied to their output, runs that ended in a fault.
  std::uint64_t fuel = 0;
  std::uint64_t output_bytes = 0;
  std::uint64_t faulted_chunks = 0;
  /// Of these, the ones that were given up at StreamOptions::deadline.
  std::uint64_t overdue_chunks = 0;
  /// Workers that hung or ended and were replaced, and what happened to the first of them; chunks
  /// that ran once more for that, and chunks that were given up as they cost a second worker.
  std::uint64_t lost_workers = 0;
  std::string first_loss = {};
  std::uint64_t repeated_chunks = 0;
  std::uint64_t given_up_chunks = 0;

  /// io.load instructions that the host has answered; bytes that it brought them; and of the
  /// loads, those that gave another status than 0.
  std::uint64_t loads = 0;
  std::uint64_t loaded_bytes = 0;
  std::uint64_t failed_loads = 0;

  /// Where the ring threads' time went, nanoseconds, summed over rings: asking the feed for files,
  /// submitting and reaping reads, inside the consumer, asleep.
  std::uint64_t feed_nanoseconds = 0;
  std::uint64_t ingest_nanoseconds = 0;
  std::uint64_t consumer_nanoseconds = 0;
  std::uint64_t wait_nanoseconds = 0;
  /// From a slot's publication to the ring thread seeing it DONE, summed over slots.
  std::uint64_t program_nanoseconds = 0;
  /// What each hop took, by slot; empty without SessionOptions::latency and a trace.
  HopLatencies latency{};
  /// All zero where the machine is lost.
  OpcodeCounts opcodes;

  std::uint32_t rings = 0;
  std::uint32_t workers = 0;
  std::uint32_t slots_per_ring = 0;
  std::uint32_t slot_bytes = 0;
  /// Of the slots' memory, bytes that huge pages back.
  std::uint64_t huge_page_bytes = 0;
};

}  // namespace vyre
