#include "tests/oracle/machine_run.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "tests/backend/machine.hpp"
#include "tests/oracle/generated_declarations.hpp"
#include "vir0/result_combine.hpp"
#include "wire/control.hpp"

namespace vyre::oracle {
namespace {

using backend::Region;
using backend::WorkItem;
using backend::WorkQueue;
using testing::FileChunk;

constexpr u32 kQueueCapacity = 16;

WorkItem chunk_item(u32 opcode, u32 tenant, const Region& region, const FileChunk& chunk) {
  namespace argument = wire::chunk_argument;
  WorkItem item{opcode, tenant, wire::Priority::kNormal, {}};
  item.arguments[argument::kLength] = static_cast<u32>(chunk.bytes.size());
  item.arguments[argument::kOwnBegin] = chunk.own.begin;
  item.arguments[argument::kOwnEnd] = chunk.own.end;
  item.arguments[argument::kFileOffsetLow] = static_cast<u32>(chunk.file_offset);
  item.arguments[argument::kFileOffsetHigh] = static_cast<u32>(chunk.file_offset >> 32);
  item.arguments[argument::kRegion] = region.id();
  return item;
}

/// The parts of a file, added in file order.
class FileSum {
 public:
  explicit FileSum(const Program& program) : combines_(vir0::result_combines(program)) {
    for (const Combine kind : combines_) answer_.results.push_back(vir0::identity(kind));
  }

  void add(const Region& region, const FileChunk& chunk) {
    const wire::OutcomeHeader& outcome = region.outcome(0);
    if (answer_.fault) return;
    if (outcome.fault_code != 0) {
      answer_.fault = NaiveFault{static_cast<wire::FaultCode>(outcome.fault_code),
                                 outcome.fault_instruction, tiles_ + outcome.fault_tile};
      return;
    }
    overflowed_ |= region.overflowed(0) || region.output_overflowed(0);
    for (std::size_t i = 0; i < combines_.size(); ++i) {
      answer_.results[i] = vir0::combine(combines_[i], answer_.results[i], region.results(0)[i]);
    }
    for (const wire::Record& record : region.records(0)) {
      answer_.records.push_back({chunk.file_offset + record.offset, record.value});
    }
    for (const std::byte byte : region.output(0)) {
      answer_.output.push_back(static_cast<char>(byte));
    }
    answer_.fuel += outcome.fuel;
    tiles_ += outcome.tiles;
  }

  FileAnswer finish(u64 file_bytes) {
    VYRE_CHECK(answer_.fault || !overflowed_);
    for (std::size_t i = 0; i < combines_.size() && !answer_.fault; ++i) {
      answer_.results[i] = vir0::finish(combines_[i], answer_.results[i], file_bytes);
    }
    return std::move(answer_);
  }

 private:
  std::vector<Combine> combines_;
  FileAnswer answer_;
  u64 tiles_ = 0;
  /// Of no account where a later chunk faults: the room is guessed there.
  bool overflowed_ = false;
};

}  // namespace

u32 MachineRun::next_tenant() {
  if (kernel_ == nullptr || loaded_ == wire::kMaxTenants * kernel::kMaxProgramsPerTenant) {
    kernel_ = backend::make_machine(
        workers_, {.queue_capacity = kQueueCapacity, .window_words = kWindowWords});
    loaded_ = 0;
  }
  return loaded_++ % wire::kMaxTenants;
}

FileAnswer MachineRun::run(const VerifiedProgram& program, std::string_view file, u32 own_bytes,
                           const std::vector<u32>& window, ChunkRoom room) {
  const u32 tenant = next_tenant();
  const u32 opcode = kernel_->load(program, tenant).value();
  const bool any_order = program.bounds().order == TileOrder::kAny;
  VYRE_CHECK(kernel_->write_window(tenant, 0, window));
  WorkQueue& queue = kernel_->queue(0);
  const std::vector<FileChunk> chunks = testing::cut_file(file, own_bytes);
  VYRE_CHECK(chunks.size() <= kQueueCapacity);
  std::vector<Region> regions;
  std::vector<u32> positions;
  testing::Carry carry{};
  for (const FileChunk& chunk : chunks) {
    regions.push_back(
        kernel_->add_region(std::as_bytes(std::span(chunk.bytes)), 1, room.records, room.output)
            .value());
    std::copy(carry.begin(), carry.end(), regions.back().carry(0).begin());
    positions.push_back(queue.publish(chunk_item(opcode, tenant, regions.back(), chunk)).value());
    if (any_order) continue;
    VYRE_CHECK(wait_finished(queue, positions.back()));
    std::copy_n(regions.back().carry(0).begin(), carry.size(), carry.begin());
  }
  FileSum sum(program.program());
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    VYRE_CHECK(wait_finished(queue, positions[i]));
    sum.add(regions[i], chunks[i]);
    queue.release(positions[i]);
  }
  FileAnswer answer = sum.finish(file.size());
  answer.window.resize(window.size());
  VYRE_CHECK(kernel_->read_window(tenant, 0, answer.window));
  return answer;
}

}  // namespace vyre::oracle
