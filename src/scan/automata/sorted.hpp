#pragma once

#include <algorithm>
#include <vector>

namespace vyre::scan {

/// Sorts the values and drops repeated ones.
template <typename T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace vyre::scan
