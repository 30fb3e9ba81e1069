#include "backend/backend.hpp"

#include <utility>

namespace vyre::backend {

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), release_(std::exchange(other.release_, nullptr)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  SharedMemory moved(std::move(other));
  std::swap(bytes_, moved.bytes_);
  std::swap(release_, moved.release_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (release_ != nullptr) release_(bytes_.data(), bytes_.size());
}

}  // namespace vyre::backend
