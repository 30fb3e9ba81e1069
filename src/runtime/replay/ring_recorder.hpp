#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "backend/region.hpp"
#include "runtime/replay/recording.hpp"
#include "runtime/slot_observer.hpp"

namespace vyre::runtime::replay {

/// Writes down what one ring gives to the workers in one stream, and what comes back. Cost for each
/// slot: one pass over its bytes (XXH3-128), one stat(2) for each file in it, some hundred bytes of
/// the log, which is written in batches. For each load: one pass over its bytes, some hundred bytes
/// of the log, and with inputs the bytes.
///
/// Two threads: the ring's, and the one that answers loads. They share the batch, so that the loads
/// of a run stand before its outcome, and what tells whose a load is; both have a lock. The outcome
/// that a load is for names the run: the workers get a slot after begins(), a run asks for nothing
/// any more when ended() is called, and what a lost worker has begun goes on in no other's outcome.
class RingRecorder final : public SlotObserver {
 public:
  /// All outlive it. Loads into the region's inboxes are written down from here to finish().
  RingRecorder(Recording& recording, u32 ring, const backend::Region& region);
  ~RingRecorder() override;
  RingRecorder(const RingRecorder&) = delete;
  RingRecorder& operator=(const RingRecorder&) = delete;

  void begins(std::uint32_t slot, std::uint32_t outcome, bool again) override;
  void published(const PublishedWork& work) override;
  void ended(std::uint32_t slot, std::uint32_t outcome, const SlotFault* fault) override;
  [[nodiscard]] Status status() const override { return recording_.log().status(); }
  /// See LoadObserver; of this ring's region.
  void answered(const backend::LoadRequest& request, u32 status, std::span<const std::byte> bytes);
  /// Hands over what is not in the log yet; nothing is added to it afterwards. Errors: those of
  /// LogFile::append.
  Status finish();

 private:
  /// What an outcome is used for.
  struct Run {
    /// The slot's; none where nobody's loads can come.
    std::optional<u64> number = std::nullopt;
    u64 next_load = 0;
  };

  void describe_input(const PublishedWork& work);
  [[nodiscard]] InputExtent extent_of(const StreamedFile& file, u64 file_offset, u32 slot_offset,
                                      u32 length) const;
  /// The slot's run is over, or begins once more: its loads can come no more.
  void forget_run(u64 number);
  template <class Record>
  void append(const Record& record);
  Status flush();

  Recording& recording_;
  u32 ring_;
  const backend::Region& region_;
  /// By slot: the number of its last publication. The ring's thread's, as the record is.
  std::vector<u64> numbers_;
  SlotRecord record_;

  std::mutex mutex_;
  /// By outcome.
  std::vector<Run> runs_;
  std::vector<std::byte> batch_;
};

}  // namespace vyre::runtime::replay
