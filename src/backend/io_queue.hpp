#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "backend/backend.hpp"
#include "backend/carver.hpp"
#include "base/owned_fd.hpp"
#include "kernel/context.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// What a worker asks for, as the io slot says it: no more than numbers that a program chose, but
/// for the tenant.
struct LoadRequest {
  /// Of the io queue; for complete().
  std::uint32_t slot = 0;
  std::uint32_t operation = 0;
  std::uint32_t tenant = 0;
  std::uint32_t resource = 0;
  std::uint32_t region = 0;
  std::uint32_t outcome = 0;
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;
};

/// The host's side of the io queue, by which programs ask for bytes of resources. One thread serves
/// it. While nobody does, programs are told at once that their requests were cancelled.
class IoQueue {
 public:
  /// Its words in memory shared with the workers.
  struct Shared {
    wire::IoHeader* header;
    wire::IoSlot* slots;
    kernel::WakeWord* wake;
  };
  static Shared lay_out(Carver& carver);

  IoQueue(const kernel::IoView& view, Backend& backend) : view_(view), backend_(backend) {}
  IoQueue(const IoQueue&) = delete;
  IoQueue& operator=(const IoQueue&) = delete;

  /// Somebody serves the queue from now on, until end_service(). Both only while no worker runs:
  /// their requests are never between two minds. The second cancels what is published; what was
  /// claimed must have been completed.
  void begin_service() noexcept;
  void end_service() noexcept;
  [[nodiscard]] bool served() const noexcept { return served_; }

  /// The next request that nobody has claimed: each is given out once. Cost: one cache line a slot
  /// for a whole round of slots, of which it looks at no more than it needs.
  [[nodiscard]] std::optional<LoadRequest> claim() noexcept;
  /// True where claim() would give one.
  [[nodiscard]] bool any_published() const noexcept;
  /// Ends a claimed request: `status` 0, or another of wire::IoStatus. All its bytes lie in the
  /// inbox by now, or nothing will be written there any more. Wakes a worker.
  void complete(std::uint32_t slot, std::uint32_t status) noexcept;

  /// Before the server sleeps until a request comes, by an eventfd (wake_through); see
  /// WorkQueue::park, which is the same. False where it must not sleep.
  [[nodiscard]] bool park() noexcept;
  void unpark() noexcept;
  /// Workers wake the server through a duplicate of this eventfd, which lives as long as the queue,
  /// or until the next call. While no worker runs. Errors: Syscall.
  Status wake_through(int event_fd);

 private:
  [[nodiscard]] bool is_published(std::uint32_t slot) const noexcept;

  kernel::IoView view_;
  Backend& backend_;
  bool served_ = false;
  /// Where claim() looks first, so that each slot has its turn.
  std::uint32_t next_ = 0;
  base::OwnedFd wake_descriptor_;
};

}  // namespace vyre::backend
