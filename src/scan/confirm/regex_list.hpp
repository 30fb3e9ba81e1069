#pragma once

#include <re2/re2.h>

#include <memory>
#include <span>
#include <vector>

#include "scan/pattern/pattern_source.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// The RE2 of each pattern, built by several threads at once where that pays: one costs 0.1 ms, and
/// a rules file has hundreds. Error: that of the first pattern, in order, that RE2 refuses.
Result<std::vector<std::unique_ptr<re2::RE2>>> make_regexes(
    std::span<const PatternSource> patterns);

}  // namespace vyre::scan
