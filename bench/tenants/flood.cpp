#include "flood.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "base/units.hpp"

namespace vyre::bench::tenants {

void fail(const Error& error) {
  fmt::print(stderr, "tenant_benchmark: {}\n", error.message());
  std::exit(2);
}

void expect(const Status& status) {
  if (!status) fail(status.error());
}

Flood::Flood(backend::Megakernel& kernel, u32 queue, u32 tenant, u32 opcode,
             const backend::Region& region, u32 tiles)
    : queue_(kernel.queue(queue)),
      tiles_(tiles),
      first_outcome_(queue * queue_.capacity()),
      oldest_(queue_.next_position()) {
  namespace argument = wire::chunk_argument;
  item_.opcode = opcode;
  item_.tenant = tenant;
  item_.arguments[argument::kLength] = tiles * kTileBytes;
  item_.arguments[argument::kOwnEnd] = tiles * kTileBytes;
  item_.arguments[argument::kRegion] = region.id();
}

bool Flood::publish() {
  if (queue_.full()) return false;
  item_.arguments[wire::chunk_argument::kOutcome] =
      first_outcome_ + queue_.next_position() % queue_.capacity();
  expect(queue_.publish(item_));
  return true;
}

void Flood::take_back(u32 position) {
  if (queue_.status(position) == wire::SlotStatus::kFault) {
    fail(Error{ErrorCode::kDeviceFault, 0, fmt::format("slot {} faulted", position), {}});
  }
  queue_.release(position);
  ++ended_;
}

u32 Flood::turn() {
  u32 ended = 0;
  while (oldest_ != queue_.next_position() && queue_.finished(oldest_)) {
    take_back(oldest_++);
    ++ended;
  }
  while (publish()) {
  }
  return ended;
}

void Flood::one() {
  const u32 position = queue_.next_position();
  publish();
  while (!queue_.finished(position)) {
  }
  take_back(position);
  oldest_ = queue_.next_position();
}

void Flood::drain() {
  for (; oldest_ != queue_.next_position(); ++oldest_) {
    while (!queue_.finished(oldest_)) {
    }
    take_back(oldest_);
  }
}

}  // namespace vyre::bench::tenants
