#include "scan/checkpoint/restart_state.hpp"

#include <xxhash.h>

#include <cstring>
#include <limits>

#include "scan/checkpoint/record_bytes.hpp"

namespace vyre::scan {
namespace {

// The number is the version of what follows.
constexpr std::string_view kMagic = "vyre restart 1\n";
constexpr std::size_t kHeadBytes = kMagic.size() + sizeof(std::uint64_t);
constexpr std::uint64_t kNoOutput = std::numeric_limits<std::uint64_t>::max();

std::uint64_t checksum_of(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

void write_partial(RecordWriter& writer, const std::optional<PartialFile>& partial) {
  writer.word(partial ? 1 : 0);
  if (!partial) return;
  writer.mark(partial->mark);
  writer.text(partial->path);
}

bool read_partial(RecordReader& reader, std::optional<PartialFile>& partial) {
  std::uint64_t there = 0;
  if (!reader.word(there) || there > 1) return false;
  if (there == 0) return true;
  partial.emplace();
  return reader.mark(partial->mark) && reader.text(partial->path);
}

bool read_inputs(RecordReader& reader, std::vector<std::string>& inputs) {
  std::uint64_t count = 0;
  if (!reader.word(count)) return false;
  // By what is there: the count may be anything.
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!reader.text(inputs.emplace_back())) return false;
  }
  return true;
}

bool read_output(RecordReader& reader, int& output) {
  std::uint64_t descriptor = 0;
  if (!reader.word(descriptor)) return false;
  if (descriptor == kNoOutput) return true;
  if (descriptor > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) return false;
  output = static_cast<int>(descriptor);
  return true;
}

bool read_body(RecordReader& reader, RestartState& state) {
  return reader.text(state.identity) && reader.word(state.restarts) && reader.text(state.reason) &&
         read_inputs(reader, state.inputs) && read_output(reader, state.output) &&
         reader.word(state.seed) && read_partial(reader, state.partial) &&
         reader.text(state.held_back);
}

}  // namespace

std::string RestartState::encode() const {
  RecordWriter writer;
  writer.text(identity);
  writer.word(restarts);
  writer.text(reason);
  writer.word(inputs.size());
  for (const std::string& input : inputs) writer.text(input);
  writer.word(output < 0 ? kNoOutput : static_cast<std::uint64_t>(output));
  writer.word(seed);
  write_partial(writer, partial);
  writer.text(held_back);
  const FilesRecord record{.output = partial ? partial->written : OutputPoint(),
                           .nanoseconds = nanoseconds,
                           .files = {}};
  const std::string tail = record.encode(files);

  std::string bytes;
  bytes.reserve(kHeadBytes + writer.bytes().size() + tail.size());
  bytes.append(kMagic).append(sizeof(std::uint64_t), '\0').append(writer.bytes()).append(tail);
  const std::uint64_t checksum = checksum_of(std::string_view(bytes).substr(kHeadBytes));
  std::memcpy(bytes.data() + kMagic.size(), &checksum, sizeof checksum);
  return bytes;
}

std::optional<RestartState> RestartState::decode(std::string_view bytes) {
  if (bytes.size() < kHeadBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + kMagic.size(), sizeof checksum);
  bytes.remove_prefix(kHeadBytes);
  if (checksum != checksum_of(bytes)) return std::nullopt;

  RestartState state;
  RecordReader reader(bytes);
  FilesRecord record;
  if (!read_body(reader, state) || !record.decode(reader.rest())) return std::nullopt;
  state.nanoseconds = record.nanoseconds;
  state.files = std::move(record.files);
  if (state.partial) state.partial->written = record.output;
  return state;
}

}  // namespace vyre::scan
