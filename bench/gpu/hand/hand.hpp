#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../answer.hpp"

// The yardsticks: each task as one would write it in CUDA for this purpose alone. None may run
// beside another kernel that is to be timed.
namespace vyre::bench::gpu::hand {

/// Bytes in device memory, aligned to 32; kPadding bytes behind them can be read too.
struct DeviceBytes {
  const u8* data;
  u64 size;
};
inline constexpr u64 kPadding = 64;

/// One task, written in several ways of which the best counts.
class Task {
 public:
  virtual ~Task() = default;
  [[nodiscard]] virtual std::vector<std::string> ways() const = 0;
  /// Does the whole task that way: from the launch to the end of the kernel.
  virtual void run(std::size_t way, DeviceBytes bytes) = 0;
  /// What the last run found. Ends the process where there was no room for its records.
  [[nodiscard]] virtual Answer answer() = 0;
};

/// 256 counts.
std::unique_ptr<Task> make_histogram();

/// One word: the CRC-32C of all bytes.
std::unique_ptr<Task> make_crc32c();

/// Rows, sum and records of examples/field_filter.vasm; room for `max_records` records.
std::unique_ptr<Task> make_field_filter(u32 threshold, u64 max_records);

/// Records of all automaton tables (wire/automaton_table.hpp) over the same bytes. `sample` is a
/// piece of the text: the states that it visits most get the fastest memory.
std::unique_ptr<Task> make_automaton(std::span<const std::vector<std::byte>> tables,
                                     std::span<const u8> sample, u64 max_records);

}  // namespace vyre::bench::gpu::hand
