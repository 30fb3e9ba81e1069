#include "tests/oracle/machine_run.hpp"

#include <algorithm>
#include <stdexcept>

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
/// Of all chunks of a file, with their halos.
constexpr std::size_t kTextBytes = 1u << 20;
constexpr ChunkRoom kPlenty{1u << 16, 1u << 16};

WorkItem chunk_item(u32 opcode, u32 tenant, const Region& region, const FileChunk& chunk,
                    u64 offset, u32 outcome) {
  namespace argument = wire::chunk_argument;
  WorkItem item{opcode, tenant, wire::Priority::kNormal, {}};
  item.arguments[argument::kDataOffsetLow] = static_cast<u32>(offset);
  item.arguments[argument::kLength] = static_cast<u32>(chunk.bytes.size());
  item.arguments[argument::kOwnBegin] = chunk.own.begin;
  item.arguments[argument::kOwnEnd] = chunk.own.end;
  item.arguments[argument::kFileOffsetLow] = static_cast<u32>(chunk.file_offset);
  item.arguments[argument::kFileOffsetHigh] = static_cast<u32>(chunk.file_offset >> 32);
  item.arguments[argument::kOutcome] = outcome;
  item.arguments[argument::kRegion] = region.id();
  return item;
}

/// The parts of a file, added in file order.
class FileSum {
 public:
  explicit FileSum(const Program& program) : combines_(vir0::result_combines(program)) {
    for (const Combine kind : combines_) answer_.results.push_back(vir0::identity(kind));
  }

  void add(const Region& region, u32 index, const FileChunk& chunk) {
    const wire::OutcomeHeader& outcome = region.outcome(index);
    if (answer_.fault) return;
    if (outcome.fault_code != 0) {
      answer_.fault = NaiveFault{static_cast<wire::FaultCode>(outcome.fault_code),
                                 outcome.fault_instruction, tiles_ + outcome.fault_tile};
      return;
    }
    overflowed_ |= region.overflowed(index) || region.output_overflowed(index);
    for (std::size_t i = 0; i < combines_.size(); ++i) {
      answer_.results[i] =
          vir0::combine(combines_[i], answer_.results[i], region.results(index)[i]);
    }
    for (const wire::Record& record : region.records(index)) {
      answer_.records.push_back({chunk.file_offset + record.offset, record.value});
    }
    for (const std::byte byte : region.output(index)) {
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

// In this order: a machine may hold the old pages until its workers stop, and a device the next
// machine until nothing of the old one is left.
void MachineRun::renew() {
  roomy_ = Region();
  text_.reset();
  loads_.reset();
  kernel_.reset();
  kernel_ = backend::make_machine(
      workers_, {.queue_capacity = kQueueCapacity, .window_words = kWindowWords}, false);
  loads_ = std::make_unique<backend::LoadServer>(*kernel_, backend::LoadServer::Resources{});
  VYRE_CHECK(kernel_->launch());
  text_ = std::make_unique<backend::TextBuffer>(*kernel_, kTextBytes);
  roomy_ =
      kernel_
          ->add_region(text_->all(), kQueueCapacity, kPlenty.records, kPlenty.output, kMostIoBytes)
          .value();
  loaded_ = 0;
}

MachineRun::Loaded MachineRun::load(const VerifiedProgram& program) {
  if (kernel_ == nullptr || loaded_ == kMostLoaded) renew();
  const u32 tenant = loaded_++ % wire::kMaxTenants;
  auto opcode = kernel_->load(program, tenant);
  // What a device says when it fails is all that can be known of it later.
  if (!opcode) throw std::runtime_error(opcode.error().message());
  return {tenant, *opcode};
}

void MachineRun::compile() { VYRE_CHECK(kernel_->compile()); }

void MachineRun::run_chunks(const VerifiedProgram& program, Loaded loaded,
                            const std::vector<FileChunk>& chunks, const std::vector<u64>& offsets,
                            const Region& region) {
  backend::show_memory_to_tools(*kernel_);
  const bool any_order = program.bounds().order == TileOrder::kAny;
  WorkQueue& queue = kernel_->queue(0);
  std::vector<u32> positions;
  testing::Carry carry{};
  for (u32 i = 0; i < chunks.size(); ++i) {
    std::copy(carry.begin(), carry.end(), region.carry(i).begin());
    const WorkItem item =
        chunk_item(loaded.opcode, loaded.tenant, region, chunks[i], offsets[i], i);
    positions.push_back(queue.publish(item).value());
    if (any_order) continue;
    VYRE_CHECK(wait_finished(queue, positions.back()));
    std::copy_n(region.carry(i).begin(), carry.size(), carry.begin());
  }
  for (const u32 position : positions) {
    VYRE_CHECK(wait_finished(queue, position));
    queue.release(position);
  }
}

FileAnswer MachineRun::run(const VerifiedProgram& program, Loaded loaded, std::string_view file,
                           u32 own_bytes, const std::vector<u32>& window,
                           std::optional<ChunkRoom> room,
                           const std::vector<std::string>& resources) {
  const u32 tenant = loaded.tenant;
  loads_->replace({{tenant, resources}});
  VYRE_CHECK(kernel_->write_window(tenant, 0, window));
  const std::vector<FileChunk> chunks = testing::cut_file(file, own_bytes);
  VYRE_CHECK(chunks.size() <= kQueueCapacity);
  std::vector<u64> offsets;
  text_->clear();
  for (const FileChunk& chunk : chunks) offsets.push_back(text_->add(chunk.bytes));
  Region exact;
  if (room) {
    const auto count = static_cast<u32>(chunks.size());
    exact = kernel_
                ->add_region(text_->bytes(), count, room->records, room->output,
                             program.program().io_bytes)
                .value();
  }
  const Region& region = room ? exact : roomy_;
  run_chunks(program, loaded, chunks, offsets, region);
  FileSum sum(program.program());
  for (u32 i = 0; i < chunks.size(); ++i) sum.add(region, i, chunks[i]);
  FileAnswer answer = sum.finish(file.size());
  answer.window.resize(window.size());
  VYRE_CHECK(kernel_->read_window(tenant, 0, answer.window));
  return answer;
}

}  // namespace vyre::oracle
