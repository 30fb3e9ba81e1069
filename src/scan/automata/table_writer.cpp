#include "scan/automata/table_writer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "base/check.hpp"
#include "base/checked.hpp"
#include "wire/automaton_table.hpp"

namespace vyre::scan {
namespace {

u32 class_bits(u32 class_count) { return static_cast<u32>(std::bit_width(class_count - 1)); }

class TableWriter {
 public:
  TableWriter() { bytes_.resize(sizeof(wire::AutomatonHeader)); }

  template <typename T>
  u32 append(std::span<const T> values) {
    bytes_.resize(base::align_up<std::size_t>(bytes_.size(), 4));
    const std::size_t offset = bytes_.size();
    bytes_.resize(offset + values.size_bytes());
    if (!values.empty()) std::memcpy(bytes_.data() + offset, values.data(), values.size_bytes());
    VYRE_CHECK(bytes_.size() <= 0xFFFFFFFF);
    return static_cast<u32>(offset);
  }

  u32 append_classes(const Dfa& dfa) { return append(std::span<const u8>(dfa.byte_class)); }

  /// The rows widened to a power of two; classes that no byte has lead to state 0.
  u32 append_transitions(const Dfa& dfa) {
    const u32 width = 1u << class_bits(dfa.class_count);
    std::vector<u16> rows(std::size_t{dfa.state_count()} * width);
    for (u32 state = 0; state < dfa.state_count(); ++state) {
      std::ranges::transform(dfa.row(state), rows.begin() + std::ptrdiff_t{state} * width,
                             [](u32 target) { return static_cast<u16>(target); });
    }
    return append(std::span<const u16>(rows));
  }

  std::vector<std::byte> finish(wire::AutomatonHeader header) {
    bytes_.resize(base::align_up<std::size_t>(bytes_.size(), 4));
    header.total_bytes = static_cast<u32>(bytes_.size());
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
};

/// The members of all accepting states, and the checks that they name, renumbered for this table.
struct Members {
  explicit Members(const TableInput& input) {
    for (const std::vector<u32>& patterns : input.find.patterns) {
      first.push_back(static_cast<u32>(members.size()));
      for (const u32 pattern : patterns) {
        members.push_back({pattern, local(input.check_of_pattern[pattern])});
      }
    }
    first.push_back(static_cast<u32>(members.size()));
  }

  std::vector<u32> first;
  std::vector<wire::AutomatonMember> members;
  std::vector<u32> checks;

 private:
  u32 local(u32 check) {
    if (check == wire::kNoCheck) return wire::kNoCheck;
    const auto [place, inserted] = local_.try_emplace(check, static_cast<u32>(checks.size()));
    if (inserted) checks.push_back(check);
    return place->second;
  }
  std::unordered_map<u32, u32> local_;
};

}  // namespace

std::vector<std::byte> write_table(const TableInput& input) {
  const Dfa& dfa = input.find.dfa;
  VYRE_CHECK(dfa.state_count() <= wire::kAutomatonMaxStates && dfa.start == 0);
  const Members members(input);
  TableWriter writer;
  wire::AutomatonHeader header{};
  header.magic = wire::kAutomatonMagic;
  header.window = input.find.window;
  header.state_count = dfa.state_count();
  header.class_bits = class_bits(dfa.class_count);
  header.first_accept = input.find.first_accept;
  header.byte_class_offset = writer.append_classes(dfa);
  header.transitions_offset = writer.append_transitions(dfa);
  header.accept_offset = writer.append(std::span<const u32>(members.first));
  header.member_count = static_cast<u32>(members.members.size());
  header.members_offset = writer.append(std::span<const wire::AutomatonMember>(members.members));
  header.check_count = static_cast<u32>(members.checks.size());
  std::vector<wire::AutomatonCheck> checks;
  for (const u32 id : members.checks) {
    const Dfa& check = input.checks[id];
    VYRE_CHECK(check.state_count() <= wire::kAutomatonMaxStates);
    checks.push_back({check.state_count(), class_bits(check.class_count), check.start,
                      input.check_limit, writer.append_classes(check),
                      writer.append_transitions(check)});
  }
  header.checks_offset = writer.append(std::span<const wire::AutomatonCheck>(checks));
  return writer.finish(header);
}

}  // namespace vyre::scan
