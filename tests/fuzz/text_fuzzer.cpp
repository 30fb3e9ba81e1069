// Any text: assemble() refuses it with positions inside it, or gives a program that the way back
// through disassemble() and the wire form does not change.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "vyre/program.hpp"
#include "vyre/program_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  const auto assembled = vyre::assemble_with_positions(text);
  if (!assembled) {
    const auto& errors = assembled.error();
    VYRE_CHECK(!errors.empty() && errors.size() <= vyre::kMaxTextErrors);
    for (const vyre::TextError& error : errors) {
      VYRE_CHECK(error.position.line >= 1 && error.position.line <= lines);
      VYRE_CHECK(error.position.column >= 1 && error.position.column <= size + 1);
      VYRE_CHECK(!error.what.empty());
    }
    return 0;
  }
  VYRE_CHECK(assembled->positions.size() == assembled->program.code.size());
  const auto again = vyre::assemble(vyre::disassemble(assembled->program));
  VYRE_CHECK(again && *again == assembled->program);
  const auto decoded = vyre::decode(vyre::encode(assembled->program));
  VYRE_CHECK(decoded && *decoded == assembled->program);
  return 0;
}
