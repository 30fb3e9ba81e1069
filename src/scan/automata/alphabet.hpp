#pragma once

#include <span>
#include <vector>

#include "scan/automata/byte_classes.hpp"
#include "scan/automata/tail.hpp"

namespace vyre::scan {

/// The byte classes that the sets in some tails make, and each set as classes.
class Alphabet {
 public:
  Alphabet(const TailPool& tails, std::span<const TailId> starts);

  [[nodiscard]] const ByteClasses& classes() const { return classes_; }
  /// The classes that make up a set; it occurs in the tails.
  const std::vector<u32>& classes_of(SetId set);

 private:
  void collect(const TermPool& terms, TermId term, std::vector<bool>& seen);

  const TermPool& terms_;
  ByteClasses classes_;
  std::vector<bool> refined_;
  std::vector<std::vector<u32>> classes_of_;
};

}  // namespace vyre::scan
