#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <vector>

#include "backend/cuda/released_pieces.hpp"

namespace vyre::backend {
namespace {

constexpr std::size_t kUnit = 4096;

/// Pieces over one array that is never touched: `units` long, told apart by `number`.
class Pieces {
 public:
  CudaPiece piece(CudaPieceKind kind, std::size_t units, std::size_t number) {
    std::byte* const base = &bytes_[number];
    return {kind, base, {base, units * kUnit}};
  }
  [[nodiscard]] std::optional<std::size_t> number(const std::optional<CudaPiece>& piece) const {
    if (!piece) return std::nullopt;
    return static_cast<std::size_t>(piece->base - bytes_.data());
  }

 private:
  std::array<std::byte, 64 * kUnit> bytes_{};
};

TEST(ReleasedPieces, GivesTheSmallestOfItsKindThatIsNotFarTooBig) {
  struct Case {
    CudaPieceKind kind;
    std::size_t units;
    std::optional<std::size_t> expected;
  };
  constexpr auto kShared = CudaPieceKind::kShared;
  constexpr auto kWorkers = CudaPieceKind::kWorkers;
  constexpr auto kBuffer = CudaPieceKind::kBuffer;
  constexpr auto kExportable = CudaPieceKind::kExportable;
  for (const auto& [kind, units, expected] :
       {Case{kShared, 8, 0}, Case{kShared, 9, 1}, Case{kShared, 16, 1}, Case{kShared, 17, {}},
        Case{kShared, 6, 2}, Case{kShared, 7, 0}, Case{kShared, 3, 2}, Case{kShared, 2, {}},
        Case{kWorkers, 10, 3}, Case{kWorkers, 8, 3}, Case{kWorkers, 5, 3}, Case{kWorkers, 4, {}},
        Case{kBuffer, 8, {}}, Case{kExportable, 8, {}}}) {
    Pieces pieces;
    ReleasedPieces released;
    released.put(pieces.piece(kShared, 8, 0));
    released.put(pieces.piece(kShared, 16, 1));
    released.put(pieces.piece(kShared, 6, 2));
    released.put(pieces.piece(kWorkers, 10, 3));
    released.put(pieces.piece(kExportable, 8, 4));
    const auto taken = released.take(kind, units * kUnit);
    EXPECT_EQ(pieces.number(taken), expected) << units << " units";
    EXPECT_EQ(released.count(), expected ? 4u : 5u);
    EXPECT_EQ(released.bytes(), 48 * kUnit - (taken ? taken->bytes.size() : 0));
  }
}

TEST(ReleasedPieces, GivesEachOnce) {
  Pieces pieces;
  ReleasedPieces released;
  for (std::size_t i = 0; i < 3; ++i) released.put(pieces.piece(CudaPieceKind::kBuffer, 4, i));
  std::vector<bool> given(3);
  for (int i = 0; i < 3; ++i) {
    const auto number = pieces.number(released.take(CudaPieceKind::kBuffer, 4 * kUnit));
    ASSERT_TRUE(number);
    EXPECT_FALSE(given.at(*number));
    given.at(*number) = true;
  }
  EXPECT_FALSE(released.take(CudaPieceKind::kBuffer, 4 * kUnit));
}

TEST(ReleasedPieces, LosesNoneOfThoseThatAreToBeFreed) {
  Pieces pieces;
  ReleasedPieces released;
  for (std::size_t i = 0; i < 4; ++i) released.put(pieces.piece(CudaPieceKind::kShared, i + 1, i));
  ASSERT_TRUE(released.take(CudaPieceKind::kShared, 2 * kUnit));
  std::size_t units = 0;
  for (const CudaPiece& piece : released.take_all()) units += piece.bytes.size() / kUnit;
  EXPECT_EQ(units, 1u + 3u + 4u);
  EXPECT_EQ(released.count(), 0u);
  EXPECT_TRUE(released.take_all().empty());
}

}  // namespace
}  // namespace vyre::backend
