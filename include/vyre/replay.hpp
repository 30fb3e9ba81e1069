#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "vyre/backend.hpp"
#include "vyre/error.hpp"

namespace vyre {

/// How far a replay is, and what it has seen.
struct ReplayCounts {
  /// Slots that were run again, and the bytes that they held.
  std::uint64_t slots = 0;
  std::uint64_t bytes = 0;
  std::uint64_t programs = 0;
  std::uint64_t streams = 0;
  /// Loads that these slots made, and that brought what they brought when they were recorded.
  std::uint64_t loads = 0;
  /// Of the slots: those whose recorded outcome is a fault; and those that have no outcome of the
  /// program's, as their stream or the log ended first, or the host ended them. These are run, but
  /// there is nothing to compare.
  std::uint64_t faulted = 0;
  std::uint64_t unfinished = 0;
  /// Ends of streams whose windows were compared, and those where that has no meaning: a program
  /// whose tiles may run in any order had a fault, or a slot did not end. The replay then goes on
  /// with the recorded words.
  std::uint64_t windows_compared = 0;
  std::uint64_t windows_taken_over = 0;
};

struct ReplayOptions {
  BackendChoice backend = {};
  /// Worker threads where that is the CPU; 0: one per core.
  std::uint32_t workers = 0;
  /// Called on the caller's thread after each slot, with what is done.
  std::function<void(const ReplayCounts&)> on_progress = {};
};

/// The first place where the replay is not what the log says.
struct ReplayDifference {
  enum class Kind : std::uint8_t {
    /// The bytes that the slot held cannot be had again.
    kInput,
    /// The run loaded something else from a resource, or what it loaded cannot be had again.
    kLoad,
    /// The run left something else.
    kOutcome,
    /// The stream's runs left something else in the tenant's window.
    kWindow,
  };
  /// A part of a slot's bytes.
  struct Source {
    std::string path;
    /// In the file or device.
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  Kind kind = Kind::kOutcome;
  /// The slot's number, counted over all rings from 0, the ring that published it, and where its
  /// bytes came from: the first 8 files, and how many more there are. Of a window, none.
  std::optional<std::uint64_t> slot = std::nullopt;
  std::uint32_t ring = 0;
  /// Of kLoad: which of the run's loads, counted from 0.
  std::optional<std::uint64_t> load = std::nullopt;
  std::vector<Source> sources = {};
  std::size_t more_sources = 0;
  /// The program's content hash in hexadecimal digits, and the first line of its metadata.
  std::string program = {};
  std::string program_name = {};
  /// What differs, a line for each word, most important first: "results[2] lines: 17 recorded, 18
  /// now". 16 at most, and then how many more.
  std::vector<std::string> words = {};
};

struct ReplayReport {
  BackendDescription recorded;
  BackendDescription replayed;
  ReplayCounts counts;
  /// The log has no end: its process was killed, or is not done. All that is there was replayed.
  bool cut = false;
  /// None where everything is as recorded.
  std::optional<ReplayDifference> difference;
};

/// Runs every slot of the log again, in the log's order as far as its program needs one, and
/// compares what the runs leave. Stops at the first difference. The log and what it holds may be
/// hostile: nothing but memory for slots of 64 MiB and programs is spent on what it says, and files
/// that it names are read, but not shown. Errors: InvalidArgument where it is no log, or damaged,
/// with the byte; Syscall where it cannot be read; what the backend says.
Result<ReplayReport> replay(const std::string& log, const ReplayOptions& options = {});

}  // namespace vyre
