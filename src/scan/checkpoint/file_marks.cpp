#include "scan/checkpoint/file_marks.hpp"

#include <sys/random.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vyre::scan {
namespace {

// The low bits of a mark: the file's state.
constexpr std::uint64_t kStateBits = (std::uint64_t{1} << 48) - 1;
// Apart from those of sources, whose origins are 32 bits wide.
constexpr std::uint64_t kErrors = std::uint64_t{1} << 32;

SourceMark make_mark(std::string_view path, std::uint64_t seed, std::uint64_t state) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(path.data(), path.size(), seed);
  return {.high = hash.high64, .low = (hash.low64 & ~kStateBits) | (state & kStateBits)};
}

// Orders by path alone.
bool path_before(const SourceMark& a, const SourceMark& b) {
  if (a.high != b.high) return a.high < b.high;
  return (a.low & ~kStateBits) < (b.low & ~kStateBits);
}

}  // namespace

Result<std::uint64_t> FileMarks::new_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    return tl::unexpected(syscall_error("get random bytes", errno));
  }
  return seed;
}

SourceMark FileMarks::of_source(const FileSource& source) const noexcept {
  const std::array<std::uint64_t, 3> state{source.size, source.modified, source.changed};
  return make_mark(source.path, seed_ ^ source.origin,
                   XXH3_64bits_withSeed(state.data(), sizeof state, seed_));
}

SourceMark FileMarks::of_error(std::string_view path, std::string_view message) const noexcept {
  return make_mark(path, seed_ ^ kErrors,
                   XXH3_64bits_withSeed(message.data(), message.size(), seed_));
}

void DoneFiles::sort() { std::sort(marks_.begin(), marks_.end()); }

DoneFiles::State DoneFiles::find(const SourceMark& mark) const noexcept {
  const auto [first, last] = std::equal_range(marks_.begin(), marks_.end(), mark, path_before);
  if (first == last) return State::kNew;
  return std::find(first, last, mark) == last ? State::kChanged : State::kDone;
}

std::size_t DoneFiles::count(const SourceMark& mark) const noexcept {
  const auto [first, last] = std::equal_range(marks_.begin(), marks_.end(), mark);
  return static_cast<std::size_t>(last - first);
}

}  // namespace vyre::scan
