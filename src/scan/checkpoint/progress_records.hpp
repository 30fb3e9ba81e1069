#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scan/confirm/scan_totals.hpp"
#include "scan/report/output_ledger.hpp"

// What the records of a checkpoint say. Each has its fields in a fixed order; `decode` is false
// where the payload is not what `encode` gave.
namespace vyre::scan {

/// A length of the output, and what it holds.
struct OutputPoint {
  /// Bytes of the file.
  std::uint64_t length = 0;
  /// Of all that was written up to `length`: each point's own bytes hashed with the point before as
  /// the seed.
  std::uint64_t hash = 0;
};

/// First record: kCommand.
struct CommandRecord {
  /// Of FileMarks.
  std::uint64_t seed = 0;
  /// Where the output began in its file.
  std::uint64_t output_begin = 0;
  /// CommandIdentity::encode.
  std::string identity;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] bool decode(std::string_view payload);
};

/// kRun: a process begins.
struct RunRecord {
  /// The kernel's boot: another one means that the machine went down in between.
  std::string boot;
  /// Of the output.
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] bool decode(std::string_view payload);
};

/// kFiles; its marks follow the fields, 16 bytes each.
struct FilesRecord {
  OutputPoint output;
  /// Of the run, until now.
  std::uint64_t nanoseconds = 0;
  /// Of these files.
  FinishedFiles files;

  /// `files` are given apart, so that they need no copy.
  [[nodiscard]] std::string encode(const FinishedFiles& given) const;
  [[nodiscard]] bool decode(std::string_view payload);
};

/// kEnd.
struct EndRecord {
  OutputPoint output;
  std::uint64_t nanoseconds = 0;
  /// That the process ended with.
  std::uint64_t exit_code = 0;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] bool decode(std::string_view payload);
};

}  // namespace vyre::scan
