#include "uring/prepare.hpp"

#include <fcntl.h>
#include <linux/nvme_ioctl.h>

#include <cstddef>
#include <cstring>

#include "base/check.hpp"

namespace vyre::uring {
namespace {

constexpr std::size_t kWideEntryBytes = 128;
// Where an entry's command begins (linux/io_uring.h, struct io_uring_sqe).
constexpr std::size_t kCommandOffset = 48;
static_assert(kCommandOffset == offsetof(io_uring_sqe, cmd));
static_assert(kCommandOffset + sizeof(nvme::ReadCommand) <= kWideEntryBytes);

void prepare_command(io_uring_sqe* sqe, const Submission& submission) {
  VYRE_CHECK(submission.command != nullptr);
  auto* const bytes = reinterpret_cast<std::byte*>(sqe);
  std::memset(bytes, 0, kWideEntryBytes);
  sqe->opcode = IORING_OP_URING_CMD;
  sqe->fd = submission.file;
  sqe->cmd_op = NVME_URING_CMD_IO;
  // Of the registered buffers number 0, the only one.
  if (submission.operation == Operation::kNvmeReadFixed) {
    sqe->uring_cmd_flags = IORING_URING_CMD_FIXED;
  }
  std::memcpy(bytes + kCommandOffset, submission.command, sizeof *submission.command);
  if (submission.fixed_file) sqe->flags |= IOSQE_FIXED_FILE;
}

}  // namespace

void prepare(io_uring_sqe* sqe, const Submission& submission) {
  void* const address = const_cast<void*>(submission.address);
  switch (submission.operation) {
    case Operation::kRead:
      io_uring_prep_read(sqe, submission.file, address, submission.length, submission.offset);
      break;
    case Operation::kReadVectored:
      io_uring_prep_readv(sqe, submission.file, static_cast<const iovec*>(submission.address),
                          submission.length, submission.offset);
      break;
    case Operation::kReadFixed:
      io_uring_prep_read_fixed(sqe, submission.file, address, submission.length, submission.offset,
                               0);
      break;
    case Operation::kOpenDirect:
      io_uring_prep_openat_direct(sqe, AT_FDCWD, static_cast<const char*>(submission.address),
                                  submission.open_flags, 0, static_cast<unsigned>(submission.file));
      return;
    case Operation::kCloseDirect:
      io_uring_prep_close_direct(sqe, static_cast<unsigned>(submission.file));
      return;
    case Operation::kCancel:
      io_uring_prep_cancel64(sqe, submission.offset, 0);
      return;
    case Operation::kNvmeRead:
    case Operation::kNvmeReadFixed:
      prepare_command(sqe, submission);
      return;
  }
  if (submission.fixed_file) sqe->flags |= IOSQE_FIXED_FILE;
  if (submission.no_wait) sqe->rw_flags = RWF_NOWAIT;
}

}  // namespace vyre::uring
