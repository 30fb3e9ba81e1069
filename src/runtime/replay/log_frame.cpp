#include "runtime/replay/log_frame.hpp"

#include <xxhash.h>

#include <cstring>

namespace vyre::runtime::replay {
namespace {

constexpr std::array<char, 8> kLogMagic = {'V', 'Y', 'R', 'E', 'L', 'O', 'G', '\n'};
constexpr u32 kFrameMagic = 0x4C525956;

template <class Header>
u64 check_of(const Header& header) {
  return XXH3_64bits(&header, offsetof(Header, check));
}

}  // namespace

LogHeader make_log_header() noexcept {
  LogHeader header{.magic = kLogMagic, .version = kLogVersion, .reserved = 0, .check = 0};
  header.check = check_of(header);
  return header;
}

bool is_log(const LogHeader& header) noexcept { return header.magic == kLogMagic; }
bool is_sound(const LogHeader& header) noexcept { return header.check == check_of(header); }

bool is_sound(const FrameHeader& header) noexcept {
  return header.magic == kFrameMagic && header.check == check_of(header);
}

bool matches(const FrameHeader& header, std::span<const std::byte> content) noexcept {
  return header.content_check == XXH3_64bits(content.data(), content.size());
}

void close_frame(RecordKind kind, std::size_t begin, std::vector<std::byte>& bytes) {
  const std::span content = std::span(bytes).subspan(begin + sizeof(FrameHeader));
  FrameHeader header{.kind = static_cast<u32>(kind),
                     .magic = kFrameMagic,
                     .bytes = content.size(),
                     .content_check = XXH3_64bits(content.data(), content.size()),
                     .check = 0};
  header.check = check_of(header);
  std::memcpy(bytes.data() + begin, &header, sizeof header);
}

}  // namespace vyre::runtime::replay
