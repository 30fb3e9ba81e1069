#include "vyre/telemetry.hpp"

#include <fmt/format.h>

#include "base/checked.hpp"

namespace vyre {
namespace {

Error not_zero_copy(std::string what) {
  return invalid_argument(std::move(what), "read the counters: not every byte came this one way");
}

// Every counter of a telemetry, in one order, so that merging cannot forget one.
template <typename Telemetry, typename Visit>
void visit_counters(Telemetry& telemetry, Visit visit) {
  for (auto& path : telemetry.paths) {
    visit(path.submitted);
    visit(path.completed);
    visit(path.failed);
    visit(path.bytes);
  }
  visit(telemetry.buffered_reads);
  visit(telemetry.buffered_bytes);
  visit(telemetry.direct_reads);
  visit(telemetry.direct_bytes);
  visit(telemetry.direct_refused);
  visit(telemetry.read_again_bytes);
  visit(telemetry.userspace_copied_bytes);
  visit(telemetry.opens);
  visit(telemetry.opens_failed);
  visit(telemetry.closes);
  visit(telemetry.short_reads_resumed);
  visit(telemetry.files_restaged);
  visit(telemetry.reads_split);
  visit(telemetry.bad_blocks);
}

constexpr std::size_t kCounters = sizeof(IngestTelemetry) / sizeof(Counter);

}  // namespace

void Counter::add(std::uint64_t amount) noexcept {
  value_ = base::checked_add(value_, amount).value_or(std::numeric_limits<std::uint64_t>::max());
}

Status Counter::merge(Counter other) {
  const auto sum = base::checked_add(value_, other.value_);
  if (!sum) {
    return tl::unexpected(
        invalid_argument(fmt::format("counters {} and {} do not fit in one of 64 bits together",
                                     value_, other.value_),
                         "report the rings one by one"));
  }
  value_ = *sum;
  return {};
}

std::uint64_t IngestTelemetry::in_flight(ReadPath which) const noexcept {
  const ReadCounters& counters = path(which);
  return counters.submitted.value() - counters.completed.value() - counters.failed.value();
}

Status IngestTelemetry::merge(const IngestTelemetry& other) {
  std::array<const Counter*, kCounters> sources{};
  std::size_t count = 0;
  visit_counters(other, [&](const Counter& counter) { sources[count++] = &counter; });
  IngestTelemetry sum = *this;
  Status status;
  count = 0;
  visit_counters(sum, [&](Counter& counter) {
    const Status merged = counter.merge(*sources[count++]);
    if (status && !merged) status = merged;
  });
  if (status) *this = sum;
  return status;
}

Status IngestTelemetry::validate_completed_zero_copy(ReadPath wanted) const {
  bool overflowed = false;
  visit_counters(*this, [&](const Counter& counter) { overflowed |= counter.overflowed(); });
  if (overflowed) return tl::unexpected(not_zero_copy("a counter has overflowed"));
  for (std::size_t i = 0; i < kReadPaths; ++i) {
    const auto which = static_cast<ReadPath>(i);
    const ReadCounters& counters = paths[i];
    if (which != wanted && counters.submitted.value() != 0) {
      return tl::unexpected(not_zero_copy(
          fmt::format("{} reads went by {}", counters.submitted.value(), to_string(which))));
    }
    if (counters.failed.value() != 0) {
      return tl::unexpected(not_zero_copy(
          fmt::format("{} reads by {} failed", counters.failed.value(), to_string(which))));
    }
    if (counters.submitted.value() != counters.completed.value()) {
      return tl::unexpected(
          not_zero_copy(fmt::format("of {} reads by {} {} completed", counters.submitted.value(),
                                    to_string(which), counters.completed.value())));
    }
  }
  if (userspace_copied_bytes.value() != 0) {
    return tl::unexpected(not_zero_copy(
        fmt::format("{} bytes were copied in user space", userspace_copied_bytes.value())));
  }
  return {};
}

}  // namespace vyre
