#include "tests/simulation/protocol_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kernel/chunk.hpp"
#include "tests/simulation/hash_bytes.hpp"
#include "tests/simulation/violation.hpp"
#include "wire/fault.hpp"

namespace vyre::simulation {
namespace {

using wire::SlotStatus;

u32 index_of(const void* word, const void* first, std::size_t stride) {
  return static_cast<u32>(static_cast<std::size_t>(static_cast<const std::byte*>(word) -
                                                   static_cast<const std::byte*>(first)) /
                          stride);
}

}  // namespace

std::string slot_name(u32 band, u32 position) {
  return fmt::format("queue {} band {} position {}", kernel::queue_of(band), kernel::band_of(band),
                     position);
}

void ProtocolCheck::learn(const kernel::Context& context) {
  context_ = &context;
  published_.resize(context.queue_count);
  bands_.resize(std::size_t{context.queue_count} * wire::kBands);
  for (u32 i = 0; i < bands_.size(); ++i) {
    bands_[i].view = context.queues + i;
    bands_[i].slots.resize(context.queues[i].capacity);
  }
}

void ProtocolCheck::after_write(const u32* word, u32 previous, u32 value) {
  if (context_ == nullptr) return;
  if (word == context_->worker_control + wire::control::kEpoch) return on_epoch(previous, value);
  for (u32 band = 0; band < bands_.size(); ++band) {
    const kernel::QueueView& view = *bands_[band].view;
    if (word == view.tail) return on_tail(band, value);
    if (word == &view.state->head) return on_head(band, value);
    const auto* const slots = reinterpret_cast<const u32*>(view.slots);
    if (word >= slots && word < slots + u64{view.capacity} * wire::kSlotWords) {
      const u32 index = index_of(word, slots, sizeof(wire::WorkSlot));
      if (word == &view.slots[index].status) on_status(band, index, value);
      return;
    }
    const auto* const turns = reinterpret_cast<const u32*>(view.turns);
    if (word >= turns && word < reinterpret_cast<const u32*>(view.turns + view.capacity)) {
      const u32 index = index_of(word, turns, sizeof(kernel::SlotTurn));
      if (word == &view.turns[index].claimed) on_ticket(band, index, value);
      if (word == &view.turns[index].finished) on_left(band, index, value);
      return;
    }
  }
}

void ProtocolCheck::on_status(u32 band, u32 index, u32 value) {
  switch (static_cast<SlotStatus>(value)) {
    case SlotStatus::kPublished:
      return on_published(band, index);
    case SlotStatus::kClaimed:
      return on_claimed(band, index);
    case SlotStatus::kWaitIo:
      return on_parked(band, index);
    case SlotStatus::kDone:
      return on_finished(band, index, false);
    case SlotStatus::kFault:
      return on_finished(band, index, true);
    case SlotStatus::kEmpty:
      return on_released(band, index);
    default:
      violate("slot-goes-its-round", fmt::format("view {} slot {}: status {}", band, index, value));
  }
}

void ProtocolCheck::on_published(u32 band, u32 index) {
  Band& in = bands_[band];
  Mirror& slot = in.slots[index];
  const u32 position = in.published++;
  const u32 order = published_[kernel::queue_of(band)]++;
  if (slot.status != SlotStatus::kEmpty || (position & (in.view->capacity - 1)) != index) {
    violate("no-slot-lost", slot_name(band, position) + " is published over another");
  }
  slot = {.status = SlotStatus::kPublished,
          .position = position,
          .order = order,
          .body = in.view->slots[index]};
  if (!is_program(slot)) {
    ++coverage_.builtin_slots;
    return;
  }
  ++coverage_.program_slots;
  lost_chunks_.check_published(chunk_of(slot), outcome_of(slot), slot_name(band, position));
  const auto chunk = std::as_bytes(chunk_of(slot));
  slot.bytes_hash = hash_bytes(chunk.data(), chunk.size());
  if (read_in_flight && read_in_flight(chunk)) {
    violate("published-after-its-reads",
            slot_name(band, position) + ": a read into it is in flight");
  }
}

void ProtocolCheck::check_body(u32 band, u32 index, const char* when) const {
  const Mirror& slot = bands_[band].slots[index];
  const wire::WorkSlot& now = bands_[band].view->slots[index];
  if (now.opcode == slot.body.opcode && now.tenant == slot.body.tenant &&
      std::equal(std::begin(now.arguments), std::end(now.arguments),
                 std::begin(slot.body.arguments))) {
    return;
  }
  violate("body-before-status",
          slot_name(band, slot.position) + " changed after PUBLISHED, " + when);
}

void ProtocolCheck::on_tail(u32 band, u32 value) {
  Band& in = bands_[band];
  if (static_cast<std::int32_t>(value - in.tail) < 0 ||
      static_cast<std::int32_t>(value - in.published) > 0) {
    violate("tail-after-slot", fmt::format("view {}: the tail says {}, {} slots are published",
                                           band, value, in.published));
  }
  for (u32 p = in.tail; p != value; ++p) {
    const Mirror& slot = in.slots[p & (in.view->capacity - 1)];
    if (slot.position == p && slot.status == SlotStatus::kPublished) {
      check_body(band, p & (in.view->capacity - 1), "when the tail showed it");
    }
  }
  in.tail = value;
}

// The host grants in all what the claimers count in all.
void ProtocolCheck::check_quota(u32 band, const Mirror& slot) {
  const u32 tenant = slot.body.tenant;
  if (tenant >= claims_.size()) return;
  const u32 claims = ++claims_[tenant];
  const u32* const words = context_->host_control;
  const u32 mask = words[wire::control::kTenantMasks + tenant];
  const u32 quota = words[wire::control::kQuotas + tenant];
  if ((mask & wire::tenant_mask::kSlotQuota) == 0) return;
  if (static_cast<std::int32_t>(claims - quota) > 0) {
    violate("quota-kept", fmt::format("{}: tenant {} has {} of {} slots",
                                      slot_name(band, slot.position), tenant, claims, quota));
  }
}

void ProtocolCheck::on_ticket(u32 band, u32 index, u32 value) {
  Band& in = bands_[band];
  Mirror& slot = in.slots[index];
  const u32 position = value - 1;
  if (slot.status != SlotStatus::kPublished || slot.position != position || slot.claimed != 0) {
    violate("claimed-once",
            slot_name(band, position) + " is claimed, but is not there to be claimed");
  }
  slot.claimed = 1;
  check_quota(band, slot);
}

void ProtocolCheck::on_parked(u32 band, u32 index) {
  Mirror& slot = bands_[band].slots[index];
  const bool loads =
      is_program(slot) || slot.body.opcode == static_cast<u32>(wire::Opcode::kLoadMiss);
  if (slot.status != SlotStatus::kClaimed || !loads) {
    violate("slot-goes-its-round",
            slot_name(band, slot.position) + " waits, but was not taken to load");
  }
  slot.status = SlotStatus::kWaitIo;
  ++coverage_.parked_slots;
}

void ProtocolCheck::on_claimed(u32 band, u32 index) {
  Mirror& slot = bands_[band].slots[index];
  if (slot.status == SlotStatus::kWaitIo) {
    check_body(band, index, "when a worker took it up again");
    slot.status = SlotStatus::kClaimed;
    return;
  }
  if (slot.status != SlotStatus::kPublished || slot.claimed != 1) {
    violate("executed-once",
            slot_name(band, slot.position) + " is taken again, or without a claim");
  }
  check_body(band, index, "when a worker took it");
  if (is_fence(slot) && !fence_is_ready(band, slot)) ++coverage_.parked_fences;
  slot.status = SlotStatus::kClaimed;
}

void ProtocolCheck::on_head(u32 band, u32 value) {
  Band& in = bands_[band];
  const u32 passed = value - 1;
  const Mirror& slot = in.slots[passed & (in.view->capacity - 1)];
  const bool claimed = static_cast<std::int32_t>(passed - in.published) < 0 &&
                       (slot.position != passed || slot.claimed != 0);
  if (value != in.head + 1 || !claimed) {
    violate("head-after-claim", slot_name(band, passed) + " is passed over unclaimed");
  }
  in.head = value;
}

void ProtocolCheck::on_finished(u32 band, u32 index, bool fault) {
  Band& in = bands_[band];
  Mirror& slot = in.slots[index];
  if (slot.status != SlotStatus::kClaimed) {
    violate("executed-once", slot_name(band, slot.position) + " ends without having been taken");
  }
  slot.status = fault ? SlotStatus::kFault : SlotStatus::kDone;
  slot.finished_at = scheduler_.now();
  ++finished_slots_;
  if (fault) ++faulted_slots_;
  if (static_cast<std::int32_t>(slot.position - in.newest_finished) < 0) {
    ++coverage_.slots_out_of_order;
  }
  in.newest_finished = std::max(in.newest_finished, slot.position);
  if (is_fence(slot)) {
    ++coverage_.fences;
    if (!fence_is_ready(band, slot) || counted_fences_-- == 0) {
      violate("epoch-exact",
              slot_name(band, slot.position) + " ends early, or without being counted");
    }
  }
  if (is_program(slot)) {
    check_program(band, index, fault);
    if (fault) ++coverage_.program_faults;
  } else if (fault) {
    ++coverage_.builtin_faults;
  }
  slot.body = in.view->slots[index];
}

void ProtocolCheck::check_program(u32 band, u32 index, bool fault) {
  Mirror& slot = bands_[band].slots[index];
  const auto chunk = chunk_of(slot);
  const std::string where = slot_name(band, slot.position);
  if (hash_bytes(chunk.data(), chunk.size()) != slot.bytes_hash) {
    violate("bytes-stay-while-owned", where + ": its chunk changed while the workers had it");
  }
  if (oracle == nullptr) return;
  const kernel::RegionEntry& region =
      context_->regions[slot.body.arguments[wire::chunk_argument::kRegion]];
  const ExpectedOutcome expected =
      oracle->expect(slot.body.opcode, chunk, slot.body.arguments[wire::chunk_argument::kOwnBegin],
                     slot.body.arguments[wire::chunk_argument::kOwnEnd], region.record_capacity);
  const wire::OutcomeHeader& outcome = *outcome_of(slot);
  const wire::WorkSlot& now = bands_[band].view->slots[index];
  const u32 code = fault ? now.arguments[wire::kFaultCodeArgument] : 0;
  if (code == static_cast<u32>(wire::FaultCode::kWorkerLost)) return on_lost(slot);
  // Of two reasons the worker may have seen the first, before the host wrote the other.
  const bool by_host = code == static_cast<u32>(wire::FaultCode::kCancelled) ||
                       code == static_cast<u32>(wire::FaultCode::kDeadlineExceeded);
  if (by_host && bands_[band].view->turns[index].cancelled != 0) {
    return on_cancelled(slot, static_cast<wire::FaultCode>(code));
  }
  if (code != expected.fault_code.value_or(0) || outcome.fault_code != code) {
    violate("outcome-whole-before-status",
            fmt::format("{}: fault {} in the slot, {} in the outcome, {} expected", where, code,
                        outcome.fault_code, expected.fault_code.value_or(0)));
  }
  slot.outcome_hash = hash_of_outcome(slot);
  if (fault) return;
  const auto* const records = reinterpret_cast<const wire::Record*>(&outcome + 1);
  if (outcome.record_count != expected.record_count ||
      !std::equal(expected.records.begin(), expected.records.end(), records)) {
    violate("outcome-whole-before-status",
            fmt::format("{}: {} records, {} expected", where, outcome.record_count,
                        expected.record_count));
  }
  if (outcome.record_count > region.record_capacity) ++coverage_.overflowed_outcomes;
  if (expected.result && (outcome.result_count != 1 || outcome.results[0] != *expected.result)) {
    violate("outcome-whole-before-status",
            fmt::format("{}: result {}, {} expected", where, outcome.results[0], *expected.result));
  }
}

// As the host wanted it: the outcome is that of the tiles before.
void ProtocolCheck::on_cancelled(Mirror& slot, wire::FaultCode reason) {
  slot.outcome_hash = hash_of_outcome(slot);
  ++coverage_.cancelled_slots;
  if (reason == wire::FaultCode::kDeadlineExceeded) ++coverage_.overdue_slots;
}

void ProtocolCheck::on_lost(Mirror& slot) {
  slot.lost = true;
  lost_chunks_.lose(chunk_of(slot), outcome_of(slot));
}

void ProtocolCheck::on_released(u32 band, u32 index) {
  Mirror& slot = bands_[band].slots[index];
  if (slot.status != SlotStatus::kDone && slot.status != SlotStatus::kFault) {
    violate("no-slot-lost",
            slot_name(band, slot.position) + " is taken back before it is finished");
  }
  check_body(band, index, "and after it was finished");
  if (is_program(slot) && oracle != nullptr && !slot.lost &&
      hash_of_outcome(slot) != slot.outcome_hash) {
    violate("outcome-whole-before-status", slot_name(band, slot.position) + " changed after DONE");
  }
  slot.status = SlotStatus::kEmpty;
}

void ProtocolCheck::on_left(u32 band, u32 index, u32 value) {
  const Mirror& slot = bands_[band].slots[index];
  const bool unfinished = is_unfinished(slot.status);
  if (slot.position == value - 1 && unfinished) {
    violate("executed-once", slot_name(band, value - 1) + " is left before it is finished");
  }
}

std::span<const ProtocolCheck::Band> ProtocolCheck::bands_of(u32 queue) const {
  return std::span(bands_).subspan(std::size_t{queue} * wire::kBands, wire::kBands);
}

bool ProtocolCheck::fence_is_ready(u32 band, const Mirror& fence) const {
  const auto is_awaited = [&fence](const Mirror& slot) {
    const bool unfinished = is_unfinished(slot.status);
    const bool earlier = static_cast<std::int32_t>(slot.order - fence.order) < 0;
    return unfinished && earlier && slot.body.tenant == fence.body.tenant;
  };
  const auto bands = bands_of(kernel::queue_of(band));
  return std::none_of(bands.begin(), bands.end(), [&](const Band& each) {
    return std::any_of(each.slots.begin(), each.slots.end(), is_awaited);
  });
}

void ProtocolCheck::on_epoch(u32 previous, u32 value) {
  if (value != previous + 1) violate("epoch-exact", fmt::format("{} to {}", previous, value));
  ++counted_fences_;
  u32 ready = 0;
  for (u32 band = 0; band < bands_.size(); ++band) {
    for (const Mirror& slot : bands_[band].slots) {
      const bool fence = slot.status == SlotStatus::kClaimed && is_fence(slot);
      if (fence && fence_is_ready(band, slot)) ++ready;
    }
  }
  if (counted_fences_ > ready) {
    violate("epoch-exact", fmt::format("epoch {}: {} fences are counted that have not ended, {} "
                                       "have no unfinished slot before them",
                                       value, counted_fences_, ready));
  }
}

bool ProtocolCheck::is_fence(const Mirror& slot) {
  return slot.body.opcode == static_cast<u32>(wire::Opcode::kBatchFence);
}

bool ProtocolCheck::is_program(const Mirror& slot) const {
  return slot.body.opcode >= wire::kUserOpcodeBase &&
         slot.body.opcode < wire::kUserOpcodeBase + wire::kMaxTenants * wire::kUserOpcodeWindow;
}

std::span<const u8> ProtocolCheck::chunk_of(const Mirror& slot) const {
  namespace argument = wire::chunk_argument;
  const u32* const arguments = slot.body.arguments;
  const kernel::RegionEntry& region = context_->regions[arguments[argument::kRegion]];
  const u64 offset =
      kernel::join_words(arguments[argument::kDataOffsetLow], arguments[argument::kDataOffsetHigh]);
  return {region.data + offset, arguments[argument::kLength]};
}

const wire::OutcomeHeader* ProtocolCheck::outcome_of(const Mirror& slot) const {
  namespace argument = wire::chunk_argument;
  const kernel::RegionEntry& region = context_->regions[slot.body.arguments[argument::kRegion]];
  return reinterpret_cast<const wire::OutcomeHeader*>(
      region.outcomes + slot.body.arguments[argument::kOutcome] * region.outcome_stride);
}

u64 ProtocolCheck::hash_of_outcome(const Mirror& slot) const {
  const wire::OutcomeHeader& outcome = *outcome_of(slot);
  const kernel::RegionEntry& region =
      context_->regions[slot.body.arguments[wire::chunk_argument::kRegion]];
  u64 hash = hash_bytes(&outcome, 64);
  hash = hash_bytes(outcome.results, outcome.result_count * sizeof(u64), hash);
  if (outcome.record_count > region.record_capacity) return hash;
  return hash_bytes(&outcome + 1, outcome.record_count * sizeof(wire::Record), hash);
}

}  // namespace vyre::simulation
