#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace vyre::base {

/// Appends to `out` what fmt::format() would return. Cost: that string. (fmt::format_to() with an
/// inserter would spare it, at ten seconds of compilation and a megabyte of code for each source.)
template <class... T>
void append_format(std::string& out, fmt::format_string<T...> format, T&&... arguments) {
  out += fmt::vformat(format, fmt::make_format_args(arguments...));
}

}  // namespace vyre::base
