#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scan/confirm/scan_job.hpp"
#include "vyre/chunk.hpp"

namespace vyre::testing {

/// Candidates of one pattern in a whole text: file offsets, ascending.
using Candidates = std::vector<std::uint64_t>;

/// How a text reaches a consumer.
struct Cut {
  /// Bytes of each own part, the last repeated; empty: one chunk that is first and last.
  std::vector<std::size_t> own_sizes;
  std::size_t halo = 4096;
  /// The final chunk is not known as such.
  bool last_unknown = false;
  /// Of each chunk, by index modulo the size.
  std::vector<bool> overflow;
};

/// Own parts of 1 to `largest` bytes, a small halo, some overflows; in one run of four, one chunk.
Cut random_cut(std::mt19937_64& random, std::size_t largest);

/// A file in memory. `read_again` fails for a file of one chunk, as the contract has it.
class MemoryFile final : public StreamedFile {
 public:
  MemoryFile(std::string path, std::string_view content, bool streamed,
             std::uint64_t first_offset = 0)
      : path_(std::move(path)),
        content_(content),
        streamed_(streamed),
        first_offset_(first_offset) {}
  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  Result<std::size_t> read_again(std::uint64_t offset, std::span<char> target) const override;
  [[nodiscard]] std::uint64_t first_offset() const noexcept override { return first_offset_; }
  /// Largest range that was asked for.
  [[nodiscard]] std::size_t largest_read() const { return largest_read_; }

 private:
  std::string path_;
  std::string_view content_;
  bool streamed_;
  std::uint64_t first_offset_;
  mutable std::size_t largest_read_ = 0;
};

/// Cuts `content` and hands it to `consumer` as the contract of ChunkConsumer says.
/// `candidates[v]` become the records of value v.
void deliver(ChunkConsumer& consumer, MemoryFile& file, std::string_view content, const Cut& cut,
             const std::vector<Candidates>& candidates);
/// The same for a file named `path`.
void deliver(ChunkConsumer& consumer, const std::string& path, std::string_view content,
             const Cut& cut, const std::vector<Candidates>& candidates);

/// Candidates that keep the contract of compile_patterns for every match that RE2 can find between
/// any two positions, at places chosen at random, and false ones besides. Quadratic in `content`.
Candidates random_candidates(std::mt19937_64& random, const scan::PatternSource& source,
                             const scan::PatternShape& shape, std::string_view content);

/// A job that writes into memory.
class CapturedJob {
 public:
  explicit CapturedJob(scan::ScanRequest request);
  ~CapturedJob();
  CapturedJob(const CapturedJob&) = delete;
  CapturedJob& operator=(const CapturedJob&) = delete;

  scan::ScanJob& job() { return *job_; }
  /// What was written since the last call; consumers must be gone or between files and flushed.
  std::string take_output();
  std::string take_errors();

 private:
  int output_;
  int errors_;
  scan::OutputSink sink_;
  scan::ErrorLog log_;
  std::unique_ptr<scan::ScanJob> job_;
};

}  // namespace vyre::testing
