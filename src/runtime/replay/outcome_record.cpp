#include "runtime/replay/outcome_record.hpp"

#include <algorithm>

#include "runtime/fault_text.hpp"
#include "vir0/content_hash.hpp"

namespace vyre::runtime::replay {

OutcomeRecord outcome_record(const backend::Region& region, u32 index, u32 carry_words,
                             const SlotFault* fault) {
  OutcomeRecord outcome;
  const wire::OutcomeHeader& header = region.outcome(index);
  if (fault != nullptr) {
    outcome.status = static_cast<u32>(wire::SlotStatus::kFault);
    outcome.fault_code = fault->code;
    outcome.fault_detail = fault->detail;
    // A slot that no program could run on has written no outcome.
    if (is_program_fault(static_cast<wire::FaultCode>(fault->code))) {
      outcome.fault_tile = header.fault_tile;
      outcome.tiles = header.tiles;
    }
    return outcome;
  }
  outcome.status = static_cast<u32>(wire::SlotStatus::kDone);
  outcome.tiles = header.tiles;
  outcome.fuel = header.fuel;
  outcome.record_count = header.record_count;
  const auto records = region.records(index);
  outcome.records = vir0::hash_content(std::as_bytes(records));
  const auto kept = records.first(std::min<std::size_t>(records.size(), kKeptRecords));
  outcome.first_records.assign(kept.begin(), kept.end());
  const auto results = region.results(index);
  outcome.results.assign(results.begin(), results.end());
  const auto carry = region.carry(index).first(carry_words);
  outcome.carry.assign(carry.begin(), carry.end());
  outcome.output_bytes = header.output_bytes;
  outcome.output = vir0::hash_content(region.output(index));
  return outcome;
}

bool is_fault(const OutcomeRecord& outcome) noexcept {
  return outcome.status == static_cast<u32>(wire::SlotStatus::kFault);
}

bool is_the_programs(const OutcomeRecord& outcome) noexcept {
  return !is_fault(outcome) || is_program_fault(static_cast<wire::FaultCode>(outcome.fault_code));
}

}  // namespace vyre::runtime::replay
