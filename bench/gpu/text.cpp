#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "fail.hpp"

namespace vyre::bench::gpu {
namespace {

constexpr const char* kSources = "/usr/include";
constexpr std::size_t kSourceBytes = std::size_t{32} << 20;
constexpr std::size_t kShortestRun = 512;
constexpr std::size_t kLongestRun = 8192;

std::vector<std::filesystem::path> source_files() {
  namespace fs = std::filesystem;
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator at(kSources, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_regular_file(error)) paths.push_back(at->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

TextMaker::TextMaker() {
  for (const auto& path : source_files()) {
    if (text_.size() >= kSourceBytes) break;
    std::ifstream file(path, std::ios::binary);
    std::vector<u8> bytes{std::istreambuf_iterator<char>(file), {}};
    if (std::find(bytes.begin(), bytes.end(), u8{0}) != bytes.end()) continue;
    text_.insert(text_.end(), bytes.begin(), bytes.end());
    if (!bytes.empty() && bytes.back() != '\n') text_.push_back('\n');
  }
  if (text_.size() < kLongestRun) {
    fail(fmt::format("no source text under {}; install libc6-dev", kSources));
  }
}

std::span<const u8> TextMaker::run_of_lines(u64 random) const {
  const std::size_t length = kShortestRun + random % (kLongestRun - kShortestRun);
  const std::size_t from = (random >> 20) % (text_.size() - length);
  const auto newline = [this](std::size_t at) {
    const void* found = std::memchr(text_.data() + at, '\n', text_.size() - at);
    return static_cast<std::size_t>(static_cast<const u8*>(found) - text_.data());
  };
  const std::size_t begin = from == 0 ? 0 : newline(from) + 1;
  if (begin >= text_.size()) return {text_.data(), newline(0) + 1};
  return {text_.data() + begin, newline(std::min(begin + length, text_.size() - 1)) + 1 - begin};
}

void TextMaker::fill(std::span<u8> bytes, u64 seed, std::span<const std::string> planted,
                     std::size_t every) const {
  std::mt19937_64 random(seed);
  std::size_t at = 0;
  const auto put = [&](std::span<const u8> piece) {
    const std::size_t take = std::min(piece.size(), bytes.size() - at);
    std::memcpy(bytes.data() + at, piece.data(), take);
    at += take;
  };
  std::size_t next_plant = random() % every;
  while (at < bytes.size()) {
    if (!planted.empty() && at >= next_plant) {
      const std::string line = planted[random() % planted.size()] + "\n";
      put({reinterpret_cast<const u8*>(line.data()), line.size()});
      next_plant += every;
    } else {
      put(run_of_lines(random()));
    }
  }
  if (!bytes.empty()) bytes.back() = '\n';
}

void fill_with_rows(std::span<u8> bytes, u64 seed) {
  std::mt19937_64 random(seed);
  const auto name = [&random] {
    std::string made(4 + random() % 9, ' ');
    u64 letters = random();
    for (char& letter : made) {
      letter = static_cast<char>('a' + letters % 26);
      letters /= 26;
    }
    return made;
  };
  u32 row = 0;
  for (std::size_t begin = 0; begin < bytes.size(); begin += kRowsPage) {
    const std::span<u8> page = bytes.subspan(begin, std::min(kRowsPage, bytes.size() - begin));
    std::size_t at = 0;
    for (;; ++row) {
      const u64 numbers = random();
      const std::string text = fmt::format("{},{},{},{}.{:02},{}\n", row, name(), numbers % 100000,
                                           (numbers >> 32) % 1000, (numbers >> 48) % 100, name());
      if (text.size() > page.size() - at) break;
      std::memcpy(page.data() + at, text.data(), text.size());
      at += text.size();
    }
    std::fill(page.begin() + static_cast<std::ptrdiff_t>(at), page.end(), u8{'\n'});
  }
}

}  // namespace vyre::bench::gpu
