#include "vir0/automaton_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "base/check.hpp"
#include "base/checked.hpp"
#include "wire/automaton_table.hpp"

namespace vyre::vir0 {
namespace {

using Problem = std::optional<std::string>;
using Bytes = std::span<const std::byte>;

/// Checks may share transitions, so a small table could name a great many: this bounds the time.
constexpr u64 kMaxCheckTransitions = u64{1} << 28;

/// `count` Ts at `offset`, copied out, so that no alignment is assumed of the input.
template <typename T>
std::optional<std::vector<T>> section(Bytes table, u32 offset, u64 count) {
  if (count == 0) return std::vector<T>{};
  if (offset % 4 != 0 || offset < sizeof(wire::AutomatonHeader)) return std::nullopt;
  if (!base::range_fits<u64>(offset, count * sizeof(T), table.size())) return std::nullopt;
  std::vector<T> out(count);
  std::memcpy(out.data(), table.data() + offset, count * sizeof(T));
  return out;
}

Problem classes_problem(const char* of, Bytes table, u32 offset, u32 class_bits) {
  if (class_bits > 8) return fmt::format("{}: {} class bits, at most 8", of, class_bits);
  const auto classes = section<u8>(table, offset, 256);
  if (!classes) return fmt::format("{}: its byte classes at {} lie outside", of, offset);
  for (std::size_t byte = 0; byte < 256; ++byte) {
    if (((*classes)[byte] >> class_bits) != 0) {
      return fmt::format("{}: byte {} has class {}, a row has {}", of, byte, (*classes)[byte],
                         1u << class_bits);
    }
  }
  return std::nullopt;
}

Problem transitions_problem(const char* of, const std::optional<std::vector<u16>>& transitions,
                            u32 class_bits, u32 state_count) {
  if (!transitions) return fmt::format("{}: its transitions lie outside the table", of);
  for (std::size_t i = 0; i < transitions->size(); ++i) {
    if ((*transitions)[i] >= state_count) {
      return fmt::format("{}: state {} goes to {} of {}", of, i >> class_bits, (*transitions)[i],
                         state_count);
    }
  }
  return std::nullopt;
}

Problem states_problem(const char* of, u32 state_count, u32 least) {
  if (state_count < least || state_count > wire::kAutomatonMaxStates) {
    return fmt::format("{}: {} states, must be {} to {}", of, state_count, least,
                       wire::kAutomatonMaxStates);
  }
  return std::nullopt;
}

/// One step of merging: states are alike after n + 1 bytes where all their successors are alike
/// after n. Returns the number of groups.
std::size_t merge_step(const std::vector<u16>& transitions, u32 class_bits,
                       std::vector<u32>& group) {
  const std::size_t width = std::size_t{1} << class_bits;
  std::unordered_map<std::string, u32> rows;
  std::vector<u32> next(group.size());
  std::string row(width * sizeof(u32), '\0');
  for (std::size_t state = 0; state < group.size(); ++state) {
    for (std::size_t c = 0; c < width; ++c) {
      const u32 value = group[transitions[(state << class_bits) + c]];
      std::memcpy(row.data() + c * sizeof value, &value, sizeof value);
    }
    next[state] = rows.try_emplace(row, static_cast<u32>(rows.size())).first->second;
  }
  group.swap(next);
  return rows.size();
}

Problem window_problem(const std::vector<u16>& transitions, const wire::AutomatonHeader& header) {
  std::vector<u32> group(header.state_count);
  for (u32 state = 0; state < header.state_count; ++state) group[state] = state;
  std::size_t groups = group.size();
  for (u32 step = 0; step < header.window && groups > 1; ++step) {
    const std::size_t merged = merge_step(transitions, header.class_bits, group);
    if (merged == groups) break;
    groups = merged;
  }
  if (groups == 1) return std::nullopt;
  return fmt::format("its state depends on more than the last {} bytes", header.window);
}

Problem find_problem(Bytes table, const wire::AutomatonHeader& header) {
  if (auto problem = states_problem("find", header.state_count, 1)) return problem;
  if (header.first_accept > header.state_count) {
    return fmt::format("first accepting state {} of {}", header.first_accept, header.state_count);
  }
  if (auto problem = classes_problem("find", table, header.byte_class_offset, header.class_bits)) {
    return problem;
  }
  const auto transitions = section<u16>(table, header.transitions_offset,
                                        static_cast<u64>(header.state_count) << header.class_bits);
  if (auto problem =
          transitions_problem("find", transitions, header.class_bits, header.state_count)) {
    return problem;
  }
  const auto accept =
      section<u32>(table, header.accept_offset, u64{header.state_count} - header.first_accept + 1);
  if (!accept) return "its accept lists lie outside the table";
  for (std::size_t i = 0; i + 1 < accept->size(); ++i) {
    if ((*accept)[i] > (*accept)[i + 1]) {
      return fmt::format("the accept list of state {} ends before it begins",
                         header.first_accept + i);
    }
  }
  if (accept->back() > header.member_count) {
    return fmt::format("accept lists name {} members of {}", accept->back(), header.member_count);
  }
  return window_problem(*transitions, header);
}

Problem members_problem(Bytes table, const wire::AutomatonHeader& header) {
  const auto members =
      section<wire::AutomatonMember>(table, header.members_offset, header.member_count);
  if (!members) return "its members lie outside the table";
  for (std::size_t i = 0; i < members->size(); ++i) {
    const u32 check = (*members)[i].check;
    if (check != wire::kNoCheck && check >= header.check_count) {
      return fmt::format("member {} names check {} of {}", i, check, header.check_count);
    }
  }
  return std::nullopt;
}

Problem check_problem(Bytes table, const wire::AutomatonCheck& check) {
  if (auto problem = states_problem("check", check.state_count, 2)) return problem;
  if (check.start >= check.state_count) {
    return fmt::format("check: starts in state {} of {}", check.start, check.state_count);
  }
  if (check.limit == 0 || check.limit > wire::kAutomatonMaxLimit) {
    return fmt::format("check: limit {}, must be 1 to {}", check.limit, wire::kAutomatonMaxLimit);
  }
  if (auto problem = classes_problem("check", table, check.byte_class_offset, check.class_bits)) {
    return problem;
  }
  return transitions_problem("check",
                             section<u16>(table, check.transitions_offset,
                                          static_cast<u64>(check.state_count) << check.class_bits),
                             check.class_bits, check.state_count);
}

Problem header_problem(Bytes table, const wire::AutomatonHeader& header) {
  if (header.magic != wire::kAutomatonMagic) return "it does not begin with the magic AUT0";
  if (header.total_bytes != table.size()) {
    return fmt::format("{} bytes, its header says {}", table.size(), header.total_bytes);
  }
  if (header.window == 0 || header.window > wire::kAutomatonMaxWindow) {
    return fmt::format("window {}, must be 1 to {}", header.window, wire::kAutomatonMaxWindow);
  }
  for (const u32 word : header.reserved) {
    if (word != 0) return "a reserved word is not zero";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> automaton_problem(Bytes table) {
  if (table.size() < sizeof(wire::AutomatonHeader) || table.size() > kMaxTableBytes) {
    return fmt::format("{} bytes, must be {} to {}", table.size(), sizeof(wire::AutomatonHeader),
                       kMaxTableBytes);
  }
  wire::AutomatonHeader header{};
  std::memcpy(&header, table.data(), sizeof header);
  if (auto problem = header_problem(table, header)) return problem;
  if (auto problem = find_problem(table, header)) return problem;
  if (auto problem = members_problem(table, header)) return problem;
  const auto checks =
      section<wire::AutomatonCheck>(table, header.checks_offset, header.check_count);
  if (!checks) return "its checks lie outside the table";
  u64 checked = 0;
  for (const auto& check : *checks) {
    if (auto problem = check_problem(table, check)) return problem;
    checked += u64{check.state_count} << check.class_bits;
    if (checked > kMaxCheckTransitions) {
      return fmt::format("its checks have more than {} transitions", kMaxCheckTransitions);
    }
  }
  return std::nullopt;
}

AutomatonCost automaton_cost(Bytes table) {
  wire::AutomatonHeader header{};
  std::memcpy(&header, table.data(), sizeof header);
  const auto accept =
      section<u32>(table, header.accept_offset, u64{header.state_count} - header.first_accept + 1);
  const auto members =
      section<wire::AutomatonMember>(table, header.members_offset, header.member_count);
  const auto checks =
      section<wire::AutomatonCheck>(table, header.checks_offset, header.check_count);
  VYRE_CHECK(accept && members && checks);
  // The lists may share members: sums of the limits up to each member keep the time linear.
  std::vector<u64> steps_before(members->size() + 1);
  for (std::size_t i = 0; i < members->size(); ++i) {
    const u32 check = (*members)[i].check;
    steps_before[i + 1] = steps_before[i] + (check == wire::kNoCheck ? 0 : (*checks)[check].limit);
  }
  AutomatonCost cost;
  for (std::size_t i = 0; i + 1 < accept->size(); ++i) {
    const u32 first = (*accept)[i];
    const u32 last = (*accept)[i + 1];
    cost.members = std::max<u64>(cost.members, last - first);
    cost.check_steps = std::max(cost.check_steps, steps_before[last] - steps_before[first]);
  }
  return cost;
}

}  // namespace vyre::vir0
