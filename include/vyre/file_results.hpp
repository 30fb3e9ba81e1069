#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "vyre/chunk.hpp"
#include "vyre/program.hpp"

namespace vyre {

/// A record with its place in the file.
struct FileRecord {
  /// Of the byte, from the file's first.
  std::uint64_t offset = 0;
  std::uint32_t value = 0;
  friend bool operator==(const FileRecord&, const FileRecord&) = default;
};

/// What a program made of one file. All views die when the handler returns.
struct FileOutcome {
  const std::string& path;
  /// Bytes of the file that the program ran over.
  std::uint64_t bytes = 0;
  /// One per result word that the program declares, finished; empty where there is an error.
  std::span<const std::uint64_t> results = {};
  /// Ascending by offset, then value. Empty where there is an error.
  std::span<const FileRecord> records = {};
  /// How many records there were, exact also where `records_truncated`.
  std::uint64_t record_count = 0;
  /// `records` are not all: a chunk emitted more than its outcome holds, or the file more than
  /// FileResultsOptions allow.
  bool records_truncated = false;
  /// Empty where there is an error.
  std::span<const char> output = {};
  /// How long the output is, exact also where `output_truncated`.
  std::uint64_t output_bytes = 0;
  /// `output` is not all: it was longer than FileResultsOptions allow, and ends there.
  bool output_truncated = false;
  /// Why the file has no results; null where it has. Does not repeat the path.
  const Error* error = nullptr;
  /// Where there is an error: further ones that came before it (ChunkConsumer::on_read_error).
  std::span<const Error> earlier_errors = {};
  /// Where the error is a fault of the program: which and where.
  const ProgramFault* fault = nullptr;
};

/// What a consumer holds of one file at most, so that memory is bounded.
struct FileResultsOptions {
  std::size_t max_records = std::size_t{1} << 20;
  std::size_t max_output_bytes = std::size_t{64} << 20;
};

using FileHandler = std::function<void(const FileOutcome&)>;

/// A consumer for one ring of a stream with FilePlacement::kSeparate: gathers each file's chunks
/// and calls `handler` once per file, on the thread of a ring that had it, or the last part of it.
/// Handlers of several rings run at the same time. All consumers of a stream are of one program.
/// `program` need not outlive the call. Cost: combines the result words and copies records and
/// output of each chunk; memory is kept from file to file.
std::unique_ptr<ChunkConsumer> collect_files(const Program& program, FileHandler handler,
                                             const FileResultsOptions& options = {});

}  // namespace vyre
