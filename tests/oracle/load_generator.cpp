#include "tests/oracle/access_generator.hpp"

// Loads from resources. Which there are, the generator does not know: handles, offsets and lengths
// are such that most loads succeed where a case has resources of some hundred bytes.
namespace vyre::oracle {

using vir0::Op;

void AccessGenerator::load() {
  code_.forget_lanes();
  const u32 depth = chance_.below(3);
  for (u32 i = 0; i < depth; ++i) {
    if (chance_.percent(50)) {
      code_.begin_repeat(chance_.between(1, 3));
    } else {
      code_.begin_repeat_scalar(constant(chance_.below(4)), chance_.between(1, 3));
    }
  }
  code_.release();
  load_once();
  for (u32 i = 0; i < depth; ++i) code_.end_loop();
}

void AccessGenerator::load_once() {
  const u32 most = declared_.program.io_bytes;
  const u32 length = chance_.percent(80) ? chance_.below(most) + 1 : chance_.below(most + 2);
  const u32 handle = constant(chance_.one_of({0u, 0u, 0u, 1u, 1u, 2u, 65536u}));
  const u32 offset = chance_.percent(70) ? constant(chance_.below(300)) : code_.read(Bank::kScalar);
  const u32 status = code_.claim(Bank::kScalar);
  code_.write(Op::kIoLoad, status, handle, offset, constant(length));
  code_.forget_lanes();
  observe(Bank::kScalar, status);
  if (risky()) return read_inbox(length + chance_.below(3));
  const auto over = code_.branch_if(false, status);
  code_.release();
  for (u32 reads = chance_.below(3); reads > 0; --reads) read_inbox(length);
  code_.land(over);
}

/// Reads what lies within `length` bytes, in one of the ways that there are.
void AccessGenerator::read_inbox(u32 length) {
  code_.release();
  const u32 kind = chance_.below(8);
  if (kind == 7) {
    const u32 bytes = chance_.below(length + 1);
    code_.write(Op::kCopyInbox, 0, constant(chance_.below(length - bytes + 1)), constant(bytes));
    return;
  }
  const bool scalar = kind < 4;
  const u32 width = 1u << (scalar ? kind : kind - 4);
  if (length < width) return;
  if (scalar) {
    const u32 dst = code_.claim(Bank::kScalar);
    constexpr Op kOps[] = {Op::kInboxScalarU8, Op::kInboxScalarU16, Op::kInboxScalarU32,
                           Op::kInboxScalarU64};
    code_.write(kOps[kind], dst, constant(chance_.below(length - width + 1)));
    return observe(Bank::kScalar, dst);
  }
  constexpr Op kOps[] = {Op::kInboxU8, Op::kInboxU16, Op::kInboxU32};
  const Lanes lanes = indices(length - width + 1);
  const u32 dst = code_.claim(Bank::kVector);
  code_.write(kOps[kind - 4], dst, lanes.values, lanes.mask);
  observe(Bank::kVector, dst);
}

}  // namespace vyre::oracle
