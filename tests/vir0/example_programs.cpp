#include "tests/vir0/example_programs.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include "tests/support/automaton_builder.hpp"
#include "vyre/program_builder.hpp"
#include "vyre/program_text.hpp"

namespace vyre::testing {
namespace {

constexpr ScalarRegister s0{0}, s1{1}, s2{2};
constexpr VectorRegister v0{0}, v1{1}, v2{2};
constexpr MaskRegister m0{0}, m1{1};

void write_scalars(ProgramBuilder& b) {
  b.constant_wide(s0, 0x1234567890ABCDEF);
  b.input(s1, TileInput::kTileLength);
  b.move(s2, s1);
  using enum ScalarOperation;
  for (const auto operation : {kAdd, kSub, kMul, kDiv, kRem, kAnd, kOr, kXor, kShl, kShr, kRotl,
                               kMin, kMax, kEq, kNe, kLt, kLe}) {
    b.scalar(operation, s2, s0, s1);
  }
  for (const auto operation :
       {ScalarUnaryOperation::kPopcount, ScalarUnaryOperation::kClz, ScalarUnaryOperation::kCtz}) {
    b.scalar(operation, s2, s0);
  }
  using Immediate = ScalarImmediateOperation;
  for (const auto operation : {Immediate::kAdd, Immediate::kMul, Immediate::kAnd, Immediate::kShl,
                               Immediate::kShr, Immediate::kEq, Immediate::kLt}) {
    b.scalar(operation, s2, s0, 7);
  }
  b.select(s2, s0, s1, s2);
}

void write_vectors(ProgramBuilder& b) {
  b.lane(v0);
  b.splat(v1, s0);
  b.constant(v2, 3);
  b.move(v2, v1);
  b.constant(m0, true);
  using enum VectorOperation;
  for (const auto operation : {kAdd, kSub, kMul, kAnd, kOr, kXor, kShl, kShr, kRotl, kMin, kMax}) {
    b.vector(operation, v2, v0, v1);
  }
  using Unary = VectorUnaryOperation;
  for (const auto operation : {Unary::kPopcount, Unary::kClz, Unary::kCtz, Unary::kScanAdd,
                               Unary::kScanAddExclusive, Unary::kScanMax}) {
    b.vector(operation, v2, v0);
  }
  using Immediate = VectorImmediateOperation;
  for (const auto operation : {Immediate::kAdd, Immediate::kMul, Immediate::kAnd, Immediate::kXor,
                               Immediate::kShl, Immediate::kShr}) {
    b.vector(operation, v2, v0, 9);
  }
  b.select(v2, m0, v0, v1);
  b.shuffle(v2, v0, v1);
  b.extract(s2, v0, s1);
  for (const auto reduction : {Reduction::kAdd, Reduction::kMin, Reduction::kMax, Reduction::kOr}) {
    b.reduce(reduction, s2, v0);
  }
}

void write_masks(ProgramBuilder& b) {
  for (const auto comparison :
       {Comparison::kEq, Comparison::kNe, Comparison::kLt, Comparison::kLe}) {
    b.compare(comparison, m1, v0, v1);
  }
  for (const auto comparison : {ImmediateComparison::kEq, ImmediateComparison::kNe,
                                ImmediateComparison::kLt, ImmediateComparison::kGe}) {
    b.compare(comparison, m1, v0, 64);
  }
  for (const auto operation :
       {MaskOperation::kAnd, MaskOperation::kOr, MaskOperation::kXor, MaskOperation::kAndNot}) {
    b.mask(operation, m1, m0, m1);
  }
  b.mask_not(m1, m0);
  b.mask_of_bits(m1, s0, s1);
  b.ballot(s2, m1, LaneHalf::kHigh);
  for (const auto query : {MaskQuery::kCount, MaskQuery::kFirst, MaskQuery::kLast}) {
    b.query(query, s2, m1);
  }
}

void write_memory(ProgramBuilder& b) {
  for (const auto width : {LoadWidth::kU8, LoadWidth::kU16, LoadWidth::kU32}) {
    b.load(width, v2, v0, m1);
    b.block(width, v2, s1);
  }
  const std::vector<std::uint8_t> bytes(128, 1);
  const std::vector<std::uint16_t> halves(128, 2);
  const std::vector<std::uint32_t> words(128, 3);
  b.lookup(v2, b.table(std::span(bytes), "bytes"), v0, m0);
  b.lookup(v2, b.table(std::span(halves)), v0, m0);
  b.lookup(v2, b.table(std::span(words)), v0, m0);
  const Window state = b.window("state", WindowAccess::kState, 4, 128);
  b.window_load(v2, state, v0, m0);
  b.window_store(state, v0, v2, m0);
  using enum WindowOperation;
  for (const auto operation : {kAdd, kMin, kMax, kOr}) {
    b.window_update(operation, state, v0, v2, m0);
  }
  const CarryWords carry = b.carry(1);
  b.carry_load(s2, carry);
  b.carry_store(carry, s2);
}

void write_output(ProgramBuilder& b) {
  const ResultWords sum = b.result("sum", Combine::kSum);
  b.result(sum, s2);
  b.emit_budget(100'000);
  b.compare(ImmediateComparison::kLt, m1, v0, 0);
  b.emit(v0, v2, m1);
  b.constant(s0, 0);
  b.copy(s0, s0);
  b.automaton(b.table(build_automaton({{literal("needle"), 7, {}}})));
  b.count_byte(s2, '\n');
  b.class_bitmap(v2, s0, b.byte_set(" \t\n", "blank"));
  b.histogram(b.result("histogram", Combine::kSum, 256));
  const Literal needle = b.literal("needle");
  b.find_count(s2, needle);
  b.find_emit(s2, needle);
  b.crc32c(s2);
  b.result(b.result("crc", Combine::kCrc32c), s2);
  b.xxh64(s2, b.carry(4));
}

// Before nothing that needs a vector or a mask: a load unsets them.
void write_loads(ProgramBuilder& b) {
  b.io_bytes(64);
  static_cast<void>(b.resource("data"));
  b.constant(s0, 0);
  b.constant(s1, 16);
  b.io_load(s2, s0, s0, s1);
  using enum InboxWidth;
  for (const auto width : {kU8, kU16, kU32, kU64}) b.inbox(width, s2, s0);
  b.lane(v0);
  b.constant(m0, true);
  for (const auto width : {LoadWidth::kU8, LoadWidth::kU16, LoadWidth::kU32}) {
    b.inbox(width, v2, v0, m0);
  }
  b.copy_inbox(s0, s1);
}

void write_control(ProgramBuilder& b) {
  b.loop(2, [&] { b.break_if(s2); });
  b.loop(s2, 3, [&] { b.constant(s1, 1); });
  b.if_else(
      s2, [&] { b.constant(s1, 2); }, [&] { b.constant(s1, 3); });
  b.if_zero(s2, [&] { b.constant(s1, 4); });
  b.label("end");
  b.halt();
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Program every_instruction() {
  ProgramBuilder b;
  write_scalars(b);
  write_vectors(b);
  write_masks(b);
  write_memory(b);
  write_output(b);
  write_loads(b);
  write_control(b);
  return b.build();
}

Program bare_program() {
  ProgramBuilder b;
  b.halt();
  return b.build();
}

Program decorated_program() {
  ProgramBuilder b;
  b.metadata("name=decorated");
  b.emit_budget(5);
  b.label("begin");
  b.count_byte(s0, 'x');
  b.result(b.result("lines", Combine::kSum, 2), s0);
  b.carry_store(b.carry(3), s0);
  b.lane(v0);
  b.constant(m0, true);
  b.window_update(WindowOperation::kMax, b.window("peaks", WindowAccess::kMax, 3, 200), v0, v0, m0);
  b.table(std::vector<std::byte>(5, std::byte{7}), "five");
  b.table(std::vector<std::byte>{});
  b.halt();
  Program program = b.build();
  program.unknown_sections = {{0x80000001, {std::byte{1}, std::byte{2}}}, {0xFFFFFFFF, {}}};
  return program;
}

std::vector<std::pair<std::string, Program>> example_programs() {
  std::vector<std::pair<std::string, Program>> programs;
  programs.emplace_back("bare", bare_program());
  programs.emplace_back("decorated", decorated_program());
  programs.emplace_back("every instruction", every_instruction());
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(VYRE_EXAMPLES)) {
    if (entry.path().extension() == ".vasm") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    auto program = assemble(read_file(file));
    if (!program) throw std::runtime_error(file.string() + ":" + program.error().message());
    programs.emplace_back(file.filename().string(), std::move(*program));
  }
  return programs;
}

Program random_program(std::uint32_t seed) {
  std::mt19937 engine(seed);
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  const auto up_to = [&](std::uint32_t most) { return random() % (most + 1); };
  const auto name = [&] {
    std::string text(up_to(3) == 0 ? up_to(300) : up_to(6), '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  };
  const auto bytes = [&] {
    std::vector<std::byte> out(up_to(3) == 0 ? 0 : up_to(40));
    for (std::byte& byte : out) byte = static_cast<std::byte>(random());
    return out;
  };
  Program program;
  for (auto i = up_to(20); i > 0; --i) {
    const std::uint64_t high = random();
    program.code.push_back(high << 32 | random());
  }
  for (auto i = up_to(5); i > 0; --i) program.tables.push_back(bytes());
  for (auto i = up_to(4); i > 0; --i) {
    program.results.push_back({name(), static_cast<Combine>(random() & 0xFF), random()});
  }
  for (auto i = up_to(4); i > 0; --i) {
    program.windows.push_back(
        {name(), static_cast<WindowAccess>(random() & 0xFF), random(), random()});
  }
  program.carry_words = up_to(1) == 0 ? random() : 0;
  if (up_to(1) == 0) program.emit_budget = up_to(1) == 0 ? 0 : random();
  for (auto i = up_to(6); i > 0; --i) {
    program.symbols.push_back({static_cast<Symbol::Kind>(random() & 0xFF), random(), name()});
    if (up_to(3) == 0) program.symbols.push_back(program.symbols.front());
  }
  program.metadata = name();
  for (auto i = up_to(3); i > 0; --i) {
    program.unknown_sections.push_back({random() | 0x80000000u, bytes()});
  }
  return program;
}

}  // namespace vyre::testing
