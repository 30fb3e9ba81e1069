#pragma once

#include <optional>
#include <string_view>

#include "scan/pattern/byte_set.hpp"

namespace vyre::scan {

/// [0-9A-Za-z_].
ByteSet word_bytes();

/// The class of \d, \s or \w, or of its capital, the complement; nothing for another letter. \s has
/// five bytes in RE2; `vertical_tab` adds \v, as in the kLine dialect.
std::optional<ByteSet> perl_class(char letter, bool vertical_tab);

/// The class of a POSIX name as inside [: and :], without a leading ^; nothing if unknown.
std::optional<ByteSet> posix_class(std::string_view name);

/// Adds the other case of every ASCII letter.
ByteSet fold_ascii(ByteSet set);
/// Adds the other case of every Latin-1 letter whose other case is a byte too, as RE2 folds.
ByteSet fold_latin1(ByteSet set);

}  // namespace vyre::scan
