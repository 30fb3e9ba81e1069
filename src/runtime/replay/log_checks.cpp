#include "runtime/replay/log_checks.hpp"

#include <fmt/format.h>

#include <climits>

#include "base/checked.hpp"
#include "vyre/backend.hpp"
#include "wire/control.hpp"
#include "wire/io_slot.hpp"

namespace vyre::runtime::replay {
namespace {

// What a session takes (SessionOptions).
constexpr u32 kMostRings = 256;
constexpr u32 kMostSlots = 64;
constexpr u32 kLeastSlotBytes = 32u << 10;
constexpr u32 kMostSlotBytes = 64u << 20;
constexpr u32 kMostWindowWords = 1u << 20;

bool is_sound(const SessionRecord& session) {
  return session.rings >= 1 && session.rings <= kMostRings && session.slots_per_ring >= 1 &&
         session.slots_per_ring <= kMostSlots && session.slot_bytes >= kLeastSlotBytes &&
         session.slot_bytes <= kMostSlotBytes && session.slot_bytes % 4096 == 0 &&
         session.window_words >= 1 && session.window_words <= kMostWindowWords &&
         (session.backend_kind == static_cast<u32>(BackendKind::kCpu) ||
          session.backend_kind == static_cast<u32>(BackendKind::kCuda));
}

/// What the host may answer; an errno stands above the low byte.
bool is_answer(u32 status) {
  switch (static_cast<wire::IoStatus>(status)) {
    case wire::IoStatus::kOk:
    case wire::IoStatus::kUnknownResource:
    case wire::IoStatus::kOutOfRange:
    case wire::IoStatus::kCancelled:
      return true;
    default:
      return (status & 0xFF) == static_cast<u32>(wire::IoStatus::kFailed);
  }
}

}  // namespace

std::string what_is_wrong(const SessionRecord& session) {
  return is_sound(session) ? std::string() : "no session has this geometry";
}

std::string what_is_wrong(const ResourceRecord& resource, std::size_t resources) {
  if (resource.tenant >= wire::kMaxTenants) return "there is no such tenant";
  if (resource.handle != resources || resource.handle >= wire::kMaxResourcesPerTenant) {
    return fmt::format("resource {} of a tenant that has {}", resource.handle, resources);
  }
  if (resource.file.path.size() >= PATH_MAX) {
    return fmt::format("a resource has a path of {} bytes", resource.file.path.size());
  }
  return {};
}

std::string what_is_wrong(const SlotRecord& slot, const SessionRecord& session) {
  namespace argument = wire::chunk_argument;
  if (slot.ring >= session.rings || slot.arguments[argument::kOutcome] >= session.slots_per_ring) {
    return fmt::format("slot {} of ring {} has a place that the session has not", slot.number,
                       slot.ring);
  }
  const u32 length = slot.arguments[argument::kLength];
  if (length > session.slot_bytes) {
    return fmt::format("slot {} has {} bytes of {}", slot.number, length, session.slot_bytes);
  }
  for (const InputExtent& extent : slot.extents) {
    if (!base::range_fits(extent.slot_offset, extent.length, length)) {
      return fmt::format("slot {} of {} bytes has {} bytes at {}", slot.number, length,
                         extent.length, extent.slot_offset);
    }
    if (extent.file.path.size() >= PATH_MAX) {
      return fmt::format("slot {} has a path of {} bytes", slot.number, extent.file.path.size());
    }
  }
  return {};
}

std::string what_is_wrong(const LoadRecord& load, u32 most_bytes) {
  const bool ok = load.status == static_cast<u32>(wire::IoStatus::kOk);
  if (most_bytes == 0) return "a load by a program that does not load";
  if (load.length > most_bytes) {
    return fmt::format("load {} of slot {} is of {} bytes, where the program may ask for {}",
                       load.load, load.number, load.length, most_bytes);
  }
  if (!is_answer(load.status)) {
    return fmt::format("load {} of slot {} has the status {}", load.load, load.number, load.status);
  }
  if (!load.bytes.empty() && (!ok || load.bytes.size() != load.length)) {
    return fmt::format("load {} of slot {} has {} bytes of {}", load.load, load.number,
                       load.bytes.size(), ok ? load.length : 0);
  }
  return {};
}

}  // namespace vyre::runtime::replay
