#pragma once

#include <string>
#include <utility>

#include "vyre/error.hpp"

namespace vyre::bench::gpu {

/// Prints the message to standard error and ends the process with status 2 at once: a persistent
/// kernel that still runs is not waited for.
[[noreturn]] void fail(const std::string& message);

/// Prints what is being measured to standard error.
void progress(const std::string& message);

/// The value of a result that must be one.
template <class Value>
Value expect(Result<Value> result) {
  if (!result) fail(result.error().message());
  return std::move(*result);
}

/// A status that must be good.
inline void expect_ok(const Status& status) {
  if (!status) fail(status.error().message());
}

}  // namespace vyre::bench::gpu
