#include "scan/checkpoint/command_identity.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "scan/checkpoint/record_bytes.hpp"
#include "scan/report/text_format.hpp"

namespace vyre::scan {
namespace {

// Longer values would make of the first record more than one page, and of an error too long a line.
constexpr std::size_t kLongestValue = 120;

}  // namespace

void CommandIdentity::add(std::string_view name, std::string_view value) {
  std::string kept;
  append_escaped(kept, value);
  if (kept.size() > kLongestValue) {
    const XXH128_hash_t hash = XXH3_128bits(value.data(), value.size());
    kept = fmt::format("{} bytes of hash {:016x}{:016x}", value.size(), hash.high64, hash.low64);
  }
  entries_.push_back({std::string(name), std::move(kept)});
}

std::string CommandIdentity::encode() const {
  RecordWriter writer;
  for (const Entry& entry : entries_) {
    writer.text(entry.name);
    writer.text(entry.value);
  }
  return std::string(writer.bytes());
}

std::optional<CommandIdentity> CommandIdentity::decode(std::string_view bytes) {
  CommandIdentity identity;
  RecordReader reader(bytes);
  while (!reader.at_end()) {
    Entry& entry = identity.entries_.emplace_back();
    if (!reader.text(entry.name) || !reader.text(entry.value)) return std::nullopt;
  }
  return identity;
}

std::string CommandIdentity::difference(const CommandIdentity& then) const {
  const auto value_of = [](const CommandIdentity& identity, const std::string& name) {
    const auto found = std::ranges::find(identity.entries_, name, &Entry::name);
    return found == identity.entries_.end() ? std::string("none") : "'" + found->value + "'";
  };
  const auto differs = [&](const std::string& name) {
    const std::string was = value_of(then, name);
    const std::string is = value_of(*this, name);
    return was == is ? std::string() : fmt::format("{}: {} then, {} now", name, was, is);
  };
  for (const CommandIdentity* identity : {this, &then}) {
    for (const Entry& entry : identity->entries_) {
      if (std::string text = differs(entry.name); !text.empty()) return text;
    }
  }
  return {};
}

}  // namespace vyre::scan
