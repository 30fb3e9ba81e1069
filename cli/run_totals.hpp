#pragma once

#include <atomic>
#include <cstdint>

namespace vyre::cli {

/// What a run has done; a sum over consumers. Any thread adds and reads; exact once all are gone.
struct RunTotals {
  std::atomic<std::uint64_t> files{0};
  std::atomic<std::uint64_t> failed_files{0};
  /// Bytes that the program ran over.
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> output_bytes{0};
};

}  // namespace vyre::cli
