#include "tests/oracle/naive_machine.hpp"

// The instructions that load from resources, and those that read what has come.
namespace vyre::oracle {

using vir0::Instruction;
using vir0::Op;
using wire::FaultCode;

u64 NaiveMachine::load_resource(u64 resource, u64 offset, u64 bytes) {
  inbox_.clear();
  if (bytes > program_.io_bytes) return 3;
  if (resource >= resources_.size()) return 1;
  const std::string& content = resources_[resource];
  for (u64 i = 0; i <= bytes; ++i) {
    // Its end may be named, but not passed.
    if (offset > content.size() || offset + i > content.size()) return 2;
  }
  inbox_ = content.substr(offset, bytes);
  return 0;
}

u64 NaiveMachine::inbox_bytes(u64 offset, u32 width) const {
  u64 value = 0;
  for (u32 i = width; i-- > 0;) {
    if (offset >= inbox_.size() || inbox_.size() - offset <= i) {
      throw Faulted{FaultCode::kInboxOutOfRange};
    }
    value = value << 8 | static_cast<u8>(inbox_[offset + i]);
  }
  return value;
}

void NaiveMachine::copy_inbox(u64 first, u64 bytes) {
  if (bytes == 0) return;
  if (first >= inbox_.size() || bytes > inbox_.size() - first) {
    throw Faulted{FaultCode::kInboxOutOfRange};
  }
  tile_output_ += bytes;
  if (tile_output_ > vir0::kMaxTileOutput) throw Faulted{FaultCode::kOutputOutOfRange};
  output_ += inbox_.substr(first, bytes);
}

bool NaiveMachine::run_io(Instruction i) {
  if (i.op < Op::kIoLoad || i.op > Op::kCopyInbox) return false;
  if (program_.io_bytes == 0) throw BrokenPromise{"loads, but does not declare how much"};
  if (i.op == Op::kIoLoad) {
    const u64 status = load_resource(scalar(i.a), scalar(i.b), scalar(i.immediate));
    registers_.vectors = {};
    registers_.masks = {};
    registers_.scalars.at(i.dst) = status;
  } else if (i.op == Op::kCopyInbox) {
    copy_inbox(scalar(i.a), scalar(i.b));
  } else if (i.op <= Op::kInboxScalarU64) {
    const u32 width = 1u << (static_cast<u32>(i.op) - static_cast<u32>(Op::kInboxScalarU8));
    registers_.scalars.at(i.dst) = inbox_bytes(scalar(i.a), width);
  } else {
    const u32 width = 1u << (static_cast<u32>(i.op) - static_cast<u32>(Op::kInboxU8));
    const Lanes& offsets = vector(i.a);
    const Mask& lanes = mask(i.b);
    Lanes values{};
    for (u32 lane = 0; lane < kLanes; ++lane) {
      if (lanes[lane]) values[lane] = static_cast<u32>(inbox_bytes(offsets[lane], width));
    }
    registers_.vectors.at(i.dst) = values;
  }
  return true;
}

}  // namespace vyre::oracle
