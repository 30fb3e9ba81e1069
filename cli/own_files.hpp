#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace vyre::cli {

/// Files that a command writes itself, and so does not read. Thread-safe once all are added. Cost
/// of a question: the last name compared, and a stat where it is that of an own file.
class OwnFiles {
 public:
  /// The file that `descriptor` writes to; nothing where it is no regular file.
  void add(int descriptor);
  void add(const std::string& path);

  [[nodiscard]] bool empty() const noexcept { return files_.empty(); }
  /// `path` is one of them, under the name that it was added with.
  [[nodiscard]] bool contains(const std::string& path) const;

 private:
  struct File {
    std::string name;
    dev_t device;
    ino_t inode;
  };
  std::vector<File> files_;
};

}  // namespace vyre::cli
