#include <cstddef>

#include "backend/cuda/device/worker_shared.hpp"
#include "backend/cuda/translation/registers_text.hpp"
#include "backend/cuda/translation/translator.hpp"
#include "kernel/records.hpp"
#include "vir0/emit_budget.hpp"

// `emit`. The records of the run so far are counted in a register, which all threads have alike,
// and stand in the worker's sink while other code may look there. The leader may put the count
// there while others still take it: it is the same, unless an `emit` lies between, whose barrier
// all have met.
namespace vyre::backend::translation {
namespace {

using device::WorkerShared;
using kernel::RecordSink;

/// Of a field of the worker's sink, from its registers on.
constexpr u64 in_sink(std::size_t field) {
  return offsetof(WorkerShared, sink) + field - offsetof(WorkerShared, registers);
}

}  // namespace

void Translator::write_sink_begin(PtxCode& code) {
  code("ld.shared.u64 %records, [%registers+{}];", in_sink(offsetof(RecordSink, records)));
  code("cvta.to.global.u64 %records, %records;");
  code("ld.shared.u32 %capacity, [%registers+{}];", in_sink(offsetof(RecordSink, capacity)));
  code("ld.shared.u64 %total, [%registers+{}];", in_sink(offsetof(RecordSink, total)));
  code("setp.eq.u64 %alone, %total, 0;");
  code("cvta.to.global.u64 %total, %total;");
  code("ld.shared.u64 %count, [%registers+{}];", in_sink(offsetof(RecordSink, count)));
  code("mov.b64 %count_before, %count;");
}

void Translator::show_count() {
  if (!emits_) return;
  code_("@%leader st.shared.u64 [%registers+{}], %count;", in_sink(offsetof(RecordSink, count)));
}

void Translator::take_count() {
  if (!emits_) return;
  code_("ld.shared.u64 %count, [%registers+{}];", in_sink(offsetof(RecordSink, count)));
}

/// Which lanes emit, by warp, and after them, where it is to be seen, whether some may not.
Translator::Emission Translator::exchange_emission(vir0::Instruction i) {
  Emission emission{code_.word(), {}, code_.word()};
  const std::string emits = code_.truth();
  code_("setp.lt.and.u32 {}, {}, %length, {};", emits, vector(i.a), mask(i.b));
  code_("vote.sync.ballot.b32 {}, {}, 0xFFFFFFFF;", emission.own, emits);
  const std::string beyond = code_.word();
  if (is_proven()) {
    code_("mov.b32 {}, 0;", beyond);
  } else {
    const std::string place = code_.word();
    const std::string outside = code_.truth();
    code_("add.u32 {}, {}, %before;", place, vector(i.a));
    code_("setp.ge.and.u32 {}, {}, %places1, {};", outside, place, mask(i.b));
    code_("vote.sync.ballot.b32 {}, {}, 0xFFFFFFFF;", beyond, outside);
  }
  const std::string address = next_exchange();
  const std::string own = code_.word();
  code_("shl.b32 {}, %warp4, 1;", own);
  code_("add.u32 {0}, {0}, {1};", own, address);
  code_("@%first_of_warp st.shared.v2.u32 [{}], {{{}, {}}};", own, emission.own, beyond);
  code_("bar.sync 0;");
  std::vector<std::string> faults;
  for (u32 pair = 0; pair < kWarps; pair += 2) {
    for (u32 warp = 0; warp < 2; ++warp) {
      emission.warps.push_back(code_.word());
      faults.push_back(code_.word());
    }
    code_("ld.shared.v4.u32 {{{}, {}, {}, {}}}, [{}+{}];", emission.warps[pair], faults[pair],
          emission.warps[pair + 1], faults[pair + 1], address, 8 * pair);
  }
  code_("add.u32 {}, {}, {};", emission.shared, address, 8 * kWarps);
  if (!is_proven()) {
    const std::string any = code_.truth();
    for (u32 warp = 1; warp < kWarps; ++warp) {
      code_("or.b32 {0}, {0}, {1};", faults[0], faults[warp]);
    }
    code_("setp.ne.u32 {}, {}, 0;", any, faults[0]);
    fault_if(any, wire::FaultCode::kTileOutOfRange);
  }
  return emission;
}

/// The chunk's number of the first record, of `added`: where other workers emit too, by one atomic
/// addition.
std::string Translator::reserve_records(const std::string& added, const std::string& shared) {
  const std::string first = code_.wide();
  const std::string have = code_.place();
  code_("mov.b64 {}, %count;", first);
  code_("@%alone bra.uni {};", have);
  code_("@%leader atom.global.add.u64 {}, [%total], {};", first, added);
  code_("@%leader st.shared.u64 [{}], {};", shared, first);
  code_("bar.sync 0;");
  code_("ld.shared.u64 {}, [{}];", first, shared);
  code_.label(have);
  return first;
}

void Translator::write_emit(vir0::Instruction i) {
  const Emission emission = exchange_emission(i);
  const std::string added = code_.word();
  const std::string place = code_.word();
  const std::string none = code_.truth();
  const std::string done = code_.place();
  code_("mov.u32 {}, %lanemask_lt;", place);
  code_("and.b32 {0}, {0}, {1};", place, emission.own);
  code_("popc.b32 {0}, {0};", place);
  code_("mov.b32 {}, 0;", added);
  for (u32 warp = 0; warp < kWarps; ++warp) {
    code_("popc.b32 {0}, {0};", emission.warps[warp]);
    code_("add.u32 {0}, {0}, {1};", added, emission.warps[warp]);
    if (warp + 1 == kWarps) break;
    code_("@%after_warp{0} add.u32 {1}, {1}, {2};", warp, place, emission.warps[warp]);
  }
  code_("setp.eq.u32 {}, {}, 0;", none, added);
  code_("@{} bra.uni {};", none, done);
  const std::string wide_added = code_.wide();
  code_("cvt.u64.u32 {}, {};", wide_added, added);
  const std::string at = reserve_records(wide_added, emission.shared);
  const std::string wide_place = code_.wide();
  const std::string emits = code_.truth();
  const std::string offset = code_.word();
  const std::string capacity = code_.wide();
  code_("cvt.u64.u32 {}, {};", wide_place, place);
  code_("add.u64 {0}, {0}, {1};", at, wide_place);
  code_("cvt.u64.u32 {}, %capacity;", capacity);
  code_("setp.lt.and.u32 {}, {}, %length, {};", emits, vector(i.a), mask(i.b));
  code_("setp.lt.and.u64 {0}, {1}, {2}, {0};", emits, at, capacity);
  code_("shl.b64 {0}, {0}, 3;", at);
  code_("add.u64 {0}, {0}, %records;", at);
  code_("add.u32 {}, {}, %offset;", offset, vector(i.a));
  code_("@{} st.global.v2.u32 [{}], {{{}, {}}};", emits, at, offset, vector(i.dst));
  code_("add.u64 %count, %count, {};", wide_added);
  const std::string tile = code_.wide();
  const std::string over = code_.truth();
  code_("sub.u64 {}, %count, %count_before;", tile);
  code_("setp.gt.u64 {}, {}, {};", over, tile, vir0::emit_budget(verified_));
  fault_if(over, wire::FaultCode::kEmitBudgetExhausted);
  code_.label(done);
}

}  // namespace vyre::backend::translation
