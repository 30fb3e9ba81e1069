#pragma once

#include <random>
#include <vector>

#include "tests/backend/load_server.hpp"
#include "tests/backend/machine.hpp"
#include "tests/backend/text_buffer.hpp"

namespace vyre::backend {

/// One thread with a queue of its own and one tenant after the other: each comes with some quota,
/// publishes slots of all priorities, of which some load and some are cancelled, is held back for
/// a while, and goes, perhaps in the middle of its work.
class PassingTenants {
 public:
  /// What a LoadServer must hold for whichever tenants come.
  static LoadServer::Resources resources();

  /// The workers count the lines of `text`.
  PassingTenants(Megakernel& kernel, const TextBuffer& text, u32 queue, u64 seed);
  PassingTenants(const PassingTenants&) = delete;
  PassingTenants& operator=(const PassingTenants&) = delete;

  /// From a tenant's coming to its going; false where a slot is lost. Checks that each slot ended
  /// for a reason, and the answers of those that nothing disturbed.
  bool pass();

  [[nodiscard]] u32 slots() const { return slots_; }
  [[nodiscard]] u32 faults() const { return faults_; }
  /// Slots of programs, whether or not they came to run.
  [[nodiscard]] u32 programs() const { return programs_; }

 private:
  static constexpr u32 kSlots = 24;
  enum class Kind { kNop, kCount, kLoad };
  struct Slot {
    u32 position;
    Kind kind;
    bool cancelled = false;
  };

  void come();
  void publish(u32 number);
  void disturb();
  bool take_back(bool revoked);
  void check(const Slot& slot, u32 number, bool revoked);
  u32 below(u32 limit) { return static_cast<u32>(random_() % limit); }

  Megakernel& kernel_;
  WorkQueue& queue_;
  std::mt19937_64 random_;
  const u32 length_;
  const u32 lines_;
  Region region_;
  VerifiedProgram count_;
  VerifiedProgram load_;
  u32 tenant_ = 0;
  u32 count_opcode_ = 0;
  u32 load_opcode_ = 0;
  std::vector<Slot> pending_;
  u32 slots_ = 0;
  u32 faults_ = 0;
  u32 programs_ = 0;
};

}  // namespace vyre::backend
