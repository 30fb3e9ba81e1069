#include "tests/backend/passing_tenants.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "vyre/program_text.hpp"

namespace vyre::backend {
namespace {

using wire::FaultCode;
using wire::Opcode;

constexpr u32 kInboxBytes = 16;
constexpr char kResource[] = "\x05\x07 two bytes";

VerifiedProgram make_program(const char* text) { return verify(assemble(text).value()).value(); }

u32 count_lines(const TextBuffer& text) {
  return static_cast<u32>(std::ranges::count(text.bytes(), std::byte{'\n'}));
}

}  // namespace

LoadServer::Resources PassingTenants::resources() {
  LoadServer::Resources all;
  for (u32 tenant = 0; tenant < wire::kMaxTenants; ++tenant) all[tenant] = {kResource};
  return all;
}

PassingTenants::PassingTenants(Megakernel& kernel, const TextBuffer& text, u32 queue, u64 seed)
    : kernel_(kernel),
      queue_(kernel.queue(queue)),
      random_(seed),
      length_(text.size()),
      lines_(count_lines(text)),
      region_(kernel.add_region(text.bytes(), kSlots, 0, 0, kInboxBytes).value()),
      count_(make_program(".window total add 0\n count.byte s0, '\\n'\n v.splat v0, s0\n"
                          " v.const v1, 0\n v.lane v2\n m.eqi m0, v2, 5\n w.add v0, v1, m0, total\n"
                          " halt\n")),
      load_(make_program(".io 16\n.result sum sum\n s.const s0, 0\n s.const s1, 1\n"
                         " io.load s2, s0, s0, s1\n s.muli s2, s2, 1000\n result s2, sum\n"
                         " s.inbox.u8 s3, s0\n result s3, sum\n halt\n")) {}

void PassingTenants::come() {
  const TenantQuota quotas[] = {{}, {.slots = 1 + below(kSlots)}, {.fuel = 1 + below(20)}};
  tenant_ = kernel_.register_tenant(quotas[below(3)]).value();
  count_opcode_ = kernel_.load(count_, tenant_).value();
  load_opcode_ = kernel_.load(load_, tenant_).value();
}

void PassingTenants::publish(u32 number) {
  const Kind kind = static_cast<Kind>(below(3));
  WorkItem work = item(Opcode::kNop, tenant_);
  // What loads reads no bytes, so that it has one tile and loads once.
  if (kind == Kind::kCount) work = chunk_item(count_opcode_, region_, length_, number, tenant_);
  if (kind == Kind::kLoad) work = chunk_item(load_opcode_, region_, 0, number, tenant_);
  work.priority = static_cast<wire::Priority>(below(wire::kBands));
  pending_.push_back({queue_.publish(work).value(), kind});
  ++slots_;
  programs_ += kind == Kind::kNop ? 0 : 1;
}

void PassingTenants::disturb() {
  if (below(2) == 0) {
    for (u32 i = below(4); i != 0; --i) {
      Slot& slot = pending_[below(kSlots)];
      slot.cancelled = true;
      ASSERT_TRUE(queue_.cancel(slot.position, FaultCode::kCancelled));
    }
  }
  if (below(3) == 0) {
    ASSERT_TRUE(kernel_.hold(tenant_));
    std::this_thread::sleep_for(std::chrono::microseconds(below(500)));
    ASSERT_TRUE(kernel_.authorise(tenant_));
  }
}

void PassingTenants::check(const Slot& slot, u32 number, bool revoked) {
  if (queue_.status(slot.position) == wire::SlotStatus::kFault) {
    ++faults_;
    const FaultCode code = fault_of(queue_.slot(slot.position));
    EXPECT_TRUE((slot.cancelled && code == FaultCode::kCancelled) ||
                (revoked && code == FaultCode::kUnknownTenant))
        << "fault " << static_cast<u32>(code) << (revoked ? ", revoked" : "")
        << (slot.cancelled ? ", cancelled" : "");
    return;
  }
  if (slot.kind == Kind::kLoad && !revoked && !slot.cancelled) {
    EXPECT_EQ(region_.results(number)[0], static_cast<u64>(kResource[0]));
  }
}

bool PassingTenants::take_back(bool revoked) {
  for (u32 number = 0; number < kSlots; ++number) {
    const Slot& slot = pending_[number];
    if (!wait_finished(queue_, slot.position)) return false;
    check(slot, number, revoked);
    queue_.release(slot.position);
  }
  return true;
}

bool PassingTenants::pass() {
  come();
  for (u32 number = 0; number < kSlots; ++number) {
    if (number == kSlots / 2) {
      EXPECT_TRUE(kernel_.authorise(tenant_));
    }
    publish(number);
  }
  disturb();
  const bool revoked = below(3) == 0;
  if (revoked) {
    EXPECT_TRUE(kernel_.revoke(tenant_));
  }
  if (!take_back(revoked)) return false;
  if (!revoked) {
    const bool whole = std::ranges::none_of(pending_, &Slot::cancelled);
    const auto counts = std::ranges::count(pending_, Kind::kCount, &Slot::kind);
    u32 total = 0;
    EXPECT_TRUE(kernel_.read_window(tenant_, 0, {&total, 1}));
    if (whole) {
      EXPECT_EQ(total, static_cast<u32>(counts) * lines_);
    }
    EXPECT_TRUE(kernel_.revoke(tenant_));
  }
  pending_.clear();
  return true;
}

}  // namespace vyre::backend
