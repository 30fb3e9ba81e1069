#pragma once

#include <string>
#include <utility>

#include "vyre/error.hpp"

namespace vyre::bench {

/// Prints the message to standard error and ends the process with status 2.
[[noreturn]] void fail(const std::string& message);

/// The value of a result that must be one.
template <class Value>
Value expect(Result<Value> result) {
  if (!result) fail(result.error().message());
  return std::move(*result);
}

}  // namespace vyre::bench
