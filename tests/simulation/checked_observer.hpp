#pragma once

#include <fmt/format.h>

#include <map>
#include <set>

#include "runtime/slot_observer.hpp"
#include "tests/simulation/violation.hpp"

namespace vyre::simulation {

/// What a replay log would hold of one run: for each slot that it begins, that it is published,
/// then its end, in the outcome with which it began last.
class CheckedObserver final : public runtime::SlotObserver {
 public:
  void begins(u32 slot, u32 outcome, bool again) override {
    if (again != (outcomes_.count(slot) != 0)) {
      violate("observed-in-turn", fmt::format("slot {} begins, again: {}", slot, again));
    }
    if (again && outcomes_[slot] == outcome) {
      violate("observed-outcomes", fmt::format("slot {} begins again in {}", slot, outcome));
    }
    outcomes_[slot] = outcome;
  }
  void published(const runtime::PublishedWork& work) override {
    if (outcomes_.count(work.slot) == 0 || !published_.insert(work.slot).second) {
      violate("observed-in-turn", fmt::format("slot {} was published", work.slot));
    }
    if ((work.streamed == nullptr) == work.whole_files.empty()) {
      violate("observed-slots-have-sources", fmt::format("slot {}", work.slot));
    }
    if (work.bytes.size() != work.chunk.length) {
      violate("observed-slots-have-bytes", fmt::format("slot {}", work.slot));
    }
  }
  void ended(u32 slot, u32 outcome, const runtime::SlotFault* fault) override {
    if (published_.erase(slot) != 1) {
      violate("observed-in-turn", fmt::format("slot {} ended, and was not published", slot));
    }
    // One that is given up has got another outcome, for the slot's next user.
    if (fault == nullptr && outcomes_[slot] != outcome) {
      violate("observed-outcomes", fmt::format("slot {} ended in {}", slot, outcome));
    }
    outcomes_.erase(slot);
  }
  [[nodiscard]] Status status() const override { return {}; }

  /// The run is over.
  void check_all_ended() const {
    if (outcomes_.empty()) return;
    violate("observed-to-the-end", fmt::format("slot {} did not end", outcomes_.begin()->first));
  }

 private:
  /// Of slots that have begun and not ended: by slot.
  std::map<u32, u32> outcomes_;
  std::set<u32> published_;
};

}  // namespace vyre::simulation
