#pragma once

#include <memory>
#include <vector>

#include "backend/megakernel.hpp"

namespace vyre::bench::tenants {

/// Ends the process with the error's message.
[[noreturn]] void fail(const Error& error);
template <typename T>
T expect(Result<T> result) {
  if (!result) fail(result.error());
  return std::move(*result);
}
void expect(const Status& status);

/// One tenant's work: slots that each run its program over `tiles` tiles of the same memory, on a
/// queue of its own, which it keeps full. One thread.
class Flood {
 public:
  /// The region has an outcome for each slot of each queue.
  Flood(backend::Megakernel& kernel, u32 queue, u32 tenant, u32 opcode,
        const backend::Region& region, u32 tiles);

  /// Takes back what has ended and fills the queue again; how many slots had ended.
  u32 turn();
  /// Publishes one slot and spins until it has ended.
  void one();
  /// Waits until nothing is under way.
  void drain();

  [[nodiscard]] u32 tenant() const { return item_.tenant; }
  /// That have ended.
  [[nodiscard]] u64 tiles() const { return ended_ * tiles_; }

 private:
  bool publish();
  void take_back(u32 position);

  backend::WorkQueue& queue_;
  backend::WorkItem item_;
  u64 tiles_;
  u64 ended_ = 0;
  u32 first_outcome_;
  u32 oldest_;
};

}  // namespace vyre::bench::tenants
