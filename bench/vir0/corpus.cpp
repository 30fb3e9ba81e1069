#include "corpus.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "base/check.hpp"
#include "hand/hand.hpp"

namespace vyre::bench {
namespace {

constexpr u32 kSeed = 20261121;
constexpr const char* kTextFolder = "/usr/include";

/// Appends whole pieces while they fit, then pads with newlines.
class Filler {
 public:
  explicit Filler(std::span<u8> bytes) : left_(bytes) {}
  bool add(const std::string& piece) {
    if (piece.size() > left_.size()) {
      std::fill(left_.begin(), left_.end(), u8{'\n'});
      return false;
    }
    std::memcpy(left_.data(), piece.data(), piece.size());
    left_ = left_.subspan(piece.size());
    return true;
  }

 private:
  std::span<u8> left_;
};

std::vector<std::filesystem::path> text_files() {
  namespace fs = std::filesystem;
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator at(kTextFolder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_regular_file(error)) paths.push_back(at->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_utf8(const std::string& text) {
  return hand::utf8({reinterpret_cast<const u8*>(text.data()), text.size()}).words[0] == 0;
}

void append_utf8(std::string& text, u32 letter) {
  const auto add = [&text](u32 byte) { text += static_cast<char>(byte); };
  if (letter < 0x80) return add(letter);
  if (letter < 0x800) {
    add(0xC0 | letter >> 6);
  } else if (letter < 0x10000) {
    add(0xE0 | letter >> 12);
    add(0x80 | (letter >> 6 & 0x3F));
  } else {
    add(0xF0 | letter >> 18);
    add(0x80 | (letter >> 12 & 0x3F));
    add(0x80 | (letter >> 6 & 0x3F));
  }
  add(0x80 | (letter & 0x3F));
}

}  // namespace

FileImage::FileImage(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  VYRE_CHECK(memory != MAP_FAILED);
  // Without huge pages it is only slower, for both sides.
  [[maybe_unused]] const int advised = ::madvise(memory, bytes, MADV_HUGEPAGE);
  bytes_ = {static_cast<u8*>(memory), bytes};
}

FileImage::~FileImage() { ::munmap(bytes_.data(), bytes_.size()); }

std::string fill_with_text(std::span<u8> bytes) {
  std::string all;
  for (const auto& path : text_files()) {
    const std::string text = read_file(path);
    if (is_utf8(text)) all += text;
    if (all.size() >= bytes.size()) break;
  }
  if (all.empty()) return fmt::format("no text under {}; install libc6-dev", kTextFolder);
  for (std::size_t at = 0; at < bytes.size(); at += all.size()) {
    const std::size_t take = std::min(all.size(), bytes.size() - at);
    std::memcpy(bytes.data() + at, all.data(), take);
  }
  // A sequence that the end cuts off.
  for (std::size_t at = bytes.size(); at > 0 && bytes[at - 1] >= 0x80; --at) bytes[at - 1] = '\n';
  return {};
}

void fill_with_rows(std::span<u8> bytes) {
  std::mt19937 random(kSeed);
  Filler filler(bytes);
  for (u32 row = 0;; ++row) {
    const auto name = [&random] {
      std::string made(4 + random() % 9, ' ');
      for (char& letter : made) letter = static_cast<char>('a' + random() % 26);
      return made;
    };
    const std::string first = name();
    const u32 value = static_cast<u32>(random() % 100000);
    const u32 cents = static_cast<u32>(random() % 100000);
    if (!filler.add(fmt::format("{},{},{},{}.{:02},{}\n", row, first, value, cents / 100,
                                cents % 100, name()))) {
      return;
    }
  }
}

void fill_with_letters(std::span<u8> bytes) {
  struct Script {
    u32 first;
    u32 letters;
  };
  constexpr Script kScripts[] = {{'a', 26},   {'a', 26},      {'a', 26},    {0x3B1, 25},
                                 {0x430, 32}, {0x4E00, 8000}, {0x1F600, 64}};
  std::mt19937 random(kSeed);
  Filler filler(bytes);
  std::string word;
  do {
    word.clear();
    const Script& script = kScripts[random() % std::size(kScripts)];
    for (u32 letters = 2 + static_cast<u32>(random() % 7); letters > 0; --letters) {
      append_utf8(word, script.first + static_cast<u32>(random() % script.letters));
    }
    word += random() % 12 == 0 ? '\n' : ' ';
  } while (filler.add(word));
}

void fill_with_random(std::span<u8> bytes) {
  std::mt19937_64 random(kSeed);
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    const u64 word = random();
    std::memcpy(bytes.data() + at, &word, 8);
  }
}

}  // namespace vyre::bench
