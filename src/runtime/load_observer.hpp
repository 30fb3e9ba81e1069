#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "backend/io_queue.hpp"

namespace vyre::runtime {

/// Is told of each load that the host has answered. Called on the thread that serves the io queue.
class LoadObserver {
 public:
  virtual ~LoadObserver() = default;
  /// The slot that asked still waits, and does not go on before this returns. `status` is a
  /// wire::IoStatus; `bytes` are what came where that is kOk, else nothing, and die when the call
  /// returns.
  virtual void answered(const backend::LoadRequest& request, std::uint32_t status,
                        std::span<const std::byte> bytes) = 0;
};

}  // namespace vyre::runtime
