#include "backend/cpu/nibble_set.hpp"

#include <bit>
#include <string_view>

namespace vyre::backend {
namespace {

/// Letters by their frequency in English, spaces and punctuation as in C sources, the rest evenly.
std::array<double, 256> byte_shares() {
  std::array<double, 256> share;
  share.fill(3);
  constexpr std::string_view kLetters = "etaoinshrdlcumwfgypbvkjxqz";
  constexpr std::array<int, 26> kWeights = {760, 600, 480, 440, 440, 420, 400, 180, 400,
                                            250, 260, 230, 200, 180, 70,  160, 130, 110,
                                            200, 110, 70,  50,  15,  40,  15,  20};
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    const auto letter = static_cast<u8>(kLetters[i]);
    share[letter] = kWeights[i];
    share[static_cast<std::size_t>(letter - 'a' + 'A')] = 10 + kWeights[i] / 8;
  }
  for (u8 digit = '0'; digit <= '9'; ++digit) share[digit] = 70;
  for (const char c : std::string_view("\n_*()/-,.;:=\"#")) share[static_cast<u8>(c)] = 110;
  share[' '] = 1400;
  share[0] = 100;
  double sum = 0;
  for (const double value : share) sum += value;
  for (double& value : share) value /= sum;
  return share;
}

/// Sums by high nibble, half of the low nibbles, and which of those are in the set.
struct ShareSums {
  double of[16][2][256] = {};
  ShareSums() {
    const std::array<double, 256> shares = byte_shares();
    for (std::size_t high = 0; high < 16; ++high) {
      for (std::size_t half = 0; half < 2; ++half) {
        for (std::size_t members = 0; members < 256; ++members) {
          for (std::size_t i = 0; i < 8; ++i) {
            if ((members >> i & 1) != 0)
              of[high][half][members] += shares[high * 16 + half * 8 + i];
          }
        }
      }
    }
  }
};

}  // namespace

double expected_share(NibbleSet bytes) {
  static const ShareSums kSums;
  double sum = 0;
  for (unsigned left = bytes.high; left != 0; left &= left - 1) {
    const auto& row = kSums.of[std::countr_zero(left)];
    sum += row[0][bytes.low & 255] + row[1][bytes.low >> 8];
  }
  return sum;
}

}  // namespace vyre::backend
