#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor/roots.hpp"

namespace vyre::doctor {

/// What a made-up file system of the kernel's holds at one path. Paths begin with the root's name:
/// "sys/class/nvme", "proc/self/status".
struct Entry {
  enum class Kind { kFile, kFolder, kLink, kFifo };

  std::string path;
  /// Bytes of a file, target of a link.
  std::string content = {};
  Kind kind = Kind::kFile;
};

/// A folder with the made-up trees in it, gone with the object.
class FakeTree {
 public:
  explicit FakeTree(const std::vector<Entry>& entries = {});
  ~FakeTree();
  FakeTree(const FakeTree&) = delete;
  FakeTree& operator=(const FakeTree&) = delete;

  /// Puts it there, in the place of what was.
  void put(const Entry& entry);
  [[nodiscard]] Roots roots() const;
  [[nodiscard]] std::string path(std::string_view relative) const;

 private:
  std::string folder_;
};

/// What somebody hostile, or something broken, may have in the place of a small text file at
/// `path`.
std::vector<Entry> hostile_entries(const std::string& path);

/// `text` as gzip packs it.
std::string gzip(const std::string& text);

}  // namespace vyre::doctor
