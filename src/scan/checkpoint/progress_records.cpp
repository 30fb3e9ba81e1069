#include "scan/checkpoint/progress_records.hpp"

#include <array>

#include "scan/checkpoint/record_bytes.hpp"

namespace vyre::scan {
namespace {

constexpr std::array kTotals = {&ScanTotals::files,         &ScanTotals::files_with_matches,
                                &ScanTotals::bytes,         &ScanTotals::candidates,
                                &ScanTotals::confirmations, &ScanTotals::matches,
                                &ScanTotals::errors,        &ScanTotals::bytes_read_again};
static_assert(sizeof(ScanTotals) == kTotals.size() * sizeof(std::uint64_t));
constexpr std::uint64_t kLargestExitCode = 255;
constexpr std::size_t kMarkBytes = sizeof(SourceMark);

}  // namespace

std::string CommandRecord::encode() const {
  RecordWriter writer;
  writer.word(seed);
  writer.word(output_begin);
  writer.text(identity);
  return std::string(writer.bytes());
}

bool CommandRecord::decode(std::string_view payload) {
  RecordReader reader(payload);
  return reader.word(seed) && reader.word(output_begin) && reader.text(identity) && reader.at_end();
}

std::string RunRecord::encode() const {
  RecordWriter writer;
  writer.text(boot);
  writer.word(device);
  writer.word(inode);
  return std::string(writer.bytes());
}

bool RunRecord::decode(std::string_view payload) {
  RecordReader reader(payload);
  return reader.text(boot) && reader.word(device) && reader.word(inode) && reader.at_end();
}

std::string FilesRecord::encode(const FinishedFiles& given) const {
  RecordWriter writer;
  writer.reserve((kTotals.size() + 3) * sizeof(std::uint64_t) + given.marks.size() * kMarkBytes);
  writer.word(output.length);
  writer.word(output.hash);
  writer.word(nanoseconds);
  for (const auto total : kTotals) writer.word(given.totals.*total);
  for (const SourceMark& mark : given.marks) writer.mark(mark);
  return std::string(writer.bytes());
}

bool FilesRecord::decode(std::string_view payload) {
  RecordReader reader(payload);
  if (!reader.word(output.length) || !reader.word(output.hash) || !reader.word(nanoseconds)) {
    return false;
  }
  for (const auto total : kTotals) {
    if (!reader.word(files.totals.*total)) return false;
  }
  files.marks.clear();
  files.marks.reserve(reader.rest().size() / kMarkBytes);
  while (!reader.at_end()) {
    SourceMark mark;
    if (!reader.mark(mark)) return false;
    files.marks.push_back(mark);
  }
  return true;
}

std::string EndRecord::encode() const {
  RecordWriter writer;
  writer.word(output.length);
  writer.word(output.hash);
  writer.word(nanoseconds);
  writer.word(exit_code);
  return std::string(writer.bytes());
}

bool EndRecord::decode(std::string_view payload) {
  RecordReader reader(payload);
  return reader.word(output.length) && reader.word(output.hash) && reader.word(nanoseconds) &&
         reader.word(exit_code) && exit_code <= kLargestExitCode && reader.at_end();
}

}  // namespace vyre::scan
