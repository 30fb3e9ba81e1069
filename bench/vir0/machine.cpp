#include "machine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "backend/cpu/cpu_backend.hpp"
#include "fail.hpp"
#include "vir0/result_combine.hpp"

namespace vyre::bench {
namespace {

constexpr u32 kWindowWords = 64;
constexpr u32 kRecordCapacity = 65536;

}  // namespace

Machine::Machine(const VerifiedProgram& program, backend::CpuLevel level)
    : combines_(vir0::result_combines(program.program())),
      backend_(expect(backend::make_cpu_backend({.workers = 1}))),
      entries_(kernel::kMaxProgramsPerTenant),
      store_(entries_.data(), kWindowWords, *backend_),
      platform_(doorbell_, level),
      scratch_(std::make_unique<kernel::WorkerScratch>()),
      outcome_memory_(expect(backend_->allocate_shared(sizeof(wire::OutcomeHeader) +
                                                kRecordCapacity * sizeof(wire::Record)))),
      window_(kWindowWords) {
  expect(store_.load(program, 0));
}

u64 Machine::run_chunk(std::span<const u8> file, u64 begin) {
  const u64 chunk_begin = begin - std::min<u64>(begin, kHaloBytes);
  const u64 own_end = std::min<u64>(begin + kChunkBytes, file.size());
  const u64 chunk_end = std::min<u64>(own_end + kHaloBytes, file.size());
  const kernel::Chunk chunk{file.data() + chunk_begin,
                            static_cast<u32>(chunk_end - chunk_begin),
                            static_cast<u32>(begin - chunk_begin),
                            static_cast<u32>(own_end - chunk_begin),
                            chunk_begin,
                            &outcome(),
                            records(),
                            kRecordCapacity,
                            nullptr,
                            0,
                            window_.data(),
                            kWindowWords};
  const kernel::SlotResult result = platform_.run_chunk(kernel::HostGroup{}, entries_[0].view,
                                                        chunk, scratch_->registers, scratch_->sink);
  if (result.fault_code != 0) {
    fail(fmt::format("fault {} at instruction {}", result.fault_code, result.fault_detail));
  }
  return chunk_begin;
}

void Machine::take_outcome(Answer& answer, u64 chunk_begin) {
  const wire::OutcomeHeader& header = outcome();
  if (header.record_count > kRecordCapacity) {
    fail(
        fmt::format("{} records in a chunk, which keeps {}", header.record_count, kRecordCapacity));
  }
  for (std::size_t i = 0; i < combines_.size(); ++i) {
    answer.words[i] = vir0::combine(combines_[i], answer.words[i], header.results[i]);
  }
  const wire::Record* const first = records();
  for (const wire::Record* record = first; record < first + header.record_count; ++record) {
    answer.records.push_back({chunk_begin + record->offset, record->value});
  }
}

Answer Machine::run(std::span<const u8> file) {
  Answer answer;
  for (const Combine kind : combines_) answer.words.push_back(vir0::identity(kind));
  std::fill(std::begin(outcome().carry), std::end(outcome().carry), 0);
  u64 begin = 0;
  do {
    take_outcome(answer, run_chunk(file, begin));
    begin += kChunkBytes;
  } while (begin < file.size());
  for (std::size_t i = 0; i < combines_.size(); ++i) {
    answer.words[i] = vir0::finish(combines_[i], answer.words[i], file.size());
  }
  return answer;
}

}  // namespace vyre::bench
