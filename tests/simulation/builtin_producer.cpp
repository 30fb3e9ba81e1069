#include "tests/simulation/builtin_producer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/simulation/violation.hpp"
#include "wire/fault.hpp"

namespace vyre::simulation {
namespace {

using backend::WorkItem;
using wire::Opcode;

constexpr u32 kStoredWord = 64;
constexpr u32 kBeyondEveryWindow = 1u << 30;

}  // namespace

BuiltinProducer::BuiltinProducer(const ProducerPlan& plan, backend::Megakernel& kernel,
                                 Scheduler& scheduler, Chance& chance, Coverage& coverage)
    : plan_(plan),
      kernel_(kernel),
      queue_(kernel.queue(plan.queue)),
      scheduler_(scheduler),
      chance_(chance),
      coverage_(coverage) {}

BuiltinProducer::Pending BuiltinProducer::make(WorkItem& item) {
  item.tenant = plan_.tenant;
  const u32 word = chance_.below(kCounters);
  const u32 draw = chance_.below(100);
  if (draw < 40) {
    item.opcode = static_cast<u32>(Opcode::kAtomicAdd);
    item.arguments = {word, 1};
    return {0, Kind::kAdd, word};
  }
  if (draw < 55) {
    item.opcode = static_cast<u32>(Opcode::kBatchFence);
    return {0, Kind::kFence, 0};
  }
  if (draw < 65) {
    item.opcode = static_cast<u32>(Opcode::kStoreU32);
    item.arguments = {kBeyondEveryWindow + word, 1};
    return {0, Kind::kFaulty, kBeyondEveryWindow + word};
  }
  if (draw < 80) {
    item.opcode = static_cast<u32>(Opcode::kStoreU32);
    item.arguments = {kStoredWord, draw};
  } else if (draw < 85) {
    item.opcode = static_cast<u32>(Opcode::kPrintf);
  } else if (plan_.stops_workers && draw < 87) {
    item.opcode = static_cast<u32>(Opcode::kShutdown);
  }
  return {0, Kind::kPlain, 0};
}

wire::Priority BuiltinProducer::any_priority() {
  if (!plan_.priorities) return wire::Priority::kNormal;
  return static_cast<wire::Priority>(chance_.below(wire::kBands));
}

bool BuiltinProducer::publish_one() {
  const wire::Priority priority = any_priority();
  if (queue_.full(priority)) {
    ++coverage_.full_work_queues;
    return false;
  }
  if (chance_.percent(10)) {
    const u32 word = chance_.below(kCounters);
    const std::array<u32, 2> add{word, 1};
    const backend::PackedOperation operations[] = {{Opcode::kAtomicAdd, add},
                                                   {Opcode::kAtomicAdd, add}};
    const auto position = queue_.publish_packed(plan_.tenant, operations, priority);
    if (!position) violate("publish", position.error().message());
    pending_.push_back({*position, Kind::kPacked, word});
    added_[word] += 2;
    ++published_;
    return true;
  }
  WorkItem item;
  item.priority = priority;
  Pending pending = make(item);
  const auto position = queue_.publish(item);
  if (!position) violate("publish", position.error().message());
  pending.position = *position;
  if (pending.kind == Kind::kAdd) ++added_[pending.word];
  if (pending.kind == Kind::kFence) ++fences_;
  pending_.push_back(pending);
  ++published_;
  return true;
}

bool BuiltinProducer::publish_several() {
  const u32 count = std::min(plan_.slots - published_, chance_.between(1, 6));
  std::vector<WorkItem> items(count);
  std::vector<Pending> made;
  for (WorkItem& item : items) {
    item.priority = any_priority();
    made.push_back(make(item));
  }
  const u32 first = queue_.next_position();
  const auto published = queue_.publish_some(items);
  if (!published) violate("publish", published.error().message());
  if (*published < count) ++coverage_.full_work_queues;
  for (u32 i = 0; i < *published; ++i) {
    made[i].position = first + i;
    if (made[i].kind == Kind::kAdd) ++added_[made[i].word];
    if (made[i].kind == Kind::kFence) ++fences_;
    pending_.push_back(made[i]);
  }
  published_ += *published;
  return *published != 0;
}

void BuiltinProducer::count_value(u32 word, u32 value) {
  std::vector<bool>& seen = seen_[word];
  if (value >= seen.size()) seen.resize(value + 1);
  if (seen[value]) violate("executed-once", fmt::format("counter {} said {} twice", word, value));
  seen[value] = true;
}

void BuiltinProducer::check(const Pending& pending) {
  const wire::WorkSlot& slot = queue_.slot(pending.position);
  const bool fault = queue_.status(pending.position) == wire::SlotStatus::kFault;
  if (fault != (pending.kind == Kind::kFaulty)) {
    violate("status-right", fmt::format("position {}: fault {}", pending.position, fault));
  }
  if (fault && (slot.arguments[wire::kFaultDetailArgument] != pending.word ||
                slot.arguments[wire::kFaultCodeArgument] !=
                    static_cast<u32>(wire::FaultCode::kIndexOutOfRange))) {
    violate("outcome-whole-before-status",
            fmt::format("position {}: fault code {}", pending.position,
                        slot.arguments[wire::kFaultCodeArgument]));
  }
  if (pending.kind == Kind::kAdd) count_value(pending.word, slot.arguments[0]);
  if (pending.kind == Kind::kPacked) {
    count_value(pending.word, slot.arguments[2]);
    count_value(pending.word, slot.arguments[5]);
  }
  if (pending.kind != Kind::kFence) return;
  for (const Pending& other : pending_) {
    const bool earlier = static_cast<std::int32_t>(other.position - pending.position) < 0;
    if (!earlier || queue_.finished(other.position)) continue;
    violate("epoch-exact",
            fmt::format("the fence at {} is over before {}", pending.position, other.position));
  }
}

bool BuiltinProducer::take_back_one() {
  if (pending_.empty()) return false;
  const auto start = chance_.below(static_cast<u32>(pending_.size()));
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const std::size_t at = (start + i) % pending_.size();
    if (!queue_.finished(pending_[at].position)) continue;
    const Pending taken = pending_[at];
    check(taken);
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(at));
    queue_.release(taken.position);
    return true;
  }
  return false;
}

void BuiltinProducer::run() {
  while (published_ < plan_.slots || !pending_.empty()) {
    bool moved = false;
    if (published_ < plan_.slots && chance_.percent(60)) {
      moved = chance_.percent(30) ? publish_several() : publish_one();
    }
    moved |= take_back_one();
    if (moved && chance_.percent(70)) {
      scheduler_.yield();
    } else {
      scheduler_.sleep_for(chance_.between(1, 60) * kMicrosecond);
    }
  }
}

void BuiltinProducer::check_window() const {
  std::vector<u32> words(kCounters);
  const Status read = kernel_.read_window(plan_.tenant, 0, words);
  if (!read || words != added_) violate("executed-once", "a counter of the window is wrong");
}

}  // namespace vyre::simulation
