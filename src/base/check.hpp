#pragma once

namespace vyre::base {

/// Prints the condition and its place to standard error and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace vyre::base

/// Always on, in release too: a programmer's fault ends the process before it can corrupt memory
/// that a kernel or a device still writes. Never for input, which gets an Error.
#define VYRE_CHECK(condition)                                          \
  ((condition) ? static_cast<void>(0)                                  \
               : ::vyre::base::check_failed(#condition, __FILE__, __LINE__))
