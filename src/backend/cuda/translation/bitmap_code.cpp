#include "backend/cuda/translation/registers_text.hpp"
#include "backend/cuda/translation/translator.hpp"
#include "kernel/class_bitmap.hpp"

// `class.bitmap` of a set of one byte: the lane's 32 bytes by two loads where all of them are the
// tile's and aligned, and compared four at a time.
namespace vyre::backend::translation {
namespace {

constexpr u32 kWords = kernel::kBitmapLaneBytes / 4;

/// Bits of the bytes of `word` that are equal to those of `pattern`, at 4 * `number` of `bits`.
void write_comparison(PtxCode& code, const std::string& word, u32 pattern, u32 number,
                      const std::string& bits) {
  const std::string difference = code.word();
  const std::string equal = code.word();
  code("xor.b32 {}, {}, {};", difference, word, pattern);
  // Bit 7 of each byte that differs, without carries between bytes.
  code("and.b32 {}, {}, 0x7F7F7F7F;", equal, difference);
  code("add.u32 {0}, {0}, 0x7F7F7F7F;", equal);
  code("or.b32 {0}, {0}, {1};", equal, difference);
  code("not.b32 {0}, {0};", equal);
  code("shr.u32 {0}, {0}, 7;", equal);
  code("and.b32 {0}, {0}, 0x01010101;", equal);
  code("dp4a.u32.u32 {0}, {0}, {1}, 0;", equal, 0x08040201u);
  code("shl.b32 {0}, {0}, {1};", equal, 4 * number);
  code("or.b32 {0}, {0}, {1};", bits, equal);
}

}  // namespace

void Translator::write_byte_bitmap(vir0::Instruction i, u32 byte) {
  const std::string start = code_.wide();
  const std::string end = code_.wide();
  const std::string address = code_.wide();
  const std::string low = code_.word();
  const std::string whole = code_.truth();
  const std::string apart = code_.place();
  const std::string done = code_.place();
  const std::string bits = code_.word();
  code_("mul.wide.u32 {}, %lane, {};", start, kernel::kBitmapLaneBytes);
  code_("add.u64 {0}, {0}, {1};", start, scalar(i.a));
  code_("add.u64 {}, {}, {};", end, start, kernel::kBitmapLaneBytes);
  code_("add.u64 {}, {}, %before64;", address, start);
  code_("add.u64 {0}, {0}, %readable;", address);
  code_("cvt.u32.u64 {}, {};", low, address);
  code_("and.b32 {0}, {0}, 15;", low);
  code_("setp.eq.u32 {}, {}, 0;", whole, low);
  code_("setp.le.and.u64 {0}, {1}, %length64, {0};", whole, end);
  // A place that wraps is beyond.
  code_("setp.lt.and.u64 {0}, {1}, %length64, {0};", whole, scalar(i.a));
  code_("@!{} bra {};", whole, apart);
  std::vector<std::string> words;
  for (u32 word = 0; word < kWords; ++word) words.push_back(code_.word());
  for (u32 half = 0; half < kWords; half += 4) {
    code_("ld.global.v4.u32 {{{}, {}, {}, {}}}, [{}+{}];", words[half], words[half + 1],
          words[half + 2], words[half + 3], address, 4 * half);
  }
  // Programs go from block to block, the work on each between: the next is brought meanwhile.
  const std::string next = code_.wide();
  const std::string more = code_.truth();
  code_("add.u64 {}, {}, {};", next, end, kernel::kBitmapBytes);
  code_("setp.le.u64 {}, {}, %length64;", more, next);
  code_("@{} prefetch.global.L2 [{}+{}];", more, address, kernel::kBitmapBytes);
  code_("mov.b32 {}, 0;", bits);
  for (u32 word = 0; word < kWords; ++word) {
    write_comparison(code_, words[word], byte * 0x01010101u, word, bits);
  }
  code_("bra {};", done);
  code_.label(apart);
  const std::string which = code_.word();
  code_("mov.b32 {}, {};", which, byte);
  const std::string slow = call("vyre_byte_bits", {{scalar(i.a), 64}, {which, 32}});
  code_("mov.b32 {}, {};", bits, slow);
  code_.label(done);
  code_("mov.b32 {}, {};", vector(i.dst), bits);
}

}  // namespace vyre::backend::translation
