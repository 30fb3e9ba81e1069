#pragma once

#include "ingest/file_part.hpp"
#include "nvme/read_command.hpp"
#include "vyre/chunk.hpp"
#include "vyre/source.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// How a device is read; fixed once it is open.
struct DeviceShape {
  /// Bytes of a logical block: where reads begin and end, and what is read alone to find which of
  /// them are bad.
  u32 block_bytes = 0;
  /// Bytes that one read may bring: whole blocks.
  u32 largest_read = 0;
  /// On the device, of the source's first byte: a block's beginning.
  u64 first_offset = 0;
  /// Not null: reads are NVMe commands of this namespace.
  const nvme::Identity* name_space = nullptr;
  /// Commands go into registered memory (FIXED), where the slots are registered.
  bool registered_commands = false;
};

/// What is being streamed: a file or device with a descriptor of its own. One thread.
class OpenSource : public StreamedFile {
 public:
  /// The descriptor to read chunks from.
  [[nodiscard]] virtual int descriptor() const noexcept = 0;
  /// Reads go past the page cache.
  [[nodiscard]] virtual bool direct() const noexcept = 0;
  /// Gives up O_DIRECT, where it was taken and that is allowed; true where that was counted, which
  /// of a file in parts it is once.
  virtual bool fall_back_to_buffered() { return false; }
  /// Bytes now; of a device, all that there are from its beginning to its end.
  [[nodiscard]] virtual u64 current_size() const noexcept = 0;
  /// Null for a file, whose end is found by reading.
  [[nodiscard]] virtual const DeviceShape* device() const noexcept { return nullptr; }

  [[nodiscard]] SourceMark mark() const noexcept final { return mark_; }
  [[nodiscard]] const FilePart* part() const noexcept final { return part_.get(); }
  /// What the source says of itself, to whom it is streamed.
  void tell(const FileSource& source) {
    mark_ = source.mark;
    part_ = source.part;
  }

 private:
  SourceMark mark_;
  std::shared_ptr<const FilePart> part_;
};

}  // namespace vyre::ingest
