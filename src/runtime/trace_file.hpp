#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/owned_fd.hpp"
#include "vyre/error.hpp"

namespace vyre::runtime {

/// A file of events in the JSON object form that chrome://tracing and Perfetto open. It is whole
/// after each append(): the object's end is written with the events, and overwritten by the next
/// ones, so that a process which ends early leaves JSON too. Thread-safe.
class TraceFile {
 public:
  /// Makes the file, or empties it. Errors: Syscall; InvalidArgument for what is no regular file,
  /// where nothing can be overwritten.
  static Result<std::unique_ptr<TraceFile>> create(const std::string& path);

  /// `events` are JSON objects, each behind ",\n". Nothing more is written once a write has failed.
  void append(std::string_view events);
  /// Nanoseconds of the steady clock that are the events' time 0.
  [[nodiscard]] std::uint64_t origin() const noexcept { return origin_; }
  /// The error of the write that failed.
  [[nodiscard]] Status status() const;

 private:
  TraceFile(std::string path, base::OwnedFd file);
  void write(std::string_view events);

  const std::string path_;
  const base::OwnedFd file_;
  const std::uint64_t origin_;
  mutable std::mutex mutex_;
  /// Where the object's end begins.
  std::uint64_t end_ = 0;
  std::string text_;
  Status status_;
};

}  // namespace vyre::runtime
