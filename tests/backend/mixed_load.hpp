#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/backend/machine.hpp"
#include "tests/backend/text_buffer.hpp"
#include "tests/support/reference_run.hpp"

// Producers that keep a megakernel busy with a mixture of everything and know each slot's answer.
namespace vyre::backend {

/// Programs over the first tiles of one text, and what the portable interpreter makes of each.
class MixedPrograms {
 public:
  explicit MixedPrograms(u64 seed);

  struct Answer {
    u32 program;
    u32 length;
    testing::ChunkRun run;
  };
  [[nodiscard]] const std::vector<VerifiedProgram>& programs() const { return programs_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<Answer>& answers() const { return answers_; }
  /// Of the program that adds them up in word 0 of its tenant's window.
  [[nodiscard]] u32 window_addend(const Answer& answer) const;

 private:
  std::string text_;
  std::vector<VerifiedProgram> programs_;
  std::vector<Answer> answers_;
};

/// One thread with a queue and a tenant of its own, both number `index`. It works in batches, each
/// ended by a fence.
class MixedProducer {
 public:
  static constexpr u32 kBatch = 24;
  static constexpr u32 kWindowWords = 1024;
  /// kBatch slots and the fence fit twice.
  static constexpr u32 kQueueCapacity = 64;

  MixedProducer(Megakernel& kernel, const MixedPrograms& programs, const TextBuffer& text,
                u32 index, u64 seed);
  MixedProducer(const MixedProducer&) = delete;
  MixedProducer& operator=(const MixedProducer&) = delete;

  /// Runs a batch and checks all of it; false where a slot is lost.
  bool run_batch();
  /// After the last batch: what the window must hold.
  void check_window();

  [[nodiscard]] u32 slots() const { return slots_; }
  [[nodiscard]] u32 programs_run() const { return programs_run_; }
  [[nodiscard]] u32 faults() const { return faults_; }

 private:
  using Check = std::function<void(const wire::WorkSlot&)>;

  void add_any(u32 number);
  void add_memory(u32 number, u32 kind);
  void add_program(u32 number);
  /// With any priority, since what one slot of a batch does concerns no other.
  void add(WorkItem work, Check check);
  void add_packed(u32 word, u32 value);
  wire::Priority any_priority();
  u32 below(u32 limit) { return static_cast<u32>(random_() % limit); }
  /// A word that the batch before wrote, and this one does not.
  u32 settled_word() { return kStores + (1 - parity_) * kBatch + below(kBatch); }

  /// First words: sums of programs, counters, stores of two batches, swaps, copies of two batches.
  static constexpr u32 kCounters = 64;
  static constexpr u32 kCounterCount = 8;
  static constexpr u32 kStores = 128;
  static constexpr u32 kSwaps = 256;
  static constexpr u32 kCopies = 512;
  static constexpr u32 kMostCopied = 4;

  Megakernel& kernel_;
  const MixedPrograms& programs_;
  WorkQueue& queue_;
  u32 tenant_;
  std::mt19937_64 random_;
  std::vector<u32> opcodes_;
  Region region_;
  std::vector<u32> window_ = std::vector<u32>(kWindowWords);
  /// What ATOMIC_ADD has said of each counter: every value once.
  std::vector<std::vector<u32>> counted_ = std::vector<std::vector<u32>>(kCounterCount);
  struct Pending {
    u32 position;
    Check check;
  };
  std::vector<Pending> pending_;
  u32 parity_ = 0;
  u32 slots_ = 0;
  u32 programs_run_ = 0;
  u32 faults_ = 0;
};

}  // namespace vyre::backend
