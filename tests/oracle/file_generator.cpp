#include "tests/oracle/file_generator.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace vyre::oracle {
namespace {

std::size_t draw_size(Chance& chance) {
  const u32 kind = chance.below(100);
  if (kind < 4) return 0;
  if (kind < 7) return 1;
  if (kind < 20) return chance.between(2, 126);
  if (kind < 29) return chance.between(127, 129);
  if (kind < 52) return chance.between(130, 1000);
  if (kind < 61) return chance.between(511, 513);
  if (kind < 70) return chance.between(4095, 4097);
  if (kind < 79) return chance.between(1000, 20000);
  if (kind < 86) return chance.between(kTileBytes - 1, kTileBytes + 1);
  if (kind < 90) return kTileBytes + chance.between(kHaloBytes - 1, kHaloBytes + 1);
  if (kind < 94) return chance.between(2 * kTileBytes - 1, 2 * kTileBytes + 1);
  return chance.between(kTileBytes, 300000);
}

char draw_byte(Chance& chance, u32 style) {
  switch (style) {
    case 0:
      return static_cast<char>('a' + chance.below(2));
    case 1:
      return static_cast<char>('a' + chance.below(26));
    case 2:
      return chance.percent(20) ? chance.one_of({' ', ' ', '\n', ','})
                                : static_cast<char>('a' + chance.below(26));
    case 3:
      return chance.percent(20) ? chance.one_of({'\n', ','})
                                : static_cast<char>('0' + chance.below(10));
    case 4:
      return '\0';
    default:
      return static_cast<char>(chance.bits());
  }
}

void plant(Chance& chance, std::string& content, const std::string& text) {
  if (text.size() > content.size()) return;
  const std::size_t last = content.size() - text.size();
  std::size_t at = chance.below(static_cast<u32>(last + 1));
  if (chance.percent(30)) {
    const std::size_t tiles = content.size() / kTileBytes;
    at = kTileBytes * chance.below(static_cast<u32>(tiles + 1));
    at -= std::min<std::size_t>(at, chance.below(static_cast<u32>(text.size() + 1)));
  } else if (chance.percent(15)) {
    at = last;
  }
  content.replace(std::min(at, last), text.size(), text);
}

}  // namespace

std::string generate_file(Chance& chance, const std::vector<std::string>& planted) {
  std::string content;
  const std::size_t size = draw_size(chance);
  const u32 style = chance.below(7);
  if (style == 6 && !planted.empty()) {
    const std::string& text = chance.one_of(planted);
    while (content.size() < size) content += text;
    content.resize(size);
    return content;
  }
  for (std::size_t i = 0; i < size; ++i) content.push_back(draw_byte(chance, style));
  const u32 times = planted.empty() ? 0 : chance.below(20);
  for (u32 i = 0; i < times; ++i) plant(chance, content, chance.one_of(planted));
  return content;
}

std::vector<std::string> generate_resources(Chance& chance) {
  std::vector<std::string> resources;
  for (const u32 most : {600u, 40u}) {
    std::string& bytes = resources.emplace_back(chance.below(most), '\0');
    for (char& byte : bytes) byte = static_cast<char>(chance.bits());
  }
  return resources;
}

}  // namespace vyre::oracle
