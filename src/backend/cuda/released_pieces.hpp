#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::backend {

enum class CudaPieceKind : u8 {
  /// Pinned by CUDA, mapped into the device.
  kShared,
  /// Device memory.
  kWorkers,
  /// Device memory that others than this process may know by a dma-buf.
  kExportable,
  /// Anonymous pages, registered with CUDA.
  kBuffer,
};

/// Memory as CUDA gave it.
struct CudaPiece {
  CudaPieceKind kind = CudaPieceKind::kShared;
  /// What CUDA frees or unregisters.
  std::byte* base = nullptr;
  /// The part that can be given out; it begins at or after `base`, at a multiple of what its kind
  /// is aligned to.
  std::span<std::byte> bytes;
};

/// Pieces that nobody uses any more and that cannot be freed yet. Not thread-safe.
class ReleasedPieces {
 public:
  void put(const CudaPiece& piece) { pieces_.push_back(piece); }

  /// The smallest piece of the kind that has `bytes` or more, but not more than twice as many;
  /// nothing where there is none. Never an exportable one: who holds its dma-buf still reaches it.
  std::optional<CudaPiece> take(CudaPieceKind kind, std::size_t bytes) {
    if (kind == CudaPieceKind::kExportable) return std::nullopt;
    std::size_t best = pieces_.size();
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const std::size_t size = pieces_[i].bytes.size();
      if (pieces_[i].kind != kind || size < bytes || size / 2 > bytes) continue;
      if (best == pieces_.size() || size < pieces_[best].bytes.size()) best = i;
    }
    if (best == pieces_.size()) return std::nullopt;
    const CudaPiece piece = pieces_[best];
    pieces_[best] = pieces_.back();
    pieces_.pop_back();
    return piece;
  }

  /// All of them; none is left.
  std::vector<CudaPiece> take_all() { return std::exchange(pieces_, {}); }

  [[nodiscard]] std::size_t count() const noexcept { return pieces_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t sum = 0;
    for (const CudaPiece& piece : pieces_) sum += piece.bytes.size();
    return sum;
  }

 private:
  std::vector<CudaPiece> pieces_;
};

}  // namespace vyre::backend
