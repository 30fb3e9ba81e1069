#include "ingest/device_reads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.hpp"
#include "nvme/refusal.hpp"

namespace vyre::ingest {
namespace {

// Set in a read's user data where it is one block of a read that failed. A slot has 1 GiB at most.
constexpr u32 kAgainBit = 1u << 31;
// Fewer blocks than this may well be bad all together.
constexpr u32 kWholeRegion = 8;

// The read failed for the sake of its blocks, or may have: others may be readable.
bool concerns_blocks(const ReadCompletion& completion) {
  if (!completion.device_status.success()) return completion.device_status.is_media_error();
  return completion.error == EIO || completion.error == ENODATA || completion.error == EILSEQ;
}

bool failed(const ReadCompletion& completion) {
  return completion.error != 0 || completion.bytes != completion.length;
}

}  // namespace

DeviceReads::DeviceReads(UringStream& reads, std::span<std::byte> buffer, const Options& options,
                         IngestTelemetry& telemetry)
    : reads_(reads),
      buffer_(buffer),
      options_(options),
      telemetry_(telemetry),
      chunks_(options.slots) {}

void DeviceReads::start(u32 slot, const OpenSource& source, DeviceStream& stream, u64 file_offset,
                        u32 length) {
  const DeviceShape& shape = *source.device();
  Chunk& chunk = chunks_[slot];
  VYRE_CHECK(chunk.left == 0 && length != 0 && length % shape.block_bytes == 0);
  chunk = {.source = &source,
           .stream = &stream,
           .file_offset = file_offset,
           .length = length,
           .left = length,
           .good = length,
           .error = nullptr,
           .again = {}};
  const u32 step =
      std::max(shape.block_bytes, std::min(options_.command_bytes, shape.largest_read) /
                                      shape.block_bytes * shape.block_bytes);
  spans_.push_back({.slot = slot, .next = 0, .end = length, .step = step, .again = false});
}

Status DeviceReads::queue(const Span& span, u32 length) {
  const Chunk& chunk = chunks_[span.slot];
  const DeviceShape& shape = *chunk.source->device();
  const bool commands = shape.name_space != nullptr;
  return reads_.read(
      {.fixed_buffer = options_.registered_target && (!commands || shape.registered_commands),
       .direct = chunk.source->direct(),
       .peer = !options_.registered_target,
       .file = static_cast<int>(chunk.stream->table_index),
       .file_offset = shape.first_offset + chunk.file_offset + span.next,
       .target = {u64{span.slot} * options_.slot_bytes + span.next, length},
       .expected = length,
       .name_space = shape.name_space,
       .origin = chunk.stream->origin,
       .user_data = u64{span.slot} << 32 | (span.next | (span.again ? kAgainBit : 0))});
}

bool DeviceReads::worth_queueing(const Span& span) const {
  const Chunk& chunk = chunks_[span.slot];
  if (chunk.error != nullptr && span.next >= chunk.good) return false;
  return chunk.file_offset <= chunk.stream->end;
}

void DeviceReads::drop_front(std::vector<u32>& over) {
  const Span span = spans_.front();
  spans_.pop_front();
  Chunk& chunk = chunks_[span.slot];
  const u32 dropped = span.end - span.next;
  chunk.left -= dropped;
  fail(chunk, span.next, Error{ErrorCode::kCancelled, ECANCELED, "the read was cancelled", {}});
  if (span.again) settle(span.slot, span.next, dropped);
  if (chunk.left == 0) over.push_back(span.slot);
}

Result<bool> DeviceReads::issue(std::vector<u32>& over) {
  bool any = false;
  while (!spans_.empty()) {
    Span& span = spans_.front();
    if (!worth_queueing(span)) {
      drop_front(over);
      any = true;
      continue;
    }
    if (reads_.room() == 0) break;
    const u32 length = std::min(span.step, span.end - span.next);
    if (const Status status = queue(span, length); !status) {
      if (status.error().code == ErrorCode::kQueueFull) break;
      return tl::unexpected(status.error());
    }
    any = true;
    span.next += length;
    if (span.next == span.end) spans_.pop_front();
  }
  return any;
}

void DeviceReads::cancel(std::vector<u32>& over) {
  while (!spans_.empty()) drop_front(over);
}

nvme::BlockSpan DeviceReads::blocks_of(const Chunk& chunk, u32 offset, u32 length) const {
  const DeviceShape& shape = *chunk.source->device();
  return {(shape.first_offset + chunk.file_offset + offset) / shape.block_bytes,
          length / shape.block_bytes};
}

void DeviceReads::fail(Chunk& chunk, u32 offset, Error error) {
  if (chunk.error != nullptr && chunk.good <= offset) return;
  chunk.good = offset;
  chunk.error = std::make_unique<Error>(std::move(error));
  chunk.stream->end = std::min(chunk.stream->end, chunk.file_offset);
}

Error DeviceReads::error_of(const Chunk& chunk, u32 offset,
                            const ReadCompletion& completion) const {
  const nvme::BlockSpan blocks = blocks_of(chunk, offset, completion.length);
  if (!completion.device_status.success()) {
    return nvme::device_error(completion.device_status, blocks);
  }
  if (completion.error == 0) {
    return unavailable(fmt::format("reading {}: the device brought {} of {} bytes",
                                   nvme::to_string(blocks), completion.bytes, completion.length),
                       "run again when the device does not change its size");
  }
  const DeviceShape& shape = *chunk.source->device();
  const bool ordinary = shape.name_space == nullptr && options_.registered_target &&
                        !options_.polls && !nvme::is_gone(completion.error);
  if (ordinary) {
    return syscall_error(fmt::format("reading {}", nvme::to_string(blocks)), completion.error);
  }
  return nvme::command_refused(completion.error, blocks,
                               {.registered = options_.registered_target,
                                .peer = !options_.registered_target,
                                .polled = options_.polls});
}

bool DeviceReads::handle(u32 slot, const ReadCompletion& completion) {
  const auto tag = static_cast<u32>(completion.user_data);
  const u32 offset = tag & ~kAgainBit;
  Chunk& chunk = chunks_[slot];
  if ((tag & kAgainBit) != 0) {
    chunk.left -= completion.length;
    handle_block(slot, offset, completion);
  } else if (!failed(completion)) {
    chunk.left -= completion.length;
  } else {
    handle_failure(slot, offset, completion);
  }
  return chunk.left == 0;
}

void DeviceReads::handle_failure(u32 slot, u32 offset, const ReadCompletion& completion) {
  Chunk& chunk = chunks_[slot];
  if (!concerns_blocks(completion)) {
    chunk.left -= completion.length;
    fail(chunk, offset, error_of(chunk, offset, completion));
    return;
  }
  const u32 block_bytes = chunk.source->device()->block_bytes;
  telemetry_.reads_split.add();
  chunk.again.push_back({.begin = offset,
                         .length = completion.length,
                         .left = completion.length,
                         .vague = completion.error == EIO && completion.device_status.success(),
                         .bad = {}});
  // Before others: the slot that is oldest is the one that is waited for.
  spans_.push_front({.slot = slot,
                     .next = offset,
                     .end = offset + completion.length,
                     .step = block_bytes,
                     .again = true});
}

void DeviceReads::handle_block(u32 slot, u32 offset, const ReadCompletion& completion) {
  Chunk& chunk = chunks_[slot];
  if (failed(completion) && concerns_blocks(completion)) {
    std::memset(buffer_.data() + u64{slot} * options_.slot_bytes + offset, 0, completion.length);
    again_at(chunk, offset).bad.push_back({offset, {completion.device_status, completion.error}});
  } else if (failed(completion)) {
    fail(chunk, offset, error_of(chunk, offset, completion));
  }
  settle(slot, offset, completion.length);
}

DeviceReads::Again& DeviceReads::again_at(Chunk& chunk, u32 offset) {
  const auto found = std::find_if(chunk.again.begin(), chunk.again.end(), [&](const Again& each) {
    return offset >= each.begin && offset - each.begin < each.length;
  });
  VYRE_CHECK(found != chunk.again.end());
  return *found;
}

void DeviceReads::settle(u32 slot, u32 offset, u32 bytes) {
  Again& again = again_at(chunks_[slot], offset);
  again.left -= bytes;
  if (again.left == 0) conclude(slot, again);
}

// Each block of a read that failed was tried, or is not worth it any more.
void DeviceReads::conclude(u32 slot, const Again& again) {
  Chunk& chunk = chunks_[slot];
  const u32 blocks = again.length / chunk.source->device()->block_bytes;
  if (again.vague && blocks >= kWholeRegion && again.bad.size() == blocks) {
    fail(chunk, again.begin,
         syscall_error(fmt::format("reading {}: every block fails, so the device itself does",
                                   nvme::to_string(blocks_of(chunk, again.begin, again.length))),
                       EIO, "see the kernel's log for what became of the device"));
    return;
  }
  telemetry_.bad_blocks.add(again.bad.size());
  for (const Again::Bad& bad : again.bad) {
    chunk.stream->bad.add(blocks_of(chunk, bad.offset, 0).first, bad.reason);
  }
  if (chunk.stream->bad.count() > kMostBadBlocks) {
    fail(chunk, again.begin,
         unavailable(fmt::format("more than {} blocks could not be read", kMostBadBlocks),
                     "replace the device"));
  }
}

DeviceChunk DeviceReads::take(u32 slot) {
  Chunk& chunk = chunks_[slot];
  VYRE_CHECK(chunk.left == 0);
  DeviceChunk made{chunk.good, std::move(chunk.error)};
  chunk = {};
  return made;
}

}  // namespace vyre::ingest
