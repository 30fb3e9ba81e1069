#include <cstddef>

#include "backend/cuda/translation/registers_text.hpp"
#include "backend/cuda/translation/translator.hpp"
#include "kernel/registers.hpp"

// Loads, and what a program keeps: carry, results.
namespace vyre::backend::translation {
namespace {

const char* combining(Combine kind) {
  switch (kind) {
    case Combine::kSum:
      return "add.u64";
    case Combine::kMin:
      return "min.u64";
    case Combine::kMax:
      return "max.u64";
    case Combine::kOr:
      return "or.b64";
    default:
      return "xor.b64";
  }
}

}  // namespace

// Words of 2 and 4 bytes by one or two aligned loads, each of which has a byte that can be read.
std::string Translator::load_bytes(const std::string& address, const std::string& truth,
                                   u32 bytes) {
  const std::string value = code_.word();
  code_("mov.b32 {}, 0;", value);
  if (bytes == 1) {
    code_("@{} ld.global.u8 {}, [{}];", truth, value, address);
    return value;
  }
  const std::string aligned = code_.wide();
  const std::string shift = code_.word();
  const std::string crosses = code_.truth();
  const std::string next = code_.word();
  code_("and.b64 {}, {}, 0xFFFFFFFFFFFFFFFC;", aligned, address);
  code_("cvt.u32.u64 {}, {};", shift, address);
  code_("and.b32 {0}, {0}, 3;", shift);
  code_("setp.gt.and.u32 {}, {}, {}, {};", crosses, shift, 4 - bytes, truth);
  code_("mov.b32 {}, 0;", next);
  code_("@{} ld.global.u32 {}, [{}];", truth, value, aligned);
  code_("@{} ld.global.u32 {}, [{}+4];", crosses, next, aligned);
  code_("shl.b32 {0}, {0}, 3;", shift);
  code_("shf.r.wrap.b32 {0}, {0}, {1}, {2};", value, next, shift);
  if (bytes == 2) code_("and.b32 {0}, {0}, 0xFFFF;", value);
  return value;
}

void Translator::write_load(vir0::Instruction i, u32 bytes) {
  const std::string place = code_.word();
  const std::string inside = code_.truth();
  const std::string address = code_.wide();
  code_("add.u32 {}, {}, %before;", place, vector(i.a));
  code_("setp.lt.u32 {}, {}, %places{};", inside, place, bytes);
  fault_if_beyond(inside, i.b, wire::FaultCode::kTileOutOfRange);
  // Where nothing can be read, a proven load has no lanes.
  code_("and.pred {0}, {0}, {1};", inside, mask(i.b));
  code_("cvt.u64.u32 {}, {};", address, place);
  code_("add.u64 {0}, {0}, %readable;", address);
  const std::string value = load_bytes(address, inside, bytes);
  code_("mov.b32 {}, {};", vector(i.dst), value);
}

// The first byte's place counts as 64 bits, where a sum that wraps belongs to an offset below 0.
void Translator::write_block(vir0::Instruction i, u32 bytes) {
  const std::string first = code_.wide();
  const std::string own = code_.wide();
  const std::string address = code_.wide();
  const std::string readable = code_.wide();
  const std::string lane = code_.wide();
  code_("add.u64 {}, {}, %before64;", first, scalar(i.a));
  code_("cvt.u64.u32 {}, %lane;", lane);
  code_("mad.lo.u64 {}, {}, {}, {};", own, lane, bytes, first);
  code_("add.u64 {}, {}, %readable;", address, own);
  code_("cvt.u64.u32 {}, %places1;", readable);
  const std::string value = code_.word();
  code_("mov.b32 {}, 0;", value);
  // Each byte for itself: a block may end, or wrap, in the middle of a lane's word.
  const std::string whole = code_.truth();
  const std::string last = code_.wide();
  const std::string done = code_.place();
  code_("add.u64 {}, {}, {};", last, own, bytes - 1);
  code_("setp.lt.u64 {}, {}, {};", whole, last, readable);
  code_("setp.ge.and.u64 {0}, {1}, {2}, {0};", whole, last, own);
  const std::string loaded = load_bytes(address, whole, bytes);
  code_("mov.b32 {}, {};", value, loaded);
  code_("@{} bra {};", whole, done);
  for (u32 byte = 0; byte < bytes; ++byte) {
    const std::string at = code_.wide();
    const std::string inside = code_.truth();
    const std::string part = code_.word();
    code_("add.u64 {}, {}, {};", at, own, byte);
    code_("setp.lt.u64 {}, {}, {};", inside, at, readable);
    code_("add.u64 {0}, {0}, %readable;", at);
    code_("mov.b32 {}, 0;", part);
    code_("@{} ld.global.u8 {}, [{}];", inside, part, at);
    code_("shl.b32 {0}, {0}, {1};", part, 8 * byte);
    code_("or.b32 {0}, {0}, {1};", value, part);
  }
  code_.label(done);
  code_("mov.b32 {}, {};", vector(i.dst), value);
}

void Translator::write_table(vir0::Instruction i, u32 bytes) {
  const u64 elements = verified_.program().tables[i.immediate].size() / bytes;
  const std::string inside = code_.truth();
  const std::string address = code_.wide();
  tables_used_[i.immediate] = true;
  code_("setp.lt.u32 {}, {}, {};", inside, vector(i.a), elements);
  fault_if_beyond(inside, i.b, wire::FaultCode::kTableOutOfRange);
  code_("and.pred {0}, {0}, {1};", inside, mask(i.b));
  code_("mul.wide.u32 {}, {}, {};", address, vector(i.a), bytes);
  code_("add.u64 {0}, {0}, %table{1};", address, i.immediate);
  // Tables are aligned.
  const std::string value = code_.word();
  code_("mov.b32 {}, 0;", value);
  code_("@{} ld.global.u{} {}, [{}];", inside, 8 * bytes, value, address);
  code_("mov.b32 {}, {};", vector(i.dst), value);
}

void Translator::write_carry(vir0::Instruction i) {
  const u64 offset = offsetof(kernel::Registers, carry) + sizeof(u64) * i.immediate;
  if (i.op == vir0::Op::kCarryLoad) {
    return code_("ld.shared.u64 {}, [%registers+{}];", scalar(i.dst), offset);
  }
  code_("bar.sync 0;");
  code_("@%leader st.shared.u64 [%registers+{}], {};", offset, scalar(i.a));
  code_("bar.sync 0;");
}

void Translator::write_result(vir0::Instruction i) {
  const u64 offset = offsetof(kernel::Registers, results) + sizeof(u64) * i.immediate;
  const Combine kind = combines_[i.immediate];
  const std::string word = code_.wide();
  code_("@%leader ld.shared.u64 {}, [%registers+{}];", word, offset);
  code_("@%leader {0} {1}, {1}, {2};", combining(kind), word, scalar(i.a));
  code_("@%leader st.shared.u64 [%registers+{}], {};", offset, word);
}

}  // namespace vyre::backend::translation
