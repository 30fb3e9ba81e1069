#include "tests/simulation/loading_producer.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"
#include "base/owned_fd.hpp"
#include "tests/simulation/violation.hpp"
#include "wire/fault.hpp"
#include "wire/io_slot.hpp"

namespace vyre::simulation {
namespace {

using wire::IoStatus;

constexpr u64 kResourceBytes = 5000;
constexpr u32 kInbox = 256;
constexpr u32 kProgramBytes = 64;
/// For those that lost workers may still write to; more than are lost.
constexpr u32 kSpareOutcomes = 32;
/// A worker may be stuck for two seconds.
constexpr Time kMovesWithin = 5 * kSecond;
constexpr std::chrono::nanoseconds kLongestSleep = std::chrono::milliseconds(500);
constexpr std::chrono::nanoseconds kBetweenLooks = std::chrono::microseconds(500);

constexpr u64 status_of(IoStatus status) { return static_cast<u64>(status); }

/// Where workers cannot wake the server it looks by itself; more seldom than the true one, whose
/// looks cost a simulation much.
std::chrono::nanoseconds longest_sleep(const backend::Megakernel& kernel) {
  return kernel.backend().poll_interval().count() != 0 ? kBetweenLooks : kLongestSleep;
}

u64 sum_at(u64 offset, u32 bytes) {
  u64 sum = 0;
  for (u32 i = 0; i < bytes; ++i) sum += resource_byte(offset + i);
  return sum;
}

}  // namespace

LoadingProducer::LoadingProducer(const LoadPlan& plan, const SharedParts& parts)
    : plan_(plan),
      parts_(parts),
      queue_(parts.kernel.queue(plan.queue)),
      ring_(plan.ring, parts.scheduler, parts.chance, parts.coverage) {
  const base::OwnedFd file(::memfd_create("resource", MFD_CLOEXEC));
  VYRE_CHECK(file && ::ftruncate(file.get(), kResourceBytes) == 0);
  const auto handle = resources_.add(plan.queue, fmt::format("/proc/self/fd/{}", file.get()));
  VYRE_CHECK(handle.has_value() && *handle == 0);
  const auto opcode = parts.kernel.load(make_program(ProgramKind::kLoading), plan.queue);
  VYRE_CHECK(opcode.has_value());
  opcode_ = *opcode;
  parts.programs.add(opcode_, ProgramKind::kLoading);
  auto region = parts.kernel.add_region({}, plan.outcomes + kSpareOutcomes, 0, 0, kInbox);
  VYRE_CHECK(region.has_value());
  region_ = std::move(*region);
  for (u32 i = 0; i < plan.outcomes; ++i) free_outcomes_.push_back(i);
  ring_.before_write = [this](const std::byte* target) { check_waits(outcome_of(target)); };
  ring_.on_failure = [this](const std::byte* target) { failed_.insert(outcome_of(target)); };
  ring_.on_timeout = [this] { check_wake_ups(); };
  parts.kernel.io_queue().begin_service();
  loop_.emplace(parts.kernel, ring_, resources_, cancelled_, counters_, this);
}

LoadingProducer::Load LoadingProducer::any_load() {
  Chance& chance = parts_.chance;
  Load load{0, chance.below(kResourceBytes - 200), kProgramBytes};
  if (chance.percent(10)) load.offset = kResourceBytes - chance.below(100);
  if (chance.percent(5)) load.resource = chance.one_of({1u, 7u, 65535u});
  return load;
}

bool LoadingProducer::publish_one() {
  if (free_outcomes_.empty() || queue_.full()) return false;
  Chance& chance = parts_.chance;
  const u32 outcome = free_outcomes_.back();
  free_outcomes_.pop_back();
  failed_.erase(outcome);
  Pending pending{0, outcome, chance.percent(70), any_load()};
  backend::WorkItem item;
  item.tenant = plan_.queue;
  item.arguments[wire::chunk_argument::kOutcome] = outcome;
  item.arguments[wire::chunk_argument::kRegion] = region_.id();
  if (pending.program) {
    // The tile's offset in its file says what is to be loaded.
    item.opcode = opcode_;
    item.arguments[wire::chunk_argument::kFileOffsetLow] = static_cast<u32>(pending.load.offset);
    item.arguments[wire::chunk_argument::kFileOffsetHigh] = pending.load.resource;
    expected_loads_ += kLoads;
  } else {
    namespace argument = wire::load_miss_argument;
    pending.load.bytes = chance.below(kInbox + 1);
    item.opcode = static_cast<u32>(wire::Opcode::kLoadMiss);
    item.arguments[argument::kResource] = pending.load.resource;
    item.arguments[argument::kOffsetLow] = static_cast<u32>(pending.load.offset);
    item.arguments[argument::kBytes] = pending.load.bytes;
    ++expected_loads_;
  }
  // Known before it is published: it may be parked before that returns.
  pending.position = queue_.next_position();
  pending_.push_back(pending);
  const auto position = queue_.publish(item);
  if (!position || *position != pending.position) violate("publish", "another position, or none");
  ++published_;
  return true;
}

bool LoadingProducer::take_back_one() {
  const auto over = std::find_if(pending_.begin(), pending_.end(), [this](const Pending& each) {
    return queue_.finished(each.position);
  });
  if (over == pending_.end()) return false;
  const bool lost = is_lost(*over);
  if (lost) {
    uncertain_loads_ += kLoads;
  } else {
    check(*over);
  }
  queue_.release(over->position);
  free_outcomes_.push_back(lost ? plan_.outcomes + spares_++ : over->outcome);
  pending_.erase(over);
  return true;
}

bool LoadingProducer::is_lost(const Pending& pending) const {
  return pending.program && queue_.status(pending.position) == wire::SlotStatus::kFault &&
         queue_.slot(pending.position).arguments[wire::kFaultCodeArgument] ==
             static_cast<u32>(wire::FaultCode::kWorkerLost);
}

void LoadingProducer::check(const Pending& pending) {
  if (queue_.status(pending.position) != wire::SlotStatus::kDone) {
    violate("status-right", fmt::format("position {}: a load ended in FAULT", pending.position));
  }
  pending.program ? check_program(pending) : check_miss(pending);
}

void LoadingProducer::check_status(const Pending& pending, const Load& load, u64 status) {
  u64 wanted = status_of(IoStatus::kOk);
  if (load.resource != 0) {
    wanted = status_of(IoStatus::kUnknownResource);
  } else if (load.offset > kResourceBytes || load.bytes > kResourceBytes - load.offset) {
    wanted = status_of(IoStatus::kOutOfRange);
  }
  const bool failed = status == wire::failed_io(EIO) && failed_.count(pending.outcome) != 0;
  const bool stopped = status == status_of(IoStatus::kCancelled) && cancels_ != 0;
  if (status == wanted || stopped || (wanted == 0 && failed)) return;
  violate("errors-have-causes", fmt::format("position {}: a load's status is {}, {} expected",
                                            pending.position, status, wanted));
}

void LoadingProducer::check_program(const Pending& pending) {
  const auto results = region_.results(pending.outcome);
  for (u32 i = 0; i < kLoads; ++i) {
    const Load load{pending.load.resource, pending.load.offset + u64{i} * kProgramBytes,
                    kProgramBytes};
    const u64 status = results[2 * i];
    check_status(pending, load, status);
    const u64 sum = status == 0 ? sum_at(load.offset, load.bytes) : 0;
    if (results[2 * i + 1] == sum) continue;
    violate("loads-bring-their-bytes", fmt::format("position {}, load {}", pending.position, i));
  }
}

void LoadingProducer::check_miss(const Pending& pending) {
  const wire::WorkSlot& slot = queue_.slot(pending.position);
  const u64 status = slot.arguments[wire::load_miss_argument::kStatus];
  check_status(pending, pending.load, status);
  const auto inbox = region_.inbox(pending.outcome);
  for (u32 i = 0; status == 0 && i < pending.load.bytes; ++i) {
    if (static_cast<u8>(inbox[i]) == resource_byte(pending.load.offset + i)) continue;
    violate("loads-bring-their-bytes", fmt::format("position {}, byte {}", pending.position, i));
  }
}

u32 LoadingProducer::outcome_of(const std::byte* target) const {
  return static_cast<u32>((target - region_.inbox(0).data()) / kInbox);
}

void LoadingProducer::answered(const backend::LoadRequest& request, u32 status,
                               std::span<const std::byte> bytes) {
  ++told_loads_;
  check_waits(request.outcome);
  if (bytes.size() != (status == 0 ? request.bytes : 0)) {
    violate("observed-loads-have-bytes", fmt::format("outcome {}", request.outcome));
  }
  for (u32 i = 0; i < bytes.size(); ++i) {
    if (static_cast<u8>(bytes[i]) == resource_byte(request.offset + i)) continue;
    violate("observed-loads-have-bytes", fmt::format("outcome {}, byte {}", request.outcome, i));
  }
}

// From its park until it goes on, nobody but the host is in an inbox.
void LoadingProducer::check_waits(u32 outcome) const {
  const auto owner = std::find_if(pending_.begin(), pending_.end(), [outcome](const Pending& each) {
    return each.outcome == outcome;
  });
  const bool waits =
      owner != pending_.end() && queue_.status(owner->position) == wire::SlotStatus::kWaitIo;
  if (!waits) violate("inbox-stays-while-owned", fmt::format("outcome {}", outcome));
}

void LoadingProducer::check_wake_ups() {
  if (parts_.kernel.backend().poll_interval().count() == 0 &&
      parts_.kernel.io_queue().any_published()) {
    violate("no-wake-up-lost", "the io server sleeps on, though a request is published");
  }
  if (!parts_.check.io_wants_moving() || !parts_.backend.running()) {
    wanted_since_.reset();
  } else if (!wanted_since_) {
    wanted_since_ = parts_.scheduler.now();
  } else if (parts_.scheduler.now() - *wanted_since_ > kMovesWithin) {
    violate("no-wake-up-lost", "no worker moves the io queue on");
  }
}

void LoadingProducer::cancel_for_a_while() {
  ++cancels_;
  cancelled_ = true;
  ring_.wake();
  parts_.scheduler.sleep_for(parts_.chance.between(1, 500) * kMicrosecond);
  cancelled_ = false;
}

void LoadingProducer::run() {
  Chance& chance = parts_.chance;
  while (published_ < plan_.slots || !pending_.empty()) {
    bool moved = false;
    if (published_ < plan_.slots && chance.percent(70)) moved = publish_one();
    moved |= take_back_one();
    if (cancels_ < plan_.cancels && chance.percent(3)) cancel_for_a_while();
    if (moved && chance.percent(70)) {
      parts_.scheduler.yield();
    } else {
      parts_.scheduler.sleep_for(chance.between(1, 60) * kMicrosecond);
      // Who waits for workers asks now and then: it is then that one who hangs is replaced.
      static_cast<void>(parts_.kernel.fault());
      parts_.backend.calm();
    }
  }
  if (counters_.loads > expected_loads_ || counters_.loads + uncertain_loads_ < expected_loads_) {
    violate("served-once", fmt::format("{} loads were served, {} were asked for",
                                       counters_.loads.load(), expected_loads_));
  }
  if (told_loads_ != counters_.loads) {
    violate("observed-once",
            fmt::format("{} loads were told of, {} served", told_loads_, counters_.loads.load()));
  }
  parts_.coverage.loads += expected_loads_;
  over_ = true;
  ring_.wake();
}

void LoadingProducer::serve() {
  while (!over_) {
    const auto moved = loop_->step();
    VYRE_CHECK(moved.has_value());
    if (*moved) {
      wanted_since_.reset();
      parts_.scheduler.maybe_yield();
      continue;
    }
    VYRE_CHECK(loop_->wait(longest_sleep(parts_.kernel)).has_value());
  }
  VYRE_CHECK(loop_->finish().has_value());
  if (!ring_.idle()) violate("nothing-in-flight-at-the-end", "the io server's ring");
}

void LoadingProducer::end_service() {
  parts_.kernel.io_queue().end_service();
  region_ = {};
}

}  // namespace vyre::simulation
