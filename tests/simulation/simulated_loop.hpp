#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "backend/megakernel.hpp"
#include "memory/mapped_buffer.hpp"
#include "runtime/ring_loop.hpp"
#include "tests/simulation/checked_consumer.hpp"
#include "tests/simulation/world_plan.hpp"

namespace vyre::simulation {

/// What the parts of one simulation share.
struct SharedParts {
  Scheduler& scheduler;
  Chance& chance;
  Coverage& coverage;
  ProtocolCheck& check;
  KnownPrograms& programs;
  SimulatedBackend& backend;
  backend::Megakernel& kernel;
};

/// A ring with its slots, and the true loop that drives it, job after job: what a RingThread is in
/// a session. Its queue and its tenant have its number.
class SimulatedLoop {
 public:
  SimulatedLoop(const LoopPlan& plan, u32 number, const SharedParts& parts);

  /// A task's body.
  void run();
  void wake() noexcept { ring_.wake(); }
  [[nodiscard]] bool reads_into(std::span<const std::byte> bytes) const {
    return ring_.reads_into(bytes);
  }

 private:
  Status run_job();
  void prepare_room();
  Status stream(std::vector<SimulatedFile*> files);
  [[nodiscard]] bool ends_for_good(const Status& status) const;
  void check_status(const Status& status, bool cancelled) const;
  void check_end(const Status& status, ingest::IngestDriver& driver);
  void plan_events(const std::vector<SimulatedFile*>& files);
  void cancel_at(Time time);
  void resize_at(Time time, SimulatedFile& file);
  void on_timeout(std::chrono::nanoseconds timeout) const;

  LoopPlan plan_;
  u32 number_;
  SharedParts parts_;
  SimulatedFiles files_;
  SimulatedRing ring_;
  VerifiedProgram program_;
  u32 opcode_ = 0;
  std::unique_ptr<memory::MappedBuffer> buffer_;
  backend::Region region_;
  /// Of the job under way, counted from 1; 0 between jobs.
  u64 job_ = 0;
  u64 jobs_ = 0;
  /// The job was cancelled from outside.
  bool cancelled_ = false;
  /// The flag that cancels the job under way.
  std::atomic<bool>* stop_ = nullptr;
};

}  // namespace vyre::simulation
