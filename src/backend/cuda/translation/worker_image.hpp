#pragma once

#include <cstddef>
#include <span>

namespace vyre::backend::translation {

/// linked_worker.cu, compiled for every architecture of this build: what translations are linked
/// with. Static.
[[nodiscard]] std::span<const std::byte> worker_image() noexcept;

}  // namespace vyre::backend::translation
