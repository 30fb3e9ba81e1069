#include "scan/automata/sequence_numbers.hpp"

#include <algorithm>

#include "scan/automata/hash.hpp"

namespace vyre::scan {

u32 SequenceNumbers::number(std::span<const u32> key) {
  if (2 * entries_.size() >= slots_.size()) grow();
  const u64 hash = hash_words(key);
  std::size_t place = hash & (slots_.size() - 1);
  for (; slots_[place] != 0; place = (place + 1) & (slots_.size() - 1)) {
    const u32 known = slots_[place] - 1;
    if (entries_[known].hash == hash && std::ranges::equal(key, this->key(known))) return known;
  }
  entries_.push_back({hash, words_.size(), key.size()});
  words_.insert(words_.end(), key.begin(), key.end());
  slots_[place] = count();
  return count() - 1;
}

std::span<const u32> SequenceNumbers::key(u32 number) const {
  return std::span(words_).subspan(entries_[number].begin, entries_[number].length);
}

void SequenceNumbers::clear() {
  // Slot by slot: the table may have grown for a much larger use than this one.
  for (u32 id = 0; id < count(); ++id) {
    std::size_t place = entries_[id].hash & (slots_.size() - 1);
    while (slots_[place] != id + 1) place = (place + 1) & (slots_.size() - 1);
    slots_[place] = 0;
  }
  words_.clear();
  entries_.clear();
}

void SequenceNumbers::grow() {
  slots_.assign(std::max<std::size_t>(64, 2 * slots_.size()), 0);
  for (u32 id = 0; id < count(); ++id) {
    std::size_t place = entries_[id].hash & (slots_.size() - 1);
    while (slots_[place] != 0) place = (place + 1) & (slots_.size() - 1);
    slots_[place] = id + 1;
  }
}

}  // namespace vyre::scan
