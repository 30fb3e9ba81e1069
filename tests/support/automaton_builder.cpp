#include "tests/support/automaton_builder.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstring>
#include <map>

#include "base/check.hpp"

namespace vyre::testing {
namespace {

/// Bytes that no set tells apart share a class.
struct Classes {
  std::array<u8, 256> of{};
  u32 count = 0;
  u32 bits = 0;
};

Classes classify(const std::vector<const ByteString*>& strings) {
  std::map<std::vector<bool>, u8> known;
  Classes classes;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::vector<bool> signature;
    for (const ByteString* string : strings) {
      for (const ByteSet& set : *string) signature.push_back(set[byte]);
    }
    classes.of[byte] = known.try_emplace(signature, static_cast<u8>(known.size())).first->second;
  }
  classes.count = static_cast<u32>(known.size());
  classes.bits = classes.count == 1 ? 0 : static_cast<u32>(std::bit_width(classes.count - 1));
  return classes;
}

u8 byte_of_class(const Classes& classes, u32 wanted) {
  for (std::size_t byte = 0; byte < 256; ++byte) {
    if (classes.of[byte] == wanted) return static_cast<u8>(byte);
  }
  return 0;
}

/// (factor, bytes seen): where in which factors a state stands.
using Positions = std::vector<std::pair<u32, u32>>;

Positions advance(const std::vector<Factor>& factors, const Positions& from, u8 byte) {
  Positions to;
  const auto take = [&](u32 factor, u32 seen) {
    const ByteString& bytes = factors[factor].bytes;
    if (seen < bytes.size() && bytes[seen][byte]) to.emplace_back(factor, seen + 1);
  };
  for (u32 factor = 0; factor < factors.size(); ++factor) take(factor, 0);
  for (const auto& [factor, seen] : from) take(factor, seen);
  std::sort(to.begin(), to.end());
  to.erase(std::unique(to.begin(), to.end()), to.end());
  return to;
}

std::vector<u32> accepted(const std::vector<Factor>& factors, const Positions& state) {
  std::vector<u32> members;
  for (const auto& [factor, seen] : state) {
    if (seen == factors[factor].bytes.size()) members.push_back(factor);
  }
  return members;
}

struct Dfa {
  std::vector<Positions> states;
  /// states.size() * classes.count
  std::vector<u32> next;
};

Dfa determinise(const std::vector<Factor>& factors, const Classes& classes) {
  Dfa dfa;
  std::map<Positions, u32> known{{Positions{}, 0}};
  dfa.states.push_back({});
  for (std::size_t at = 0; at < dfa.states.size(); ++at) {
    for (u32 c = 0; c < classes.count; ++c) {
      Positions to = advance(factors, dfa.states[at], byte_of_class(classes, c));
      const auto [entry, added] = known.try_emplace(to, static_cast<u32>(dfa.states.size()));
      if (added) dfa.states.push_back(std::move(to));
      dfa.next.push_back(entry->second);
    }
  }
  return dfa;
}

/// A table that grows; sections are 4-byte aligned.
class Writer {
 public:
  template <typename T>
  u32 append(const std::vector<T>& values) {
    bytes_.resize((bytes_.size() + 3) & ~std::size_t{3});
    const std::size_t at = bytes_.size();
    bytes_.resize(at + values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(bytes_.data() + at, values.data(), values.size() * sizeof(T));
    return static_cast<u32>(at);
  }
  u32 append(const std::array<u8, 256>& values) {
    return append(std::vector<u8>(values.begin(), values.end()));
  }
  std::vector<std::byte> finish(wire::AutomatonHeader header) {
    header.total_bytes = static_cast<u32>(bytes_.size());
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_ = std::vector<std::byte>(sizeof(wire::AutomatonHeader));
};

/// States 0 reject, 1 accept, then one per byte that has been seen.
wire::AutomatonCheck write_check(Writer& writer, const Follow& follow) {
  const Classes classes = classify({&follow.bytes});
  const u32 length = static_cast<u32>(follow.bytes.size());
  const u32 states = 2 + std::max(length, 1u);
  std::vector<u16> transitions(std::size_t{states} << classes.bits, 0);
  for (u32 c = 0; c < (1u << classes.bits); ++c) transitions[(1u << classes.bits) + c] = 1;
  for (u32 seen = 0; seen < length; ++seen) {
    for (u32 c = 0; c < classes.count; ++c) {
      if (!follow.bytes[seen][byte_of_class(classes, c)]) continue;
      transitions[((2 + seen) << classes.bits) + c] =
          static_cast<u16>(seen + 1 == length ? 1 : 3 + seen);
    }
  }
  return {states,
          classes.bits,
          length == 0 ? 1u : 2u,
          follow.limit,
          writer.append(classes.of),
          writer.append(transitions)};
}

void write_members(Writer& writer, const std::vector<Factor>& factors,
                   const std::vector<std::vector<u32>>& accepting, wire::AutomatonHeader& header) {
  std::vector<wire::AutomatonCheck> checks;
  std::vector<u32> check_of;
  for (const Factor& factor : factors) {
    check_of.push_back(factor.follow ? static_cast<u32>(checks.size()) : wire::kNoCheck);
    if (factor.follow) checks.push_back(write_check(writer, *factor.follow));
  }
  std::vector<u32> accept{0};
  std::vector<wire::AutomatonMember> members;
  for (const auto& list : accepting) {
    for (const u32 factor : list) members.push_back({factors[factor].value, check_of[factor]});
    accept.push_back(static_cast<u32>(members.size()));
  }
  header.accept_offset = writer.append(accept);
  header.member_count = static_cast<u32>(members.size());
  header.members_offset = writer.append(members);
  header.check_count = static_cast<u32>(checks.size());
  header.checks_offset = writer.append(checks);
}

bool matches_at(const ByteString& bytes, std::string_view chunk, std::size_t at) {
  if (bytes.size() > chunk.size() - at) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (!bytes[i][static_cast<u8>(chunk[at + i])]) return false;
  }
  return true;
}

bool follow_holds(const Follow& follow, std::string_view chunk, std::size_t at) {
  for (std::size_t i = 0; i < follow.bytes.size() && i < follow.limit; ++i) {
    if (at + i >= chunk.size()) return true;
    if (!follow.bytes[i][static_cast<u8>(chunk[at + i])]) return false;
  }
  return true;
}

}  // namespace

ByteString literal(std::string_view text, bool fold) {
  ByteString out;
  for (const char c : text) {
    ByteSet set;
    set.set(static_cast<u8>(c));
    if (fold) {
      set.set(static_cast<u8>(std::tolower(static_cast<u8>(c))));
      set.set(static_cast<u8>(std::toupper(static_cast<u8>(c))));
    }
    out.push_back(set);
  }
  return out;
}

std::vector<std::byte> build_automaton(const std::vector<Factor>& factors) {
  std::vector<const ByteString*> strings;
  wire::AutomatonHeader header{};
  header.magic = wire::kAutomatonMagic;
  for (const Factor& factor : factors) {
    VYRE_CHECK(!factor.bytes.empty() && factor.bytes.size() <= wire::kAutomatonMaxWindow);
    strings.push_back(&factor.bytes);
    header.window = std::max(header.window, static_cast<u32>(factor.bytes.size()));
  }
  const Classes classes = classify(strings);
  const Dfa dfa = determinise(factors, classes);
  header.state_count = static_cast<u32>(dfa.states.size());
  VYRE_CHECK(header.state_count <= wire::kAutomatonMaxStates);
  header.class_bits = classes.bits;
  // Accepting states go last, as the format wants.
  std::vector<u32> renumbered(dfa.states.size());
  std::vector<std::vector<u32>> accepting;
  for (std::size_t s = 0; s < dfa.states.size(); ++s) {
    if (accepted(factors, dfa.states[s]).empty()) renumbered[s] = header.first_accept++;
  }
  for (std::size_t s = 0; s < dfa.states.size(); ++s) {
    const auto members = accepted(factors, dfa.states[s]);
    if (members.empty()) continue;
    renumbered[s] = header.first_accept + static_cast<u32>(accepting.size());
    accepting.push_back(members);
  }
  std::vector<u16> transitions(dfa.states.size() << classes.bits, 0);
  for (std::size_t s = 0; s < dfa.states.size(); ++s) {
    for (u32 c = 0; c < classes.count; ++c) {
      transitions[(std::size_t{renumbered[s]} << classes.bits) + c] =
          static_cast<u16>(renumbered[dfa.next[s * classes.count + c]]);
    }
  }
  Writer writer;
  header.byte_class_offset = writer.append(classes.of);
  header.transitions_offset = writer.append(transitions);
  write_members(writer, factors, accepting, header);
  return writer.finish(header);
}

std::vector<wire::Record> naive_matches(const std::vector<Factor>& factors, std::string_view chunk,
                                        std::size_t own_begin, std::size_t own_end) {
  std::vector<wire::Record> out;
  for (std::size_t at = 0; at < chunk.size(); ++at) {
    for (const Factor& factor : factors) {
      const std::size_t end = at + factor.bytes.size();
      if (end <= own_begin || end > own_end || !matches_at(factor.bytes, chunk, at)) continue;
      if (factor.follow && !follow_holds(*factor.follow, chunk, end)) continue;
      out.push_back({static_cast<u32>(end - 1), factor.value});
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace vyre::testing
