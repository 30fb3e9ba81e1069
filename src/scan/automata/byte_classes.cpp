#include "scan/automata/byte_classes.hpp"

namespace vyre::scan {

void ByteClasses::refine(const ByteSet& set) {
  std::array<u32, 256> inside{};
  set.for_each([&](u8 byte) { ++inside[classes_[byte]]; });
  std::array<u32, 256> moved_to{};
  set.for_each([&](u8 byte) {
    const u32 old = classes_[byte];
    if (inside[old] == sizes_[old] && moved_to[old] == 0) return;
    if (moved_to[old] == 0) {
      moved_to[old] = count();
      sizes_.push_back(0);
    }
    classes_[byte] = static_cast<u8>(moved_to[old]);
    --sizes_[old];
    ++sizes_[moved_to[old]];
  });
}

std::vector<u32> ByteClasses::of(const ByteSet& set) const {
  std::vector<u32> classes;
  ByteSet seen;
  set.for_each([&](u8 byte) {
    const u8 id = classes_[byte];
    if (seen.contains(id)) return;
    seen.insert(id);
    classes.push_back(id);
  });
  return classes;
}

std::vector<u8> ByteClasses::representatives() const {
  std::vector<u8> bytes(count());
  for (unsigned byte = 256; byte-- > 0;) bytes[classes_[byte]] = static_cast<u8>(byte);
  return bytes;
}

}  // namespace vyre::scan
