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

constexpr u64 kBatch = 256;

}  // namespace

Machine::Machine(const std::string& device) {
  backend::CudaOptions options;
  options.device = device;
  auto cuda_backend = expect(backend::make_cuda_backend(options));
  kernel_ = expect(backend::Megakernel::create(std::move(cuda_backend),
                                               {.queues = 1, .queue_capacity = kCapacity}));
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
    for (; published < count && published - released < kCapacity; ++published) {
      expect(slots.publish(kNop));
    }
    // The batch's last is looked at first: a look at a slot that is not finished costs a cache line
    // that the device is about to write.
    const u64 batch = std::min(kBatch, count - released);
    wait(first + static_cast<u32>(released + batch - 1));
    for (u64 i = 0; i < batch; ++i, ++released) {
      const u32 position = first + static_cast<u32>(released);
      wait(position);
      slots.release(position);
    }
  }
}

}  // namespace vyre::bench::gpu
