#pragma once

#include <fmt/format.h>

#include <set>

#include "runtime/slot_observer.hpp"
#include "tests/simulation/violation.hpp"

namespace vyre::simulation {

/// What a replay log would hold of one run: each publication, then its end.
class CheckedObserver final : public runtime::SlotObserver {
 public:
  void published(const runtime::PublishedWork& work) override {
    under_way_.insert(work.slot);
    if ((work.streamed == nullptr) == work.whole_files.empty()) {
      violate("observed-slots-have-sources", fmt::format("slot {}", work.slot));
    }
    if (work.bytes.size() != work.chunk.length) {
      violate("observed-slots-have-bytes", fmt::format("slot {}", work.slot));
    }
  }
  void ended(u32 slot, u32, const runtime::SlotFault*) override {
    if (under_way_.erase(slot) != 1) {
      violate("observed-in-turn", fmt::format("slot {} ended, and was not published", slot));
    }
  }
  [[nodiscard]] Status status() const override { return {}; }

  /// The run is over.
  void check_all_ended() const {
    if (under_way_.empty()) return;
    violate("observed-to-the-end", fmt::format("slot {} did not end", *under_way_.begin()));
  }

 private:
  std::set<u32> under_way_;
};

}  // namespace vyre::simulation
