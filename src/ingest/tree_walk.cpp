#include "ingest/tree_walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string_view>
#include <utility>

#include "nvme/device_node.hpp"

namespace vyre::ingest {
namespace {

// Subdirectories that one slice may queue before it goes to the back of the line: bounds the stack
// in a directory with millions of them.
constexpr std::size_t kMaxQueuedPerSlice = 4096;

std::string_view special_file_name(mode_t mode) {
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode)) return "a character device";
  return "not a regular file";
}

Error special_file_error(mode_t mode, nvme::NodeKind kind) {
  const bool controller = kind == nvme::NodeKind::kController;
  return invalid_argument("is " + std::string(controller ? "an NVMe controller, which has no bytes"
                                                         : special_file_name(mode)),
                          "give a regular file, a directory, a block device or an NVMe namespace "
                          "(/dev/ngXnY)");
}

std::string directory_prefix(std::string path) {
  if (!path.empty() && path.back() != '/') path.push_back('/');
  return path;
}

Error open_error(int error_number) {
  std::string fix;
  if (error_number == EMFILE) fix = "raise the limit of open files (`ulimit -n`)";
  return syscall_error("open directory", error_number, std::move(fix));
}

// A file's time may be any number: unsigned, so that it wraps.
std::uint64_t nanoseconds_of(const ::timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

void note_state(FileSource& source, const struct stat& status) {
  source.size = static_cast<std::uint64_t>(status.st_size);
  source.modified = nanoseconds_of(status.st_mtim);
  source.changed = nanoseconds_of(status.st_ctim);
}

bool is_dot_or_dot_dot(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

}  // namespace

TreeWalk::TreeWalk(std::vector<std::string> paths, ErrorHandler on_error)
    : paths_(std::move(paths)), on_error_(std::move(on_error)) {
  if (paths_.empty()) stack_.push_back({.prefix = "", .stream = nullptr, .given = true});
}

TreeWalk::~TreeWalk() {
  for (const Directory& directory : stack_) {
    if (directory.stream != nullptr) ::closedir(directory.stream);
  }
}

void TreeWalk::stop() noexcept {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

bool TreeWalk::next(std::vector<FileSource>& batch, std::size_t limit) {
  std::unique_lock lock(mutex_);
  // Another reader may yet push a directory, so an empty stack is the end only without readers.
  changed_.wait(lock, [this] {
    return stopped_ || !stack_.empty() || next_path_ < paths_.size() || readers_ == 0;
  });
  if (stopped_ || (stack_.empty() && next_path_ == paths_.size())) return false;
  if (limit == 0) return true;

  std::vector<Directory> found;
  ++readers_;
  if (stack_.empty()) {
    std::vector<GivenPath> given = take_given_paths(limit);
    lock.unlock();
    for (GivenPath& each : given) visit_given_path(std::move(each), batch, found);
    lock.lock();
    push_all(std::move(found));
  } else {
    Directory directory = std::move(stack_.back());
    stack_.pop_back();
    lock.unlock();
    const bool exhausted = read_slice(directory, batch, limit, found);
    lock.lock();
    // The rest of this directory is read before those found in it, so that few stay open; unless
    // it keeps adding to the stack.
    const bool rest_first = found.size() < kMaxQueuedPerSlice;
    if (!exhausted && !rest_first) stack_.push_back(std::move(directory));
    push_all(std::move(found));
    if (!exhausted && rest_first) stack_.push_back(std::move(directory));
  }
  --readers_;
  changed_.notify_all();
  return true;
}

std::vector<TreeWalk::GivenPath> TreeWalk::take_given_paths(std::size_t limit) {
  const std::size_t end = next_path_ + std::min(limit, paths_.size() - next_path_);
  std::vector<GivenPath> taken;
  for (; next_path_ < end; ++next_path_) {
    taken.push_back({std::move(paths_[next_path_]), static_cast<std::uint32_t>(next_path_)});
  }
  return taken;
}

void TreeWalk::push_all(std::vector<Directory>&& found) {
  // The stack reads from its end: the first found shall be the first read.
  stack_.insert(stack_.end(), std::make_move_iterator(found.rbegin()),
                std::make_move_iterator(found.rend()));
}

void TreeWalk::visit_given_path(GivenPath given, std::vector<FileSource>& batch,
                                std::vector<Directory>& found) {
  auto& [path, origin] = given;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    std::string fix;
    if (path == "-") fix = "give a file that holds it: standard input is no file";
    on_error_(path, syscall_error("stat", errno, std::move(fix)));
    return;
  }
  if (S_ISDIR(status.st_mode)) {
    found.push_back({.prefix = directory_prefix(std::move(path)),
                     .stream = nullptr,
                     .given = true,
                     .origin = origin});
    return;
  }
  FileSource source{.path = std::move(path), .origin = origin};
  if (S_ISREG(status.st_mode)) {
    note_state(source, status);
  } else {
    const nvme::DeviceNode node = nvme::describe_node(status);
    source.device = node.kind == nvme::NodeKind::kBlock || node.kind == nvme::NodeKind::kNamespace;
    source.size = node.bytes;
    if (!source.device) {
      on_error_(source.path, special_file_error(status.st_mode, node.kind));
      return;
    }
  }
  files_.fetch_add(1, std::memory_order_relaxed);
  batch.push_back(std::move(source));
}

bool TreeWalk::open_directory(Directory& directory) {
  const char* path = directory.prefix.empty() ? "." : directory.prefix.c_str();
  // A trailing slash would follow a link that took the directory's place since it was listed.
  std::string name;
  if (!directory.given) {
    name.assign(directory.prefix, 0, directory.prefix.size() - 1);
    path = name.c_str();
  }
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (directory.given ? 0 : O_NOFOLLOW);
  const int descriptor = ::open(path, flags);
  if (descriptor >= 0) directory.stream = ::fdopendir(descriptor);
  if (directory.stream == nullptr) {
    const int error_number = errno;
    if (descriptor >= 0) ::close(descriptor);
    on_error_(path, open_error(error_number));
    return false;
  }
  directories_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool TreeWalk::read_slice(Directory& directory, std::vector<FileSource>& batch, std::size_t limit,
                          std::vector<Directory>& found) {
  if (directory.stream == nullptr && !open_directory(directory)) return true;
  const std::size_t end = batch.size() + limit;
  while (batch.size() < end && found.size() < kMaxQueuedPerSlice) {
    errno = 0;
    const ::dirent* entry = ::readdir(directory.stream);
    if (entry == nullptr) {
      if (errno != 0) on_error_(directory.prefix, syscall_error("read directory", errno));
      ::closedir(std::exchange(directory.stream, nullptr));
      return true;
    }
    if (!is_dot_or_dot_dot(entry->d_name)) visit_entry(directory, *entry, batch, found);
  }
  return false;
}

void TreeWalk::visit_entry(const Directory& directory, const ::dirent& entry,
                           std::vector<FileSource>& batch, std::vector<Directory>& found) {
  unsigned char type = entry.d_type;
  struct stat status {};
  if (type == DT_REG || type == DT_UNKNOWN) {
    if (::fstatat(::dirfd(directory.stream), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      on_error_(directory.prefix + entry.d_name, syscall_error("stat", errno));
      return;
    }
    type = static_cast<unsigned char>(IFTODT(status.st_mode));
  }
  if (type == DT_DIR) {
    found.push_back(
        {directory_prefix(directory.prefix + entry.d_name), nullptr, false, directory.origin});
  } else if (type == DT_REG) {
    files_.fetch_add(1, std::memory_order_relaxed);
    FileSource& source = batch.emplace_back();
    source.path = directory.prefix + entry.d_name;
    source.origin = directory.origin;
    note_state(source, status);
  }
}

}  // namespace vyre::ingest
