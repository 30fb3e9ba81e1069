#pragma once

#include "vyre/error.hpp"

namespace vyre::backend {

/// A function of the driver's library (CUDA 11.7 or newer), found through the runtime, so that the
/// process starts without that library too. Null where the driver has none of the name.
/// Thread-safe.
Result<void*> find_driver_function(const char* name);

/// The same with its type: driver_function<decltype(cuDeviceGet)>("cuDeviceGet").
template <class Function>
Result<Function*> driver_function(const char* name) {
  const auto found = find_driver_function(name);
  if (!found) return tl::unexpected(found.error());
  return reinterpret_cast<Function*>(*found);
}

}  // namespace vyre::backend
