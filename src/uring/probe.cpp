#include "uring/probe.hpp"

#include <fmt/format.h>
#include <liburing.h>
#include <sys/resource.h>

#include <cstring>
#include <optional>

#include "uring/io_uring.hpp"
#include "uring/refusal.hpp"

namespace vyre::uring {
namespace {

constexpr const char* kNewerKernel = "use Linux 6.1 or later";

struct NamedBit {
  const char* name;
  u32 bit;
  const char* purpose;
};

constexpr NamedBit kFeatures[] = {
    {"nodrop", IORING_FEAT_NODROP, "no completion is lost when the queue is full"},
    {"submit_stable", IORING_FEAT_SUBMIT_STABLE, "arguments are consumed at submission"},
    {"ext_arg", IORING_FEAT_EXT_ARG, "timed waits"},
    {"native_workers", IORING_FEAT_NATIVE_WORKERS, "blocking opens and reads"},
    {"cqe_skip", IORING_FEAT_CQE_SKIP, "opens and closes without completions"},
    {"linked_file", IORING_FEAT_LINKED_FILE, "a read linked to the open of its file"},
};

constexpr NamedBit kOpcodes[] = {
    {"read", IORING_OP_READ, "plain reads"},
    {"readv", IORING_OP_READV, "vectored reads"},
    {"read_fixed", IORING_OP_READ_FIXED, "reads into registered memory"},
    {"openat", IORING_OP_OPENAT, "batched opens"},
    {"close", IORING_OP_CLOSE, "batched closes"},
    {"uring_cmd", IORING_OP_URING_CMD, "NVMe passthrough"},
};

constexpr u32 kWideEntries = IORING_SETUP_SQE128 | IORING_SETUP_CQE32;

constexpr NamedBit kSetupFlags[] = {
    {"defer_taskrun", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
     "completions are worked off by the thread that waits"},
    {"sqpoll", IORING_SETUP_SQPOLL, "a kernel thread submits"},
    {"iopoll", IORING_SETUP_IOPOLL, "completions are polled from the device"},
    {"sqe128_cqe32", kWideEntries, "entries for NVMe passthrough"},
    {"sqe128_cqe32_sqpoll", kWideEntries | IORING_SETUP_SQPOLL,
     "a kernel thread submits NVMe commands"},
    {"sqe128_cqe32_iopoll", kWideEntries | IORING_SETUP_IOPOLL,
     "completions of NVMe commands are polled from the device"},
};

ProbeRow row(const char* group, const NamedBit& bit, bool available) {
  return {fmt::format("{}:{}", group, bit.name), available,
          available ? bit.purpose : fmt::format("the kernel lacks it: {}", bit.purpose),
          available ? "" : kNewerKernel};
}

ProbeRow probe_setup_flag(const NamedBit& flag) {
  io_uring ring{};
  const int result = io_uring_queue_init(4, &ring, flag.bit);
  if (result == 0) io_uring_queue_exit(&ring);
  ProbeRow made = row("flag", flag, result == 0);
  if (result < 0 && result != -EINVAL) {
    const Error error = setup_refused(-result);
    made.reason = error.what;
    made.fix = error.fix;
  }
  return made;
}

void probe_opcodes(io_uring& ring, std::vector<ProbeRow>& rows) {
  io_uring_probe* const probe = io_uring_get_probe_ring(&ring);
  for (const NamedBit& opcode : kOpcodes) {
    const bool available =
        probe != nullptr && io_uring_opcode_supported(probe, static_cast<int>(opcode.bit)) != 0;
    rows.push_back(row("opcode", opcode, available));
  }
  if (probe != nullptr) io_uring_free_probe(probe);
}

ProbeRow probe_file_table() {
  auto ring = IoUring::create({.profile = Profile::kDefault, .entries = 4, .file_slots = 1024});
  if (!ring) return {"registered_files", false, ring.error().what, ring.error().fix};
  const u32 entries = (*ring)->file_slots();
  return {"registered_files", true, fmt::format("a table of {} files per ring", entries),
          entries < 64 ? "raise the limit on open files (`ulimit -n`)" : ""};
}

ProbeRow probe_buffer() {
  constexpr std::size_t kTypicalBuffer = std::size_t{3} << 20;
  const auto refused = [](const Error& error) {
    return ProbeRow{"registered_buffers", false, error.what, error.fix};
  };
  auto ring = IoUring::create({.profile = Profile::kDefault, .entries = 4, .file_slots = 0});
  if (!ring) return refused(ring.error());
  auto buffer = memory::MappedBuffer::anonymous(kTypicalBuffer);
  if (!buffer) return refused(buffer.error());
  auto region = buffer->region(0, buffer->size());
  if (!region) return refused(region.error());
  const Status registered = (*ring)->register_buffer(std::move(*region));
  ring->reset();
  if (!registered) return refused(registered.error());
  return {"registered_buffers", true,
          fmt::format("{} KiB could be registered", kTypicalBuffer >> 10), ""};
}

}  // namespace

std::vector<ProbeRow> probe_kernel() {
  std::vector<ProbeRow> rows;
  io_uring ring{};
  io_uring_params params{};
  if (const int result = io_uring_queue_init_params(4, &ring, &params); result < 0) {
    const Error error = setup_refused(-result);
    rows.push_back({"io_uring", false, error.what, error.fix});
    return rows;
  }
  rows.push_back({"io_uring", true, "rings can be set up", ""});
  for (const NamedBit& feature : kFeatures) {
    rows.push_back(row("feature", feature, (params.features & feature.bit) != 0));
  }
  probe_opcodes(ring, rows);
  io_uring_queue_exit(&ring);
  for (const NamedBit& flag : kSetupFlags) rows.push_back(probe_setup_flag(flag));
  rows.push_back(probe_file_table());
  rows.push_back(probe_buffer());
  return rows;
}

}  // namespace vyre::uring
