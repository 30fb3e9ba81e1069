#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::simulation {

/// How often what the simulator is there for has happened.
struct Coverage {
  u64 steps = 0;
  u64 preemptions = 0;
  u64 files = 0;
  u64 bytes = 0;
  u64 reads = 0;
  u64 short_reads = 0;
  u64 reordered_completions = 0;
  u64 failed_reads = 0;
  u64 transient_failures = 0;
  u64 lost_reads = 0;
  u64 failed_opens = 0;
  u64 uncached_reads = 0;
  u64 reads_without_no_wait = 0;
  u64 direct_reads = 0;
  u64 refused_direct_reads = 0;
  u64 reused_tags = 0;
  u64 full_submission_queues = 0;
  u64 busy_submissions = 0;
  u64 full_completion_queues = 0;
  u64 ring_failures = 0;
  u64 grown_files = 0;
  u64 shrunk_files = 0;
  u64 restaged_files = 0;
  u64 failed_files = 0;
  u64 program_slots = 0;
  u64 program_faults = 0;
  u64 overflowed_outcomes = 0;
  u64 builtin_slots = 0;
  u64 builtin_faults = 0;
  u64 fences = 0;
  u64 parked_fences = 0;
  u64 slots_out_of_order = 0;
  u64 full_work_queues = 0;
  u64 slow_workers = 0;
  u64 stuck_workers = 0;
  u64 hung_workers = 0;
  u64 lost_workers = 0;
  u64 lost_workers_that_go_on = 0;
  u64 repeated_chunks = 0;
  u64 given_up_chunks = 0;
  u64 cancelled_slots = 0;
  u64 overdue_slots = 0;
  u64 relaunches = 0;
  u64 drains = 0;
  u64 masked_tenants = 0;
  u64 revoked_tenants = 0;
  u64 slots_of_revoked_tenants = 0;
  u64 loads = 0;
  u64 loads_read = 0;
  u64 failed_loads = 0;
  u64 cancelled_loads = 0;
  u64 parked_slots = 0;
  u64 cancelled_runs = 0;
  u64 second_jobs = 0;

  struct Row {
    std::string_view name;
    u64 Coverage::*count;
  };
  static const std::vector<Row>& rows();
  void add(const Coverage& other);
  /// One line a row.
  [[nodiscard]] std::string table() const;
};

}  // namespace vyre::simulation
