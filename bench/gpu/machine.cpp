#include "machine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "backend/cuda/cuda_backend.hpp"
#include "fail.hpp"
#include "wire/fault.hpp"

namespace vyre::bench::gpu {
namespace {

constexpr backend::WorkItem kNop{.opcode = static_cast<u32>(wire::Opcode::kNop),
                                 .tenant = 0,
                                 .priority = wire::Priority::kNormal,
                                 .arguments = {}};

/// What is published at once, where many are.
const std::vector<backend::WorkItem> kNops(64, kNop);
constexpr u64 kBatch = 256;

}  // namespace

Machine::Machine(const std::string& device) {
  backend::CudaOptions options;
  options.device = device;
  auto cuda_backend = expect(backend::make_cuda_backend(options));
  kernel_ = expect(backend::Megakernel::create(
      std::move(cuda_backend),
      {.queues = 1, .queue_capacity = kCapacity, .compile_at_load = true}));
}

void Machine::launch() { expect_ok(kernel_->launch()); }

void Machine::quiesce() { expect_ok(kernel_->quiesce()); }

void Machine::wait(u32 position) {
  const backend::WorkQueue& slots = queue();
  for (u32 tries = 1; !slots.finished(position); ++tries) {
    if (tries % (1u << 20) != 0) continue;
    if (const auto fault = kernel_->fault()) fail(fault->message());
  }
  if (slots.status(position) == wire::SlotStatus::kDone) return;
  const wire::WorkSlot& slot = slots.slot(position);
  fail(fmt::format("slot {}: fault {}, detail {}", position,
                   slot.arguments[wire::kFaultCodeArgument],
                   slot.arguments[wire::kFaultDetailArgument]));
}

void Machine::nop() {
  const u32 position = expect(queue().publish(kNop));
  wait(position);
  queue().release(position);
}

void Machine::nops(u64 count) {
  backend::WorkQueue& slots = queue();
  const u32 first = slots.next_position();
  u64 published = 0;
  for (u64 released = 0; released < count;) {
    while (published < count && published - released < kCapacity) {
      const u64 room = std::min(count - published, kCapacity - (published - released));
      const std::size_t some = std::min<u64>(room, kNops.size());
      published += expect(slots.publish_some(std::span(kNops).first(some)));
    }
    // The batch's last is looked at first: a look at a slot that is not finished costs a cache line
    // that the device is about to write.
    const u64 batch = std::min(kBatch, count - released);
    wait(first + static_cast<u32>(released + batch - 1));
    const u32 done =
        slots.release_finished(first + static_cast<u32>(released), static_cast<u32>(batch));
    if (done == 0) wait(first + static_cast<u32>(released));
    released += done;
  }
}

}  // namespace vyre::bench::gpu
