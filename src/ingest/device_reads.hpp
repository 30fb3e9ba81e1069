#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ingest/bad_blocks.hpp"
#include "ingest/open_source.hpp"
#include "ingest/uring_stream.hpp"
#include "vyre/telemetry.hpp"

namespace vyre::ingest {

/// A device on its way, as far as its chunks' reads share it.
struct DeviceStream {
  u32 table_index = 0;
  u32 origin = 0;
  BadBlocks bad;
  /// Offset of the first chunk with an error that ends the stream: reads behind it that were not
  /// queued yet are not worth queueing.
  u64 end = ~u64{0};
};

/// What became of a chunk of a device.
struct DeviceChunk {
  /// Bytes from the chunk's start that were read, bad blocks included, whose bytes are zero.
  u32 bytes = 0;
  /// Why no more; null where the chunk is whole.
  std::unique_ptr<Error> error;
};

/// The reads of devices' chunks. A chunk is split into reads of bounded size, so that many are in
/// flight. One that fails for the sake of its blocks is made again block by block: those that fail
/// then are bad, become bytes of zero, and the chunk goes on. A chunk is over when all its reads
/// are.
class DeviceReads {
 public:
  /// Bad blocks that a source may have before it is given up.
  static constexpr u64 kMostBadBlocks = 65536;

  struct Options {
    u32 slot_bytes = 0;
    u32 slots = 0;
    /// See DriverOptions.
    u32 command_bytes = 0;
    bool registered_target = true;
    bool polls = false;
  };
  DeviceReads(UringStream& reads, std::span<std::byte> buffer, const Options& options,
              IngestTelemetry& telemetry);

  /// Plans the reads of [file_offset, file_offset + length) of the source, at the slot's beginning.
  /// Source and stream outlive them.
  void start(u32 slot, const OpenSource& source, DeviceStream& stream, u64 file_offset, u32 length);
  /// There are reads that were not queued yet.
  [[nodiscard]] bool pending() const noexcept { return !spans_.empty(); }
  /// Queues planned reads while there is room; true where it queued any. Those behind an error that
  /// ends their stream end instead, and chunks that are over by that are appended to `over`.
  Result<bool> issue(std::vector<u32>& over);
  /// Ends all that is planned and not queued; appends chunks that are over by that.
  void cancel(std::vector<u32>& over);
  /// A read of the slot is over; true where its chunk is.
  [[nodiscard]] bool handle(u32 slot, const ReadCompletion& completion);
  /// What became of a chunk that is over.
  [[nodiscard]] DeviceChunk take(u32 slot);

 private:
  /// A failed read that is made again block by block.
  struct Again {
    u32 begin;
    u32 length;
    /// Bytes whose blocks' reads are not over.
    u32 left;
    /// The block layer failed it without saying that blocks are bad.
    bool vague;
    struct Bad {
      u32 offset;
      BadBlockReason reason;
    };
    std::vector<Bad> bad;
  };
  struct Chunk {
    const OpenSource* source = nullptr;
    DeviceStream* stream = nullptr;
    u64 file_offset = 0;
    u32 length = 0;
    /// Bytes whose reads are not over.
    u32 left = 0;
    /// Bytes from its start without an error.
    u32 good = 0;
    std::unique_ptr<Error> error;
    std::vector<Again> again;
  };
  /// Bytes [next, end) of a slot, to be read `step` at a time.
  struct Span {
    u32 slot;
    u32 next;
    u32 end;
    u32 step;
    bool again;
  };

  Status queue(const Span& span, u32 length);
  [[nodiscard]] bool worth_queueing(const Span& span) const;
  void drop_front(std::vector<u32>& over);
  void fail(Chunk& chunk, u32 offset, Error error);
  void handle_failure(u32 slot, u32 offset, const ReadCompletion& completion);
  void handle_block(u32 slot, u32 offset, const ReadCompletion& completion);
  static Again& again_at(Chunk& chunk, u32 offset);
  /// `bytes` of a failed read from `offset` on need no more.
  void settle(u32 slot, u32 offset, u32 bytes);
  void conclude(u32 slot, const Again& again);
  [[nodiscard]] Error error_of(const Chunk& chunk, u32 offset,
                               const ReadCompletion& completion) const;
  [[nodiscard]] nvme::BlockSpan blocks_of(const Chunk& chunk, u32 offset, u32 length) const;

  UringStream& reads_;
  std::span<std::byte> buffer_;
  Options options_;
  IngestTelemetry& telemetry_;
  /// By slot.
  std::vector<Chunk> chunks_;
  std::deque<Span> spans_;
};

}  // namespace vyre::ingest
