#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "vyre/error.hpp"
#include "vyre/source.hpp"

namespace vyre::scan {

/// Names files in 16 bytes: 80 bits stand for the path and for which of the given paths it was
/// found under, 48 for the file's state: size and times of last change. All hashed with a seed that
/// nobody knows beforehand, so that no name can be made up to look like another's. Among 10^8
/// files two paths collide with a probability below 10^-8, and then only matter where the 48 bits
/// agree as well.
class FileMarks {
 public:
  explicit FileMarks(std::uint64_t seed) noexcept : seed_(seed) {}
  /// By chance. Error: Syscall.
  static Result<std::uint64_t> new_seed();

  [[nodiscard]] SourceMark of_source(const FileSource& source) const noexcept;
  /// Of a path that cannot be walked.
  [[nodiscard]] SourceMark of_error(std::string_view path, std::string_view message) const noexcept;

 private:
  std::uint64_t seed_;
};

/// Files that are done. 16 bytes each; read-only, and so thread-safe, once sorted.
class DoneFiles {
 public:
  enum class State : std::uint8_t {
    kNew,
    kDone,
    /// Done, and changed since.
    kChanged,
  };

  DoneFiles() = default;
  explicit DoneFiles(std::vector<SourceMark> marks) : marks_(std::move(marks)) {}
  void add(const SourceMark& mark) { marks_.push_back(mark); }
  void sort();
  /// Cost: one binary search.
  [[nodiscard]] State find(const SourceMark& mark) const noexcept;
  /// How often `mark` was added.
  [[nodiscard]] std::size_t count(const SourceMark& mark) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return marks_.size(); }
  [[nodiscard]] std::span<const SourceMark> marks() const noexcept { return marks_; }

 private:
  std::vector<SourceMark> marks_;
};

}  // namespace vyre::scan
