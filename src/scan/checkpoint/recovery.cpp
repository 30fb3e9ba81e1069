#include "scan/checkpoint/recovery.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "scan/checkpoint/output_chain.hpp"

namespace vyre::scan {
namespace {

Error about(const std::string& path, Error error) {
  error.what = path + ": " + error.what;
  return error;
}

class Recovery {
 public:
  explicit Recovery(const RecoveryRequest& request) : request_(request) {}
  Result<Recovered> run();

 private:
  Status check_line();
  Status read_command();
  Status read_records();
  /// False where the payload is not what its kind says.
  Result<bool> apply(const JournalReader::Record& record);
  Result<bool> apply_files(std::string_view payload);
  Result<bool> apply_end(std::string_view payload);
  void apply_run(RunRecord&& run);
  /// False from the first point on that the output does not hold.
  Result<bool> output_holds(const OutputPoint& point);
  void note_dropped();
  Status check_output();
  [[nodiscard]] Error output_differs() const;
  [[nodiscard]] std::string start_over() const { return "remove " + request_.path; }
  Status refuse(std::string what, std::string fix) const;

  const RecoveryRequest& request_;
  Recovered found_;
  std::uint64_t journal_bytes_ = 0;
  struct stat output_ {};
  std::optional<JournalReader> reader_;
  std::optional<OutputCheck> check_;
  /// The point that the output does not hold.
  std::optional<OutputPoint> missing_;
  RunRecord latest_run_;
  std::uint64_t run_nanoseconds_ = 0;
};

Status Recovery::refuse(std::string what, std::string fix) const {
  return tl::unexpected(invalid_argument(std::move(what), std::move(fix)));
}

Status Recovery::check_line() {
  struct stat journal {};
  if (::fstat(request_.journal, &journal) != 0 || ::fstat(request_.output, &output_) != 0) {
    return tl::unexpected(syscall_error("stat " + request_.path, errno));
  }
  journal_bytes_ = static_cast<std::uint64_t>(journal.st_size);
  std::array<char, kJournalLine.size()> line{};
  const ssize_t taken = ::pread(request_.journal, line.data(), line.size(), 0);
  if (taken < 0) return tl::unexpected(syscall_error("read " + request_.path, errno));
  const std::string_view given(line.data(), static_cast<std::size_t>(taken));
  if (given == kJournalLine) return {};
  constexpr std::string_view kName = kJournalLine.substr(0, kJournalLine.find_last_of(' '));
  if (given.starts_with(kName) && given.back() == '\n') {
    return refuse(fmt::format("{} is the checkpoint of another version of vyre", request_.path),
                  fmt::format("go on with that version, or {} to start over", start_over()));
  }
  return refuse(fmt::format("{} is no checkpoint", request_.path),
                "give --checkpoint a file of its own, which need not exist");
}

Status Recovery::read_command() {
  auto record = reader_->next();
  if (!record) return tl::unexpected(about(request_.path, std::move(record.error())));
  const bool whole = *record && (*record)->kind == RecordKind::kCommand &&
                     found_.command.decode((*record)->payload);
  const auto then =
      whole ? CommandIdentity::decode(found_.command.identity) : std::optional<CommandIdentity>();
  if (!then) {
    return refuse(fmt::format("the checkpoint {} is damaged in its first record", request_.path),
                  fmt::format("{} to start over", start_over()));
  }
  if (const std::string differs = request_.command->difference(*then); !differs.empty()) {
    return refuse(
        fmt::format("the checkpoint {} is another command's; {}", request_.path, differs),
        fmt::format("give the same command again, or another checkpoint, or {} to start over",
                    start_over()));
  }
  found_.journal = reader_->end();
  found_.output = {.length = found_.command.output_begin, .hash = found_.command.seed};
  return {};
}

Result<bool> Recovery::output_holds(const OutputPoint& point) {
  if (missing_) return false;
  auto holds = check_->holds(point);
  if (!holds) return tl::unexpected(about(request_.output_name, std::move(holds.error())));
  if (!*holds) missing_ = point;
  return holds;
}

Result<bool> Recovery::apply_files(std::string_view payload) {
  FilesRecord record;
  if (!record.decode(payload)) return false;
  const auto holds = output_holds(record.output);
  if (!holds) return holds;
  if (!*holds) return true;
  found_.output = record.output;
  found_.totals += record.files.totals;
  for (const SourceMark& mark : record.files.marks) found_.done.add(mark);
  run_nanoseconds_ = record.nanoseconds;
  return true;
}

Result<bool> Recovery::apply_end(std::string_view payload) {
  EndRecord record;
  if (!record.decode(payload)) return false;
  const auto holds = output_holds(record.output);
  if (!holds) return holds;
  if (!*holds) return true;
  found_.output = record.output;
  run_nanoseconds_ = record.nanoseconds;
  found_.exit_code = static_cast<int>(record.exit_code);
  return true;
}

void Recovery::apply_run(RunRecord&& run) {
  latest_run_ = std::move(run);
  if (missing_) return;
  found_.run = latest_run_;
  ++found_.runs;
  found_.nanoseconds += std::exchange(run_nanoseconds_, 0);
}

Result<bool> Recovery::apply(const JournalReader::Record& record) {
  switch (record.kind) {
    case RecordKind::kRun: {
      RunRecord run;
      if (!run.decode(record.payload)) return false;
      apply_run(std::move(run));
      return true;
    }
    case RecordKind::kFiles:
      return apply_files(record.payload);
    case RecordKind::kEnd:
      return apply_end(record.payload);
    case RecordKind::kCommand:
      break;
  }
  return false;
}

Status Recovery::read_records() {
  bool sound = true;
  // Nothing follows the end.
  while (sound && !found_.exit_code) {
    auto record = reader_->next();
    if (!record) return tl::unexpected(about(request_.path, std::move(record.error())));
    if (!*record) break;
    auto applied = apply(**record);
    if (!applied) return tl::unexpected(std::move(applied.error()));
    sound = *applied;
    if (sound && !missing_) found_.journal = reader_->end();
  }
  if (!sound || reader_->damaged()) note_dropped();
  found_.nanoseconds += run_nanoseconds_;
  return {};
}

void Recovery::note_dropped() {
  found_.warning = fmt::format(
      "the checkpoint {} is damaged at byte {}: its last {} bytes are dropped, and the files that "
      "they stood for are scanned again",
      request_.path, found_.journal.offset, journal_bytes_ - found_.journal.offset);
}

Error Recovery::output_differs() const {
  const auto size = static_cast<std::uint64_t>(output_.st_size);
  if (size < missing_->length) {
    return invalid_argument(
        fmt::format("{} has {} bytes, and the checkpoint {} vouches for {}", request_.output_name,
                    size, request_.path, missing_->length),
        fmt::format("put the output back (a shell's > empties it: use --output FILE or >>), or {} "
                    "to start over",
                    start_over()));
  }
  return invalid_argument(
      fmt::format("{} is not what the checkpoint {} vouches for: its bytes {} to {} have changed",
                  request_.output_name, request_.path, found_.output.length, missing_->length),
      fmt::format("put the output back as it was, or {} to start over", start_over()));
}

Status Recovery::check_output() {
  const auto size = static_cast<std::uint64_t>(output_.st_size);
  if (missing_ && latest_run_.boot == request_.boot) return tl::unexpected(output_differs());
  if (missing_) {
    found_.warning = fmt::format(
        "the machine went down before {} was on its disk: {} of its bytes still hold, and the "
        "files behind them are scanned again",
        request_.output_name, found_.output.length);
  }
  // Device numbers may change with a boot.
  const bool same_file =
      output_.st_ino == latest_run_.inode &&
      (output_.st_dev == latest_run_.device || latest_run_.boot != request_.boot);
  if (!same_file && !found_.exit_code && size > found_.output.length) {
    return refuse(fmt::format("{} is not the file that was written, and has {} bytes that the "
                              "checkpoint {} does not know",
                              request_.output_name, size - found_.output.length, request_.path),
                  fmt::format("give the file that was written, or {} to start over", start_over()));
  }
  if (size < found_.output.length) {
    missing_ = found_.output;
    return tl::unexpected(output_differs());
  }
  return {};
}

Result<Recovered> Recovery::run() {
  if (auto done = check_line(); !done) return tl::unexpected(std::move(done.error()));
  reader_.emplace(request_.journal, journal_bytes_);
  if (auto done = read_command(); !done) return tl::unexpected(std::move(done.error()));
  check_.emplace(request_.output, found_.output);
  if (auto done = read_records(); !done) return tl::unexpected(std::move(done.error()));
  if (auto done = check_output(); !done) return tl::unexpected(std::move(done.error()));
  found_.done.sort();
  return std::move(found_);
}

}  // namespace

Result<Recovered> recover(const RecoveryRequest& request) { return Recovery(request).run(); }

}  // namespace vyre::scan
