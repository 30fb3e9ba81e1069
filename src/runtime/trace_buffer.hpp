#pragma once

#include <span>
#include <string>

#include "runtime/slot_visit.hpp"
#include "runtime/trace_file.hpp"

namespace vyre::runtime {

/// One ring's events on their way to a trace: a process of the trace's viewer, with a track for
/// each hop. Slots overlap in a hop, so a hop is a pair of nestable asynchronous events ("b", "e")
/// with the hop's category and the visit's id. Holds about 64 KiB at most. One thread.
class TraceBuffer {
 public:
  /// `file` outlives the buffer.
  TraceBuffer(TraceFile& file, u32 ring);

  /// The hops are the visit's, on the steady clock.
  void add(const SlotVisit& visit, std::span<const HopTime> hops);
  void flush();

 private:
  TraceFile& file_;
  u32 ring_;
  u64 visits_ = 0;
  std::string events_;
  std::string arguments_;
};

}  // namespace vyre::runtime
