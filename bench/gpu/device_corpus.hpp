#pragma once

#include <vector>

#include "cuda_memory.hpp"
#include "hand/hand.hpp"

namespace vyre::bench::gpu {

/// Text or rows in device memory, made of a piece over and over.
class DeviceCorpus {
 public:
  /// `bytes` and the piece's size are multiples of 32.
  DeviceCorpus(std::vector<u8> piece, u64 bytes);

  /// The first `bytes` of it.
  [[nodiscard]] hand::DeviceBytes bytes(u64 bytes) const noexcept {
    return {memory_.data(), bytes};
  }
  [[nodiscard]] u64 size() const noexcept { return size_; }
  [[nodiscard]] const std::vector<u8>& piece() const noexcept { return piece_; }

 private:
  std::vector<u8> piece_;
  u64 size_;
  DeviceArray<u8> memory_;
};

/// Source text with lines of secrets and `literal` in it; a row file. `piece_bytes` of them.
std::vector<u8> text_piece(u64 piece_bytes, const std::string& literal);
std::vector<u8> row_piece(u64 piece_bytes);

}  // namespace vyre::bench::gpu
