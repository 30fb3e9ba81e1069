#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "scan/pattern/pattern_source.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

// Patterns to automata that over-approximate: a candidate may be false, a match is never missed.
namespace vyre::scan {

/// A length without a limit.
inline constexpr u64 kUnbounded = std::numeric_limits<u64>::max();

/// What the host must know of a pattern to confirm its candidates.
struct PatternShape {
  /// No factor is worth a scan (the pattern matches the empty string, or nearly anywhere): it is in
  /// no table, and every position of every chunk is a candidate. The other members but `max_length`
  /// are then 0.
  bool always = false;
  /// The greatest number of bytes of a match before the factor's first byte; kUnbounded where
  /// there is no limit. For kLine never beyond the line, whatever the number says.
  u64 left_max = 0;
  /// The greatest number of bytes of a match after the factor's last byte; or kUnbounded.
  u64 right_max = 0;
  /// Length of the longest factor string, 1..16.
  u64 factor_max = 0;
  /// The greatest length of a match in bytes; or kUnbounded.
  u64 max_length = 0;
};

/// Limits of one compilation. They trade table size against false candidates, never correctness.
struct CompileBudget {
  /// Per find automaton; patterns that do not fit are spread over several. 16..65535.
  u32 find_states = 4096;
  /// Transition table of one find automaton, in bytes.
  std::size_t find_table_bytes = 1024 * 1024;
  /// Per check automaton of a frequent factor; deeper states accept. 16..16383. The checks of rare
  /// factors, which seldom run, get a sixth.
  u32 check_states = 384;
  /// Bytes after which a check accepts. 1..wire::kAutomatonMaxLimit.
  u32 check_limit = 256;
  /// Strings in one pattern's factor, and bytes in one string (1..16).
  u32 factor_strings = 64;
  u32 factor_length = 16;
  /// A pattern whose factor is expected more often than this per byte of text is `always`.
  double max_candidate_rate = 1.0 / 64;
  /// False where make_re2 has already accepted every pattern: its verdict is not asked again.
  bool validate = true;
};

struct CompiledPatterns {
  /// Tables in the format of wire/automaton_table.hpp; none where every pattern is `always`.
  std::vector<std::vector<std::byte>> tables;
  /// One per pattern.
  std::vector<PatternShape> shapes;
};

/// Compiles patterns; a record's value is the pattern's index, its offset the factor's last byte.
///
/// For every match [b, e) of a pattern that is not `always`, in a chunk that holds all of it, some
/// table emits (p, index) with b <= p < e, p + 1 - factor_max - left_max <= b and
/// e <= p + 1 + right_max. This holds where the text ends with the chunk or is followed by a zero
/// byte, as the texts packed into one slot are: $ and \z are looked for there.
///
/// Errors: InvalidArgument for the first pattern that is not of its dialect or that RE2 refuses.
/// Cost: about 0.1 ms per pattern. Deterministic, thread-safe.
Result<CompiledPatterns> compile_patterns(std::span<const PatternSource> patterns,
                                          const CompileBudget& budget = {});

}  // namespace vyre::scan
