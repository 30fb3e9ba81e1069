#include "scan/automata/byte_model.hpp"

#include <array>

namespace vyre::scan {
namespace {

// Bytes per 100,000, counted over the C headers, scripts, documents and data files of a Debian
// system (36 MB and 11 MB, equal weights); NUL and control bytes are raised to what binaries have.
constexpr std::array<u16, 128> kShares = {
    300,   10,   10,   10,   10,   10,   10,   10,  10,   470,  2435, 10,  10,   10,   10,   10,
    10,    10,   10,   10,   10,   10,   10,   10,  10,   10,   10,   10,  10,   10,   10,   10,
    15114, 23,   825,  347,  195,  18,   78,   163, 838,  839,  695,  44,  779,  746,  705,  1101,
    472,   420,  305,  171,  133,  172,  153,  99,  164,  179,  443,  382, 742,  623,  800,  13,
    76,    897,  261,  794,  463,  1099, 404,  377, 170,  934,  37,   125, 757,  446,  898,  794,
    654,   30,   763,  1258, 999,  313,  187,  118, 205,  139,  21,   54,  88,   54,   11,   2598,
    31,    3476, 747,  2348, 2058, 6413, 1414, 951, 1578, 3681, 102,  680, 2455, 1532, 3786, 3405,
    1707,  76,   3238, 3977, 4822, 1525, 551,  464, 487,  811,  101,  193, 45,   192,  17,   10};
constexpr u16 kHighShare = 10;

}  // namespace

double byte_share(const ByteSet& set) {
  unsigned total = 0;
  set.for_each([&total](u8 byte) { total += byte < 0x80 ? kShares[byte] : kHighShare; });
  return static_cast<double>(total) / 100'000;
}

}  // namespace vyre::scan
