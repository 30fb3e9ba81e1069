#pragma once

#include "nvme/read_command.hpp"
#include "nvme/status.hpp"
#include "vyre/path_certificate.hpp"
#include "vyre/read_path.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// A part of the stream's target memory, bytes from its start.
struct TargetRange {
  u64 offset;
  u32 length;
};

/// One read, of `target.length` bytes at `file_offset` into `target`.
struct ReadRequest {
  /// The target lies in the ring's registered buffer, and the read is one into such (READ_FIXED, or
  /// an NVMe command with FIXED).
  bool fixed_buffer = true;
  /// `file` is an index into the ring's file table, else a descriptor.
  bool fixed_file = true;
  /// The descriptor was opened with O_DIRECT: it is resumed at aligned offsets only.
  bool direct = false;
  /// The target is peer memory.
  bool peer = false;
  int file = -1;
  u64 file_offset = 0;
  TargetRange target{};
  /// Bytes up to the end of the file as last seen: a read that stops exactly there is at the end,
  /// and is not resumed to make sure. 0: not known.
  u32 expected = 0;
  /// Not null: `file` is this namespace's character device, and the read is one NVMe command, of
  /// whole blocks. Outlives the read.
  const nvme::Identity* name_space = nullptr;
  /// Of the source, for the path certificate.
  u32 origin = 0;
  /// The caller's, handed back with the completion.
  u64 user_data = 0;
};

/// One read that is over.
struct ReadCompletion {
  u64 user_data;
  /// Bytes in the target from its start, also where the read failed later.
  u32 bytes;
  /// Bytes that were asked for.
  u32 length;
  /// A positive errno, or 0. EIO where it was the device that refused a command.
  int error;
  /// What the device said of a command; success for all else.
  nvme::DeviceStatus device_status;
  /// The error is that of the open which the read waited for.
  bool open_failed;
  /// The file ended within the read.
  bool end_of_file;
};

constexpr ReadPath path_of(const ReadRequest& request) noexcept {
  if (request.peer) return ReadPath::kNvmePeer;
  if (request.name_space != nullptr) return ReadPath::kNvmePassthrough;
  return request.fixed_buffer ? ReadPath::kRegisteredMappedRead : ReadPath::kUnregisteredRead;
}

constexpr CertifiedPath certified_path_of(const ReadRequest& request) noexcept {
  switch (path_of(request)) {
    case ReadPath::kNvmePeer:
      return CertifiedPath::kPeer;
    case ReadPath::kNvmePassthrough:
      return CertifiedPath::kPassthrough;
    case ReadPath::kRegisteredMappedRead:
      return request.direct ? CertifiedPath::kRegisteredDirect : CertifiedPath::kRegisteredBuffered;
    case ReadPath::kUnregisteredRead:
      break;
  }
  return CertifiedPath::kUnregistered;
}

}  // namespace vyre::ingest
