// Any bytes, as they are and under a header that fits: decode() refuses them, or they are what
// encode() writes. What it takes survives the way through the text form, and verify() never fails
// otherwise than by its error.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "tests/fuzz/wire_forms.hpp"
#include "vyre/program.hpp"
#include "vyre/program_text.hpp"

namespace {

void check(std::span<const std::byte> bytes) {
  const auto program = vyre::decode(bytes);
  if (!program) {
    VYRE_CHECK(program.error().code == vyre::ErrorCode::kInvalidArgument);
    VYRE_CHECK(!program.error().what.empty() && !program.error().fix.empty());
    return;
  }
  const auto again = vyre::encode(*program);
  VYRE_CHECK(std::ranges::equal(again, bytes));
  const auto hash = vyre::content_hash(*program);
  VYRE_CHECK(std::ranges::equal(hash, bytes.subspan(24, hash.size())));
  const auto assembled = vyre::assemble(vyre::disassemble(*program));
  VYRE_CHECK(assembled && *assembled == *program);
  const auto verified = vyre::verify(*program);
  VYRE_CHECK(verified || !verified.error().what.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check(bytes);
  check(vyre::fuzz::resealed(bytes));
  check(vyre::fuzz::laid_out(vyre::fuzz::ByteSource(bytes)));
  return 0;
}
