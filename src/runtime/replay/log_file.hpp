#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/owned_fd.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::runtime::replay {

/// A log that is being written: only ever appended to, so that what a crash leaves is a log that
/// was cut. Thread-safe.
class LogFile {
 public:
  /// Creates the file, or empties the one that is there, and writes its header. Readable by its
  /// owner alone, since it may hold what was read. Errors: Syscall; Unavailable where another
  /// process records to it.
  static Result<std::unique_ptr<LogFile>> create(const std::string& path);

  /// Appends whole records. After an error nothing more is written, and each further call returns
  /// it: what follows a torn record could not be read. Errors: Syscall.
  Status append(std::span<const std::byte> records);
  /// What append() returned last; no lock where all is well.
  [[nodiscard]] Status status() const;

  /// Numbers slots from 0.
  u64 next_number() noexcept { return numbers_.fetch_add(1, std::memory_order_relaxed); }
  // Records of a kind that the log will hold.
  void count_slot() noexcept { slots_.fetch_add(1, std::memory_order_relaxed); }
  void count_outcome() noexcept { outcomes_.fetch_add(1, std::memory_order_relaxed); }
  void count_load() noexcept { loads_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] u64 slots() const noexcept { return slots_.load(std::memory_order_relaxed); }
  [[nodiscard]] u64 outcomes() const noexcept { return outcomes_.load(std::memory_order_relaxed); }
  [[nodiscard]] u64 loads() const noexcept { return loads_.load(std::memory_order_relaxed); }

 private:
  LogFile(std::string path, base::OwnedFd file) : path_(std::move(path)), file_(std::move(file)) {}
  Status write(std::span<const std::byte> bytes);

  const std::string path_;
  const base::OwnedFd file_;
  mutable std::mutex mutex_;
  Status status_;
  std::atomic<bool> failed_{false};
  std::atomic<u64> numbers_{0};
  std::atomic<u64> slots_{0};
  std::atomic<u64> outcomes_{0};
  std::atomic<u64> loads_{0};
};

}  // namespace vyre::runtime::replay
