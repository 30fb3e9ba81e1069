#include "tests/simulation/checked_consumer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/units.hpp"
#include "tests/simulation/violation.hpp"
#include "wire/fault.hpp"

namespace vyre::simulation {
namespace {

std::string name(const SimulatedFile& file) {
  return fmt::format("file {} of {} bytes", file.number, file.size);
}

}  // namespace

SimulatedFile& CheckedConsumer::known(const StreamedFile& file) const {
  SimulatedFile* const found = files_.find(file.path());
  if (found == nullptr) violate("files-are-the-feeds", file.path());
  return *found;
}

void CheckedConsumer::on_chunk(const ChunkView& chunk) {
  const SimulatedFile& file = known(chunk.file);
  Progress& progress = progress_[&file];
  check_place(file, progress, chunk);
  const auto bytes = std::as_bytes(chunk.bytes);
  if (!bytes.empty() && ring_.reads_into(bytes)) {
    violate("delivered-after-its-reads", name(file) + ": a read into the chunk is in flight");
  }
  check_bytes(file, chunk);
  check_outcome(file, chunk);
  coverage_.bytes += chunk.own_end - chunk.own_begin;
}

void CheckedConsumer::check_place(const SimulatedFile& file, Progress& progress,
                                  const ChunkView& chunk) {
  if (progress.ended) violate("delivered-once", name(file) + ": more of it after its end");
  if (unfinished_ != nullptr && unfinished_ != &file) {
    violate("delivered-in-order", name(file) + " comes between another's chunks");
  }
  if (chunk.first == progress.begun) violate("delivered-in-order", name(file) + ": first twice");
  progress.begun = true;
  unfinished_ = chunk.last ? nullptr : &file;
  if (chunk.own_begin > chunk.own_end || chunk.own_end > chunk.bytes.size()) {
    violate("delivered-in-order", name(file) + ": own part outside the chunk");
  }
  if (chunk.own_begin == chunk.own_end) return;
  if (chunk.file_offset + chunk.own_begin != progress.bytes) {
    violate("delivered-in-order", fmt::format("{}: own part at {}, expected at {}", name(file),
                                              chunk.file_offset + chunk.own_begin, progress.bytes));
  }
  progress.bytes += chunk.own_end - chunk.own_begin;
  const bool whole_halo =
      chunk.own_begin == std::min<u64>(kHaloBytes, chunk.file_offset + chunk.own_begin);
  if (!whole_halo || (!chunk.last && chunk.bytes.size() < chunk.own_end + kHaloBytes)) {
    violate("halo-whole",
            fmt::format("{}: own [{}, {}) of {} bytes at {}", name(file), chunk.own_begin,
                        chunk.own_end, chunk.bytes.size(), chunk.file_offset));
  }
}

void CheckedConsumer::check_bytes(const SimulatedFile& file, const ChunkView& chunk) const {
  if (const auto wrong = first_wrong_byte(file, chunk.file_offset, chunk.bytes)) {
    violate("bytes-right", fmt::format("{}: the byte at {} is wrong", name(file), *wrong));
  }
}

void CheckedConsumer::check_outcome(const SimulatedFile& file, const ChunkView& chunk) {
  const std::span<const u8> bytes(reinterpret_cast<const u8*>(chunk.bytes.data()),
                                  chunk.bytes.size());
  u64 number = 0;
  if (plan_.program == ProgramKind::kCarried) {
    number = (chunk.file_offset + chunk.own_begin) / kTileBytes + 1;
  } else if (plan_.program == ProgramKind::kSerial) {
    number = tiles_ + 1;
    tiles_ += tiles_of(static_cast<u32>(bytes.size()), chunk.own_begin, chunk.own_end);
  }
  ExpectedOutcome expected = expect_outcome(plan_.program, bytes, chunk.own_begin, chunk.own_end,
                                            plan_.record_capacity, number);
  if (plan_.separate) {
    if (expected.result && (chunk.results.size() != 1 || chunk.results[0] != *expected.result)) {
      violate("results-right", name(file) + ": the chunk's result is wrong");
    }
    if (chunk.record_count != expected.record_count ||
        chunk.overflow != (expected.record_count > plan_.record_capacity)) {
      violate("records-right", fmt::format("{}: {} records, {} expected", name(file),
                                           chunk.record_count, expected.record_count));
    }
  }
  // In a packed slot the capacity is that of all its files.
  if (chunk.overflow) return;
  const bool same = std::equal(chunk.records.begin(), chunk.records.end(), expected.records.begin(),
                               expected.records.end(), [](const Record& a, const wire::Record& b) {
                                 return a.offset == b.offset && a.value == b.value;
                               });
  const bool comparable = plan_.separate || plan_.program != ProgramKind::kFaulty;
  if (comparable && !same) violate("records-right", name(file) + ": a record is wrong");
}

void CheckedConsumer::on_read_error(const StreamedFile& file, const Error& error) {
  violate("one-error-a-file", file.path() + ": " + error.message());
}

void CheckedConsumer::on_program_fault(const StreamedFile& file, const ProgramFault& fault) {
  const SimulatedFile& of = known(file);
  progress_[&of].faulted = true;
  if (plan_.program != ProgramKind::kFaulty || check_.faulted_slots() == 0 ||
      fault.code != static_cast<u32>(wire::FaultCode::kTileOutOfRange)) {
    violate("errors-have-causes", fmt::format("{}: fault {}", name(of), fault.code));
  }
}

void CheckedConsumer::on_file_end(const StreamedFile& streamed, const Error* error) {
  const SimulatedFile& file = known(streamed);
  Progress& progress = progress_[&file];
  if (progress.ended) violate("delivered-once", name(file) + " ends twice");
  progress.ended = true;
  unfinished_ = nullptr;
  if (plan_.in_order && last_ended_ != nullptr && last_ended_->number > file.number) {
    violate("delivered-in-order", name(file) + " comes after a later one of the feed");
  }
  last_ended_ = &file;
  if (error == nullptr) {
    check_success(file, progress);
  } else {
    ++coverage_.failed_files;
    check_error(file, progress, *error);
  }
}

void CheckedConsumer::check_success(const SimulatedFile& file, const Progress& progress) const {
  if (file.missing) violate("errors-are-told", name(file) + " is missing, and nobody says so");
  if (progress.bytes < file.least || progress.bytes > file.most) {
    violate("bytes-complete", fmt::format("{} had {} to {} bytes, {} were delivered", name(file),
                                          file.least, file.most, progress.bytes));
  }
  for (const Cause& cause : file.causes) {
    // Chunks behind the end of a file that shrank are nobody's.
    const bool behind =
        cause.offset != 0 && file.changed() && progress.bytes <= cause.offset + 2 * u64{kHaloBytes};
    if (!cause.certain || behind) continue;
    violate("errors-are-told", fmt::format("{}: errno {} of the read at {} was forgotten",
                                           name(file), cause.error, cause.offset));
  }
}

void CheckedConsumer::check_error(const SimulatedFile& file, const Progress& progress,
                                  const Error& error) const {
  if (progress.bytes > file.most) {
    violate("bytes-complete",
            fmt::format("{}: {} bytes were delivered", name(file), progress.bytes));
  }
  if (progress.faulted) return;
  if (error.code == ErrorCode::kDeviceFault) {
    const auto code = static_cast<wire::FaultCode>(error.detail);
    const bool given_up = code == wire::FaultCode::kWorkerLost && check_.lost_slots() >= 2;
    const bool overdue = code == wire::FaultCode::kDeadlineExceeded &&
                         (coverage_.overdue_slots != 0 || check_.lost_slots() != 0);
    if (!given_up && !overdue) violate("errors-have-causes", name(file) + ": " + error.message());
    if (given_up) ++coverage_.given_up_chunks;
    return;
  }
  if (file.missing && error.detail == ENOENT) return;
  const bool shrunk = error.code == ErrorCode::kUnavailable && file.changed() && plan_.separate;
  const bool caused = error.code == ErrorCode::kSyscall &&
                      std::any_of(file.causes.begin(), file.causes.end(),
                                  [&](const Cause& cause) { return cause.error == error.detail; });
  const bool refused = error.code == ErrorCode::kUnavailable && plan_.direct;
  if (!shrunk && !caused && !refused)
    violate("errors-have-causes", name(file) + ": " + error.message());
}

void CheckedConsumer::check_all_ended(std::span<SimulatedFile* const> files) const {
  for (const SimulatedFile* file : files) {
    const auto found = progress_.find(file);
    if (found != progress_.end() && found->second.ended) continue;
    violate("delivered-once", name(*file) + " was never delivered");
  }
}

}  // namespace vyre::simulation
