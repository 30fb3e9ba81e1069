#pragma once

#include <array>
#include <span>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::scan {

/// A deterministic automaton over byte classes. Each state has a label; labels alone say what a
/// state means (rejects, accepts, which members).
struct Dfa {
  std::array<u8, 256> byte_class{};
  u32 class_count = 1;
  u32 start = 0;
  std::vector<u32> labels;
  /// state * class_count + class -> state.
  std::vector<u32> transitions;

  [[nodiscard]] u32 state_count() const { return static_cast<u32>(labels.size()); }
  [[nodiscard]] std::span<const u32> row(u32 state) const {
    return std::span(transitions).subspan(std::size_t{state} * class_count, class_count);
  }
};

/// The least automaton that gives every text the same sequence of labels. States that no text
/// reaches are dropped, equal byte classes merged. The states in `first` are kept and, where they
/// differ, get the numbers 0, 1, ..; the others follow breadth first.
Dfa minimised(const Dfa& dfa, std::span<const u32> first);

/// The same automaton with its states renumbered: `order` lists the old numbers in new order.
Dfa reordered(const Dfa& dfa, std::span<const u32> order);

}  // namespace vyre::scan
