#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "vyre/error.hpp"
#include "vyre/source.hpp"

struct __dirstream;
struct dirent;

namespace vyre::ingest {

/// Feeds the regular files below a list of paths, and the devices in the list.
///
/// Directories are walked to any depth and across file systems; hidden entries are included, ignore
/// files mean nothing, and links inside a tree are not followed. Devices, pipes and sockets inside
/// a tree are passed over in silence. A path that is given is followed when it is a link; a block
/// device or an NVMe namespace's character device is fed with its size, all else that is neither
/// file nor directory is an error. A path given twice is walked twice. A source's origin is the
/// index of the path that it came from.
///
/// Printed paths are the given path with "/" and the names below it joined on; with no path given,
/// the current directory is walked and paths carry no prefix.
///
/// Thread-safe: callers of `next` share one stack of directories and read them in parallel. Memory
/// is bounded by the depth of the tree, not by the width of a directory.
class TreeWalk final : public FileFeed {
 public:
  /// Called for each path that cannot be walked, from whichever thread met it.
  using ErrorHandler = std::function<void(const std::string& path, const Error& error)>;

  TreeWalk(std::vector<std::string> paths, ErrorHandler on_error);
  ~TreeWalk() override;
  TreeWalk(const TreeWalk&) = delete;
  TreeWalk& operator=(const TreeWalk&) = delete;

  /// Costs one fstatat per file and one getdents64 per 32 KiB of directory entries.
  bool next(std::vector<FileSource>& batch, std::size_t limit) override;

  /// From now on `next` hands out nothing and returns false. Callable from any thread.
  void stop() noexcept;

  /// Regular files and devices that were fed.
  [[nodiscard]] std::uint64_t files() const noexcept { return files_.load(); }
  [[nodiscard]] std::uint64_t directories() const noexcept { return directories_.load(); }

 private:
  /// A directory that waits to be read, or was read in part.
  struct Directory {
    /// Printed before each entry's name; empty or ends in '/'.
    std::string prefix;
    /// Null until reading begins.
    __dirstream* stream = nullptr;
    /// Given on the command line: may be reached through a link.
    bool given = false;
    std::uint32_t origin = 0;
  };
  struct GivenPath {
    std::string path;
    std::uint32_t origin;
  };
  std::vector<GivenPath> take_given_paths(std::size_t limit);
  void visit_given_path(GivenPath given, std::vector<FileSource>& batch,
                        std::vector<Directory>& found);
  bool open_directory(Directory& directory);
  bool read_slice(Directory& directory, std::vector<FileSource>& batch, std::size_t limit,
                  std::vector<Directory>& found);
  void visit_entry(const Directory& directory, const ::dirent& entry,
                   std::vector<FileSource>& batch, std::vector<Directory>& found);
  void push_all(std::vector<Directory>&& found);

  std::vector<std::string> paths_;
  ErrorHandler on_error_;
  std::atomic<std::uint64_t> files_{0};
  std::atomic<std::uint64_t> directories_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t next_path_ = 0;
  std::vector<Directory> stack_;
  std::size_t readers_ = 0;
  bool stopped_ = false;
};

}  // namespace vyre::ingest
