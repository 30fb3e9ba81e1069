#include "backend/cpu/crew.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "backend/cpu/cpu_platform.hpp"
#include "kernel/worker.hpp"
#include "wire/atomics.hpp"

namespace vyre::backend {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kMostBetweenLooks = 1s;
/// Who waits for workers to leave looks this often whether they get on.
constexpr std::chrono::nanoseconds kLookWhileJoining = 20ms;
/// Each leaves a thread and memory behind, and the chunk that was its end is given up at the
/// second.
constexpr std::size_t kMostLosses = 16;
constexpr std::chrono::nanoseconds kLossesWithin = 1min;

/// Blocks all signals while it lives, so that threads started meanwhile leave them to the caller's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t previous_;
};

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Crew::Crew(std::shared_ptr<CrewTools> tools, const kernel::Context& context,
           const CrewOptions& options)
    : tools_(std::move(tools)), context_(context), options_(options), last_look_(Clock::now()) {}

Result<std::shared_ptr<Crew>> Crew::start(std::shared_ptr<CrewTools> tools,
                                          const kernel::Context& context,
                                          const CrewOptions& options) {
  std::shared_ptr<Crew> crew(new Crew(std::move(tools), context, options));
  if (Status started = crew->start_threads(); !started) {
    return tl::unexpected(std::move(started.error()));
  }
  return crew;
}

Status Crew::start_threads() {
  std::unique_lock lock(mutex_);
  Status started;
  for (unsigned number = 0; number < options_.workers && started; ++number) started = seat(number);
  if (started) return {};
  wire::store_release(&context_.workers->stop, static_cast<u32>(kernel::StopMode::kQuiesce));
  lock.unlock();
  tools_->doorbell.ring_all();
  static_cast<void>(join());
  return started;
}

Status Crew::seat(unsigned number) {
  auto member = std::make_unique<Member>();
  member->seat = number;
  const SignalsBlocked blocked;
  try {
    member->thread =
        std::thread([self = shared_from_this(), at = member.get()] { self->work(*at); });
  } catch (const std::system_error& error) {
    return tl::unexpected(
        syscall_error(fmt::format("start of worker thread {} of {}", number + 1, options_.workers),
                      error.code().value(), "use fewer workers or raise the thread limit"));
  }
  members_.push_back(std::move(member));
  return {};
}

void Crew::work(Member& member) {
  const auto scratch = std::make_unique<kernel::WorkerScratch>();
  CpuPlatform platform(tools_->doorbell, options_.level);
  platform.watch(member.journal, tools_->injector);
  try {
    kernel::run_worker(context_, member.seat, kernel::HostGroup{}, platform, *scratch);
  } catch (const WorkerEnds&) {
    // Whose slot it was, leave() finds out.
  }
  leave(member);
  // A SHUTDOWN slot stops all workers, but only its own is awake for sure.
  tools_->doorbell.ring_all();
}

void Crew::leave(Member& member) {
  const std::lock_guard lock(mutex_);
  member.left = true;
  // Still at a slot: it has ended in the middle of it.
  const u64 word = member.journal.word();
  if (WorkerJournal::at_slot(word) && member.journal.disown(word)) lose(member, "ended there");
  left_.notify_all();
}

void Crew::look_at(Member& member, std::chrono::nanoseconds since_last) {
  if (member.lost || member.left) return;
  const u64 word = member.journal.word();
  if (!WorkerJournal::at_slot(word) || word != member.seen) {
    member.seen = word;
    member.stuck = 0ns;
    return;
  }
  member.stuck += since_last;
  if (member.stuck < options_.hang_after || !member.journal.disown(word)) return;
  lose(member, fmt::format("has not gone on for {:.1f} s", seconds(member.stuck)));
}

bool Crew::too_many_losses() {
  const Clock::time_point now = Clock::now();
  while (!losses_.empty() && now - losses_.front() > kLossesWithin) losses_.pop_front();
  losses_.push_back(now);
  return losses_.size() > kMostLosses;
}

// The member is disowned, so that its slot is ours.
void Crew::lose(Member& member, const std::string& how) {
  member.lost = true;
  const kernel::Claim claim = member.journal.claim();
  const std::string what = fmt::format(
      "worker {} of {} was at position {} of queue {} (tile {}) and {}", member.seat,
      options_.workers, claim.position, kernel::queue_of(claim.queue), member.journal.tile(), how);
  {
    const std::lock_guard lock(tools_->losses_mutex);
    if (tools_->losses.count++ == 0) tools_->losses.first = what;
  }
  // Before anybody can know: what he then releases is kept.
  tools_->memory->abandon();
  Status replaced;
  if (tools_->injector.lost()) {
    replaced = tl::unexpected(
        Error{ErrorCode::kDeviceFault, 0,
              fmt::format("{}; with it all workers are lost, as VYRE_CPU_INJECT has it", what),
              "unset VYRE_CPU_INJECT"});
  } else if (too_many_losses()) {
    replaced = tl::unexpected(
        Error{ErrorCode::kDeviceFault, 0,
              fmt::format("{}; {} workers were lost within a minute", what, losses_.size()),
              "report the program and the files"});
  } else {
    replaced = seat(member.seat);
  }
  if (!replaced) {
    if (state_) state_ = std::move(replaced);
    return;
  }
  take_slot_from(member);
}

void Crew::take_slot_from(const Member& member) {
  const kernel::Claim claim = member.journal.claim();
  const kernel::QueueView& queue = context_.queues[claim.queue];
  const wire::WorkSlot& slot = queue.slots[claim.position & (queue.capacity - 1)];
  kernel::leave_region(context_.regions[slot.arguments[wire::chunk_argument::kRegion]]);
  CpuPlatform platform(tools_->doorbell, options_.level);
  kernel::finish(context_, platform, claim, slot.tenant,
                 kernel::slot_fault(wire::FaultCode::kWorkerLost, member.seat));
}

void Crew::look_locked() {
  const Clock::time_point now = Clock::now();
  const auto since = std::min<std::chrono::nanoseconds>(now - last_look_, kMostBetweenLooks);
  last_look_ = now;
  // By index: who replaces a member is added behind.
  for (std::size_t i = 0; i < members_.size(); ++i) look_at(*members_[i], since);
}

Status Crew::look() {
  const std::lock_guard lock(mutex_);
  look_locked();
  return state_;
}

bool Crew::all_accounted_for() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const auto& member) { return member->left || member->lost; });
}

Status Crew::join() {
  std::unique_lock lock(mutex_);
  while (!all_accounted_for()) {
    left_.wait_for(lock, kLookWhileJoining, [this] { return all_accounted_for(); });
    look_locked();
  }
  std::vector<std::thread> ended;
  for (const auto& member : members_) {
    if (!member->thread.joinable()) continue;
    if (member->left) {
      ended.push_back(std::move(member->thread));
    } else {
      member->thread.detach();
    }
  }
  Status state = state_;
  lock.unlock();
  for (std::thread& thread : ended) thread.join();
  return state;
}

}  // namespace vyre::backend
