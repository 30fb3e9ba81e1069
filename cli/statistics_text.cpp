#include "cli/statistics_text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace vyre::cli {
namespace {

std::array<std::pair<const char*, std::uint32_t>, 12> named(const OpcodeCounts& counts) {
  return {{{"program", counts.programs},
           {"fault", counts.faults},
           {"NOP", counts.builtin[0]},
           {"STORE_U32", counts.builtin[1]},
           {"ATOMIC_ADD", counts.builtin[2]},
           {"LOAD_U32", counts.builtin[3]},
           {"COMPARE_SWAP", counts.builtin[4]},
           {"MEMCPY", counts.builtin[5]},
           {"DFA_STEP", counts.builtin[6]},
           {"BATCH_FENCE", counts.builtin[7]},
           {"PRINTF", counts.printf},
           {"PACKED_SLOT", counts.packed_slots}}};
}

}  // namespace

std::string byte_text(double bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  if (unit == 0) return fmt::format("{:.0f} B", bytes);
  return fmt::format("{:.{}f} {}", bytes, bytes < 9.995 ? 2 : bytes < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string byte_text(std::uint64_t bytes) { return byte_text(static_cast<double>(bytes)); }

std::string rate_text(double bytes, double seconds) {
  return byte_text(seconds > 0 ? bytes / seconds : 0) + "/s";
}

double seconds_of(std::uint64_t nanoseconds) noexcept {
  return static_cast<double>(nanoseconds) / 1e9;
}

std::string backend_line(const BackendDescription& backend) {
  std::string text = "backend     " + backend.name;
  if (!backend.uuid.empty()) text += ", " + backend.uuid;
  if (!backend.reason.empty()) text += "; not cuda: " + backend.reason;
  return text + "\n";
}

nlohmann::ordered_json backend_json(const BackendDescription& backend) {
  nlohmann::ordered_json object{{"kind", backend.kind == BackendKind::kCuda ? "cuda" : "cpu"},
                                {"name", backend.name}};
  if (!backend.uuid.empty()) object["uuid"] = backend.uuid;
  if (!backend.reason.empty()) object["reason"] = backend.reason;
  return object;
}

std::string threads_line(const SessionStatistics& session) {
  return fmt::format("threads     {} rings of {} slots of {}, {} workers; {} in huge pages\n",
                     session.rings, session.slots_per_ring,
                     byte_text(std::uint64_t{session.slot_bytes}), session.workers,
                     byte_text(session.huge_page_bytes));
}

std::string opcodes_line(const OpcodeCounts& counts) {
  std::string list;
  for (const auto& [name, count] : named(counts)) {
    if (count != 0) list += fmt::format("{}{} {}", list.empty() ? "" : ", ", count, name);
  }
  return "slots       " + (list.empty() ? "none" : list) + "\n";
}

nlohmann::ordered_json opcodes_json(const OpcodeCounts& counts) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, count] : named(counts)) {
    if (count != 0) object[name] = count;
  }
  return object;
}

std::string recovery_line(const SessionStatistics& session) {
  if (session.lost_workers == 0 && session.overdue_chunks == 0) return {};
  return fmt::format(
      "recovered   {} workers replaced, {} chunks run again, {} given up; {} over the deadline\n",
      session.lost_workers, session.repeated_chunks, session.given_up_chunks,
      session.overdue_chunks);
}

void add_recovery(nlohmann::ordered_json& object, const SessionStatistics& session) {
  object["lost_workers"] = session.lost_workers;
  object["repeated_chunks"] = session.repeated_chunks;
  object["given_up_chunks"] = session.given_up_chunks;
  object["overdue_chunks"] = session.overdue_chunks;
}

std::string loss_warning(const SessionStatistics& session) {
  if (session.lost_workers == 0) return {};
  return fmt::format("{}; {}, and {} chunks ran once more", session.first_loss,
                     session.lost_workers == 1
                         ? std::string("another took its place")
                         : fmt::format("{} workers in all were replaced", session.lost_workers),
                     session.repeated_chunks);
}

std::string time_lines(const SessionStatistics& session, std::string_view consuming) {
  return fmt::format(
      "time        per ring thread, summed: feed {:.3f} s, ingest {:.3f} s, {} {:.3f} s, wait "
      "{:.3f} s\n            per slot, summed: program {:.3f} s\n",
      seconds_of(session.feed_nanoseconds), seconds_of(session.ingest_nanoseconds), consuming,
      seconds_of(session.consumer_nanoseconds), seconds_of(session.wait_nanoseconds),
      seconds_of(session.program_nanoseconds));
}

}  // namespace vyre::cli
