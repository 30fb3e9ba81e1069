#include "vir0/verifier_code.hpp"

#include <fmt/format.h>

#include "vir0/limits.hpp"

namespace vyre::vir0 {
namespace {

const Symbol* label_before(const Program& program, u32 at) {
  const Symbol* nearest = nullptr;
  for (const Symbol& symbol : program.symbols) {
    if (symbol.kind != Symbol::Kind::kLabel || symbol.index > at) continue;
    if (nearest == nullptr || symbol.index > nearest->index) nearest = &symbol;
  }
  return nearest;
}

/// Pairs the loops while the instructions are read in order.
class LoopReader {
 public:
  LoopReader(const Program& program, Code& code) : program_(program), code_(code) {}

  Status read(u32 at) {
    const Op op = code_.instructions[at].op;
    code_.loop[at] = open_.empty() ? Code::kNoLoop : open_.back();
    if (begins_loop(op)) return open_loop(at);
    if (op == Op::kBreak && open_.empty()) {
      return reject(at, "no loop is open here", "jump or halt instead");
    }
    if (op == Op::kBreak) breaks_.push_back(at);
    return op == Op::kEnd ? close_loop(at) : Status{};
  }

  Status finish() {
    for (const u32 at : breaks_) code_.partner[at] = code_.partner[code_.loop[at]];
    if (open_.empty()) return {};
    return reject(open_.back(), "it has no end", "add its end");
  }

 private:
  [[nodiscard]] tl::unexpected<Error> reject(u32 at, const std::string& reason,
                                             std::string fix) const {
    return tl::unexpected(rejection(program_, at, reason, std::move(fix)));
  }

  Status open_loop(u32 at) {
    if (open_.size() == kMaxLoopDepth) {
      return reject(at, fmt::format("loops nest deeper than {}", kMaxLoopDepth),
                    "flatten the innermost loop");
    }
    open_.push_back(at);
    code_.loop_depth = std::max(code_.loop_depth, static_cast<u32>(open_.size()));
    return {};
  }

  Status close_loop(u32 at) {
    if (open_.empty()) return reject(at, "no repeat is open here", "remove it or add its repeat");
    code_.partner[open_.back()] = at;
    code_.partner[at] = open_.back();
    open_.pop_back();
    return {};
  }

  const Program& program_;
  Code& code_;
  std::vector<u32> open_;
  std::vector<u32> breaks_;
};

}  // namespace

Error rejection(const Program& program, u32 at, const std::string& reason, std::string fix) {
  std::string where = fmt::format("instruction {}", at);
  if (at < program.code.size()) {
    if (const auto* row = find_instruction(unpack(program.code[at]).op)) {
      where += fmt::format(" ({})", row->mnemonic);
    }
  }
  if (const Symbol* label = label_before(program, at)) {
    const u32 distance = at - label->index;
    where += distance == 0 ? fmt::format(" at {}", label->name)
                           : fmt::format(", {} after {}", distance, label->name);
  }
  return {ErrorCode::kInvalidProgram, static_cast<int>(at), where + ": " + reason, std::move(fix)};
}

Error program_rejection(std::string reason, std::string fix) {
  return {ErrorCode::kInvalidProgram, -1, std::move(reason), std::move(fix)};
}

Result<Code> read_code(const Program& program) {
  const std::size_t size = program.code.size();
  if (size == 0 || size > kMaxInstructions) {
    return tl::unexpected(
        program_rejection(fmt::format("the program has {} instructions", size),
                          fmt::format("write 1 to {} instructions", kMaxInstructions)));
  }
  Code code;
  code.instructions.resize(size);
  code.rows.resize(size);
  code.partner.resize(size);
  code.loop.resize(size);
  LoopReader loops(program, code);
  for (u32 at = 0; at < size; ++at) {
    code.instructions[at] = unpack(program.code[at]);
    code.rows[at] = find_instruction(code.instructions[at].op);
    if (code.rows[at] == nullptr) {
      const auto opcode = static_cast<u8>(code.instructions[at].op);
      return tl::unexpected(rejection(program, at, fmt::format("opcode {:#04x} is unknown", opcode),
                                      "use an opcode of this version's instruction table"));
    }
    if (Status status = loops.read(at); !status) return tl::unexpected(status.error());
  }
  if (Status status = loops.finish(); !status) return tl::unexpected(status.error());
  return code;
}

}  // namespace vyre::vir0
