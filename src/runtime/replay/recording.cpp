#include "runtime/replay/recording.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <utility>
#include <vector>

#include "runtime/replay/log_frame.hpp"

namespace vyre::runtime::replay {
namespace {

constexpr u64 kNanoseconds = 1'000'000'000;

}  // namespace

Result<std::unique_ptr<Recording>> Recording::create(const RecordOptions& options,
                                                     const SessionRecord& session) {
  char folder[PATH_MAX];
  if (::getcwd(folder, sizeof folder) == nullptr) {
    return tl::unexpected(syscall_error("find the current directory for the replay log", errno,
                                        "start from a directory that is still there"));
  }
  auto log = LogFile::create(options.path);
  if (!log) return tl::unexpected(std::move(log.error()));
  std::unique_ptr<Recording> recording(
      new Recording(std::move(*log), options.inputs, std::string(folder) + "/"));
  if (Status status = recording->write(session); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return recording;
}

template <class Record>
Status Recording::write(const Record& record) {
  if (finished_) return {};
  std::vector<std::byte> bytes;
  append_record(record, bytes);
  return log_->append(bytes);
}

Status Recording::loaded(u32 tenant, u32 opcode, const VerifiedProgram& program) {
  const ContentHash hash = content_hash(program.program());
  programs_.insert_or_assign(opcode, Loaded{.stream = {hash, program.program().carry_words},
                                            .window_words = program.bounds().window_words});
  return write(ProgramRecord{
      .tenant = tenant, .opcode = opcode, .hash = hash, .encoded = encode(program.program())});
}

Status Recording::registered(u32 tenant, u32 handle, const std::string& path) {
  return write(ResourceRecord{.tenant = tenant, .handle = handle, .file = describe(path)});
}

RecordedFile Recording::describe(const std::string& path) const {
  RecordedFile file{.path = path.starts_with('/') ? path : folder_ + path};
  struct stat state {};
  if (::stat(file.path.c_str(), &state) == 0) {
    file.device = state.st_dev;
    file.inode = state.st_ino;
    file.size = static_cast<u64>(state.st_size);
    file.modified_nanoseconds = static_cast<u64>(state.st_mtim.tv_sec) * kNanoseconds +
                                static_cast<u64>(state.st_mtim.tv_nsec);
  }
  return file;
}

Status Recording::wrote_window(u32 tenant, u32 first, std::span<const u32> words) {
  return write(WindowRecord{tenant, first, {words.begin(), words.end()}});
}

Status Recording::begin_stream(u32 tenant, u32 opcode, u32 record_capacity, u64 output_capacity) {
  stream_ = programs_.at(opcode).stream;
  return write(StreamRecord{.tenant = tenant,
                            .program = stream_.program,
                            .record_capacity = record_capacity,
                            .output_capacity = output_capacity});
}

Status Recording::end_stream(const Status& done, std::span<const u32> window) {
  return write(StreamEndRecord{.error = done ? std::string() : done.error().message(),
                               .window = {window.begin(), window.end()}});
}

Status Recording::finish() {
  Status status = write(EndRecord{log_->slots(), log_->outcomes(), log_->loads()});
  finished_ = true;
  return status;
}

}  // namespace vyre::runtime::replay
