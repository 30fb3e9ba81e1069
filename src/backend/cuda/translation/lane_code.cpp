#include <cstddef>

#include "backend/cuda/translation/registers_text.hpp"
#include "backend/cuda/translation/translator.hpp"

// Instructions across lanes. What warps tell each other goes through two halves of the scratch in
// turn, with one barrier each time: who writes a half again has met, since it was written last, at
// the barrier of the other half, and so has everyone who read it. Functions that are called may use
// all of the scratch: a barrier stands before each such call, and they end with one.
namespace vyre::backend::translation {
namespace {

using vir0::Op;

constexpr const char* kAll = "0xFFFFFFFF";

}  // namespace

std::string Translator::next_exchange() {
  const std::string address = code_.word();
  code_("xor.b32 %half, %half, 512;");
  code_("add.u32 {}, %scratch, %half;", address);
  return address;
}

std::vector<std::string> Translator::exchange_words(const std::string& value) {
  const std::string address = next_exchange();
  std::vector<std::string> all;
  for (u32 warp = 0; warp < kWarps; ++warp) all.push_back(code_.word());
  const std::string own = code_.word();
  code_("add.u32 {}, {}, %warp4;", own, address);
  code_("@%first_of_warp st.shared.u32 [{}], {};", own, value);
  code_("bar.sync 0;");
  code_("ld.shared.v4.u32 {{{}, {}, {}, {}}}, [{}];", all[0], all[1], all[2], all[3], address);
  return all;
}

void Translator::write_ballot(vir0::Instruction i) {
  const std::string target = scalar(i.dst);
  if (i.op == Op::kMaskCount) {
    const std::string count = code_.word();
    code_("bar.red.popc.u32 {}, 0, {};", count, mask(i.a));
    return code_("cvt.u64.u32 {}, {};", target, count);
  }
  const std::string bits = code_.word();
  code_("vote.sync.ballot.b32 {}, {}, {};", bits, mask(i.a), kAll);
  const std::vector<std::string> all = exchange_words(bits);
  const std::string low = code_.wide();
  const std::string high = code_.wide();
  code_("mov.b64 {}, {{{}, {}}};", low, all[0], all[1]);
  code_("mov.b64 {}, {{{}, {}}};", high, all[2], all[3]);
  if (i.op == Op::kMaskBallot) {
    return code_("mov.b64 {}, {};", target, i.immediate == 0 ? low : high);
  }
  const bool first = i.op == Op::kMaskFirst;
  const std::string in_low = code_.word();
  const std::string in_high = code_.word();
  const std::string empty = code_.truth();
  if (first) {
    for (const std::string& half : {low, high}) code_("brev.b64 {0}, {0};", half);
  }
  code_("clz.b64 {}, {};", in_low, low);
  code_("clz.b64 {}, {};", in_high, high);
  if (first) {
    code_("setp.eq.u64 {}, {}, 0;", empty, low);
    code_("add.u32 {0}, {0}, 64;", in_high);
    code_("selp.b32 {0}, {1}, {0}, {2};", in_low, in_high, empty);
  } else {
    const std::string none = code_.truth();
    code_("setp.eq.u64 {}, {}, 0;", none, low);
    code_("setp.eq.u64 {}, {}, 0;", empty, high);
    code_("sub.u32 {0}, 63, {0};", in_low);
    code_("selp.b32 {0}, 128, {0}, {1};", in_low, none);
    code_("sub.u32 {0}, 127, {0};", in_high);
    code_("selp.b32 {0}, {0}, {1}, {2};", in_low, in_high, empty);
  }
  code_("cvt.u64.u32 {}, {};", target, in_low);
}

void Translator::write_scan(vir0::Instruction i) {
  const char* combine = i.op == Op::kVectorScanMax ? "max.u32" : "add.u32";
  const std::string value = code_.word();
  const std::string before = code_.word();
  const std::string has = code_.truth();
  code_("mov.b32 {}, {};", value, vector(i.a));
  for (u32 step = 1; step < 32; step *= 2) {
    code_("shfl.sync.up.b32 {}|{}, {}, {}, 0, {};", before, has, value, step, kAll);
    code_("@{0} {1} {2}, {2}, {3};", has, combine, value, before);
  }
  // The warp's last thread has the whole warp's.
  const std::string whole = code_.word();
  code_("shfl.sync.idx.b32 {}, {}, 31, 31, {};", whole, value, kAll);
  const std::vector<std::string> all = exchange_words(whole);
  for (u32 warp = 0; warp + 1 < kWarps; ++warp) {
    code_("@%after_warp{0} {1} {2}, {2}, {3};", warp, combine, value, all[warp]);
  }
  if (i.op == Op::kVectorScanAddExclusive) {
    code_("sub.u32 {}, {}, {};", vector(i.dst), value, vector(i.a));
  } else {
    code_("mov.b32 {}, {};", vector(i.dst), value);
  }
}

void Translator::write_reduce(vir0::Instruction i) {
  const bool ors = i.op == Op::kVectorReduceOr;
  const char* least = i.op == Op::kVectorReduceMin ? "min" : "max";
  const std::string type = ors ? "or.b32" : fmt::format("{}.u32", least);
  const std::string value = code_.word();
  code_("redux.sync.{} {}, {}, {};", type, value, vector(i.a), kAll);
  const std::vector<std::string> all = exchange_words(value);
  for (u32 warp = 1; warp < kWarps; ++warp) code_("{0} {1}, {1}, {2};", type, all[0], all[warp]);
  code_("cvt.u64.u32 {}, {};", scalar(i.dst), all[0]);
}

// In halves of 16 bits, whose sums over a warp are words.
void Translator::write_sum(vir0::Instruction i) {
  std::vector<std::string> sums;
  for (const char* take : {"and.b32 {}, {}, 0xFFFF;", "shr.u32 {}, {}, 16;"}) {
    const std::string half = code_.word();
    code_(fmt::runtime(take), half, vector(i.a));
    code_("redux.sync.add.u32 {0}, {0}, {1};", half, kAll);
    const std::vector<std::string> all = exchange_words(half);
    for (u32 warp = 1; warp < kWarps; ++warp) code_("add.u32 {0}, {0}, {1};", all[0], all[warp]);
    sums.push_back(code_.wide());
    code_("cvt.u64.u32 {}, {};", sums.back(), all[0]);
  }
  code_("shl.b64 {0}, {0}, 16;", sums[1]);
  code_("add.u64 {}, {}, {};", scalar(i.dst), sums[0], sums[1]);
}

void Translator::write_lanes(vir0::Instruction i) {
  if (i.op >= Op::kVectorScanAdd && i.op <= Op::kVectorScanMax) return write_scan(i);
  if (i.op == Op::kVectorReduceAdd) return write_sum(i);
  if (i.op >= Op::kVectorReduceMin && i.op <= Op::kVectorReduceOr) return write_reduce(i);
  // Every lane shows its value, then takes the one that it wants.
  const bool extracts = i.op == Op::kVectorExtract;
  const std::string address = next_exchange();
  const std::string place = code_.word();
  code_("shl.b32 {}, %lane, 2;", place);
  code_("add.u32 {0}, {0}, {1};", place, address);
  code_("st.shared.u32 [{}], {};", place, vector(i.a));
  const std::string wanted = code_.word();
  if (extracts) {
    code_("cvt.u32.u64 {}, {};", wanted, scalar(i.b));
  } else {
    code_("mov.b32 {}, {};", wanted, vector(i.b));
  }
  code_("and.b32 {0}, {0}, 127;", wanted);
  code_("shl.b32 {0}, {0}, 2;", wanted);
  code_("add.u32 {0}, {0}, {1};", wanted, address);
  code_("bar.sync 0;");
  if (extracts) {
    const std::string value = code_.word();
    code_("ld.shared.u32 {}, [{}];", value, wanted);
    code_("cvt.u64.u32 {}, {};", scalar(i.dst), value);
  } else {
    code_("ld.shared.u32 {}, [{}];", vector(i.dst), wanted);
  }
}

}  // namespace vyre::backend::translation
