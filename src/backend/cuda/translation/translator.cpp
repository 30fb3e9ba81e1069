#include "backend/cuda/translation/translator.hpp"

#include <cstddef>

#include "backend/cuda/device/translation_frame.hpp"
#include "backend/cuda/translation/registers_text.hpp"
#include "base/check.hpp"
#include "kernel/registers.hpp"
#include "kernel/tile_run.hpp"
#include "vir0/result_combine.hpp"

namespace vyre::backend::translation {
namespace {

using vir0::Op;
using Frame = device::TranslationFrame;

bool jumps(Op op) { return op == Op::kJump || op == Op::kBranch || op == Op::kBranchZero; }

/// Of the instructions for 1, 2 and 4 bytes, which follow each other.
u32 bytes_of(Op op, Op of_one) { return 1u << (static_cast<u32>(op) - static_cast<u32>(of_one)); }

std::string label_of(u32 instruction) { return fmt::format("I{}", instruction); }

}  // namespace

// What is verified can be read.
Translator::Translator(const VerifiedProgram& program)
    : verified_(program),
      program_(vir0::read_code(program.program()).value()),
      combines_(vir0::result_combines(program.program())),
      targets_(program_.size() + 1),
      tables_used_(program.program().tables.size()) {
  find_targets();
}

void Translator::find_targets() {
  for (u32 at = 0; at < program_.size(); ++at) {
    const vir0::Instruction& i = program_.instructions[at];
    if (i.op == Op::kEmit) emits_ = true;
    if (jumps(i.op)) targets_[i.immediate] = true;
    if (i.op == Op::kEnd) targets_[at + 1] = true;
  }
}

void Translator::settle_fuel() {
  if (fuel_ != 0) code_("add.u32 %fuel, %fuel, {};", fuel_);
  fuel_ = 0;
}

void Translator::fault_if(const std::string& truth, std::string ended) {
  const std::string place = code_.place();
  code_("@{} bra.uni {};", truth, place);
  exits_.push_back({place, std::move(ended), at_, fuel_});
}

void Translator::fault_if(const std::string& truth, wire::FaultCode code) {
  fault_if(truth, fmt::format("{}", static_cast<u32>(code)));
}

void Translator::fault_if_beyond(const std::string& inside, u32 lanes, wire::FaultCode code) {
  if (is_proven()) return;
  const std::string beyond = code_.truth();
  code_("not.pred {}, {};", beyond, inside);
  code_("and.pred {0}, {0}, {1};", beyond, mask(lanes));
  const std::string any = code_.truth();
  code_("bar.red.or.pred {}, 0, {};", any, beyond);
  fault_if(any, code);
}

void Translator::write_control(vir0::Instruction i) {
  settle_fuel();
  const std::string truth = code_.truth();
  switch (i.op) {
    case Op::kHalt:
      exits_.push_back({code_.place(), fmt::format("{}", kernel::kHalted), at_, 0});
      return code_("bra.uni {};", exits_.back().place);
    case Op::kJump:
      return code_("bra.uni {};", label_of(i.immediate));
    case Op::kBranch:
    case Op::kBranchZero:
      code_("setp.{}.u64 {}, {}, 0;", i.op == Op::kBranch ? "ne" : "eq", truth, scalar(i.a));
      return code_("@{} bra.uni {};", truth, label_of(i.immediate));
    case Op::kBreak:
      code_("setp.ne.u64 {}, {}, 0;", truth, scalar(i.a));
      return code_("@{} bra.uni {};", truth, label_of(loops_.back().after));
    case Op::kEnd: {
      if (loops_.back().once) {
        loops_.pop_back();
        return;
      }
      const std::string counter = fmt::format("%c{}", loops_.size() - 1);
      code_("sub.u32 {0}, {0}, 1;", counter);
      code_("setp.ne.u32 {}, {}, 0;", truth, counter);
      code_("@{} bra.uni {};", truth, loops_.back().body);
      loops_.pop_back();
      return;
    }
    default:
      break;
  }
  const std::string counter = fmt::format("%c{}", loops_.size());
  const bool once = i.op == Op::kRepeat && i.immediate == 1;
  loops_.push_back({code_.place(), program_.partner[at_] + 1, once});
  if (once) return;
  if (i.op == Op::kRepeatScalar) {
    const std::string wanted = code_.wide();
    code_("min.u64 {}, {}, {};", wanted, scalar(i.a), i.immediate);
    code_("cvt.u32.u64 {}, {};", counter, wanted);
    code_("setp.eq.u32 {}, {}, 0;", truth, counter);
    code_("@{} bra.uni {};", truth, label_of(loops_.back().after));
  } else {
    code_("mov.b32 {}, {};", counter, i.immediate);
  }
  code_.label(loops_.back().body);
}

void Translator::write_instruction() {
  const vir0::Instruction i = program_.instructions[at_];
  fuel_ += vir0::fuel_of(i.op);
  if (device::is_delegated(i.op)) return write_delegated(i);
  if (i.op <= Op::kEnd) return write_control(i);
  if (i.op <= Op::kScalarLtImmediate) return write_scalar(i);
  if (i.op <= Op::kVectorShrImmediate) return write_vector(i);
  if (i.op <= Op::kVectorReduceOr) return write_lanes(i);
  if (i.op < Op::kMaskBallot) return write_mask(i);
  if (i.op <= Op::kMaskLast) return write_ballot(i);
  if (i.op <= Op::kLoadU32) return write_load(i, bytes_of(i.op, Op::kLoadU8));
  if (i.op <= Op::kBlockU32) return write_block(i, bytes_of(i.op, Op::kBlockU8));
  if (i.op <= Op::kTableU32) return write_table(i, bytes_of(i.op, Op::kTableU8));
  if (i.op <= Op::kCarryStore) return write_carry(i);
  if (i.op == Op::kResult) return write_result(i);
  if (i.op == Op::kEmit) return write_emit(i);
  VYRE_CHECK(i.op == Op::kClassBitmap);
  write_class_bitmap(i);
}

void Translator::write_exits() {
  for (const Exit& exit : exits_) {
    code_.label(exit.place);
    if (exit.fuel != 0) code_("add.u32 %fuel, %fuel, {};", exit.fuel);
    code_("mov.b32 %ended, {};", exit.ended);
    code_("mov.b32 %at, {};", exit.instruction);
    code_("bra.uni DONE;");
  }
  code_.label("DONE");
  show_count();
  code_("st.u32 [%frame+{}], %fuel;", offsetof(Frame, fuel));
  code_("mov.b64 %result, {{%ended, %at}};");
  code_("st.param.b64 [ended], %result;");
  code_("ret;");
}

std::string Translator::prologue() const {
  PtxCode code;
  code("ld.param.b64 %frame, [frame];");
  const auto load = [&](const char* type, const char* name, std::size_t offset) {
    code("ld.{} {}, [%frame+{}];", type, name, offset);
  };
  load("u64", "%run", offsetof(Frame, run));
  load("u64", "%readable", offsetof(Frame, readable));
  load("u64", "%file_begin", offsetof(Frame, file_begin));
  load("u64", "%scalars", offsetof(Frame, scalars));
  load("u64", "%tables", offsetof(Frame, tables));
  load("u32", "%registers", offsetof(Frame, registers));
  load("u32", "%before", offsetof(Frame, before));
  load("u32", "%length", offsetof(Frame, length));
  load("u32", "%after", offsetof(Frame, after));
  load("u32", "%offset", offsetof(Frame, offset));
  for (const char* name : {"before", "length", "after"}) code("cvt.u64.u32 %{0}64, %{0};", name);
  // How many words of 1, 2 and 4 bytes can be read, one beginning at each byte.
  code("add.u32 %places1, %before, %length;");
  code("add.u32 %places1, %places1, %after;");
  for (const u32 bytes : {2u, 4u}) {
    code("max.u32 %places{}, %places1, {};", bytes, bytes - 1);
    code("sub.u32 %places{0}, %places{0}, {1};", bytes, bytes - 1);
  }
  code("mov.b32 %fuel, 0;");
  code("mov.b32 %half, 0;");
  code("add.u32 %scratch, %registers, {};", offsetof(kernel::Registers, scratch));
  code("mov.u32 %lane, %tid.x;");
  code("setp.eq.u32 %leader, %lane, 0;");
  code("and.b32 %warp4, %lane, 31;");
  code("setp.eq.u32 %first_of_warp, %warp4, 0;");
  code("shr.u32 %warp4, %lane, 5;");
  for (u32 warp = 0; warp < 3; ++warp) code("setp.gt.u32 %after_warp{0}, %warp4, {0};", warp);
  code("shl.b32 %warp4, %warp4, 2;");
  code("shl.b32 %own, %lane, 2;");
  code("add.u32 %own, %own, %registers;");
  if (emits_) write_sink_begin(code);
  for (std::size_t table = 0; table < tables_used_.size(); ++table) {
    if (!tables_used_[table]) continue;
    code("ld.global.u64 %table{}, [%tables+{}];", table,
         table * sizeof(kernel::TableView) + offsetof(kernel::TableView, bytes));
    code("cvta.to.global.u64 %table{0}, %table{0};", table);
  }
  return code.text();
}

std::string Translator::write(const std::string& name) {
  for (at_ = 0; at_ < program_.size(); ++at_) {
    if (targets_[at_]) {
      settle_fuel();
      code_.label(label_of(at_));
    }
    write_instruction();
  }
  write_exits();
  std::string text =
      fmt::format(".visible .func (.param .b64 ended) {}(.param .b64 frame)\n{{\n", name);
  text += fmt::format("  .reg .b64 %s<{}>;\n  .reg .b32 %v<{}>;\n  .reg .pred %m<{}>;\n",
                      vir0::kScalarRegisters, vir0::kVectorRegisters, vir0::kMaskRegisters);
  text += fmt::format("  .reg .b32 %c<{}>;\n", vir0::kMaxLoopDepth);
  text +=
      "  .reg .b64 %frame, %run, %readable, %file_begin, %scalars, %tables, %result;\n"
      "  .reg .b64 %before64, %length64, %after64, %records, %total, %count, %count_before;\n"
      "  .reg .b32 %registers, %before, %length, %after, %places1, %places2, %places4, %half;\n"
      "  .reg .b32 %scratch, %lane, %warp4, %own, %ended, %at, %fuel, %offset, %capacity;\n"
      "  .reg .pred %leader, %first_of_warp, %after_warp<3>, %alone;\n";
  text += fmt::format("  .reg .b64 %table<{}>;\n", tables_used_.size() + 1);
  return text + code_.declarations() + prologue() + code_.text() + "}\n";
}

}  // namespace vyre::backend::translation
