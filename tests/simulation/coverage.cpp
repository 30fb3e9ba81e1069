#include "tests/simulation/coverage.hpp"

#include <fmt/format.h>

namespace vyre::simulation {

const std::vector<Coverage::Row>& Coverage::rows() {
  static const std::vector<Row> kRows = {
      {"steps", &Coverage::steps},
      {"preemptions", &Coverage::preemptions},
      {"files", &Coverage::files},
      {"bytes delivered", &Coverage::bytes},
      {"reads", &Coverage::reads},
      {"short reads", &Coverage::short_reads},
      {"completions out of order", &Coverage::reordered_completions},
      {"failed reads", &Coverage::failed_reads},
      {"transient failures", &Coverage::transient_failures},
      {"reads lost until cancelled", &Coverage::lost_reads},
      {"failed opens", &Coverage::failed_opens},
      {"reads that would wait", &Coverage::uncached_reads},
      {"reads where nothing can be read without waiting", &Coverage::reads_without_no_wait},
      {"direct reads", &Coverage::direct_reads},
      {"direct reads refused", &Coverage::refused_direct_reads},
      {"user data used again", &Coverage::reused_tags},
      {"full submission queues", &Coverage::full_submission_queues},
      {"submissions refused as busy", &Coverage::busy_submissions},
      {"full completion queues", &Coverage::full_completion_queues},
      {"failures of the ring itself", &Coverage::ring_failures},
      {"files that grew", &Coverage::grown_files},
      {"files that shrank", &Coverage::shrunk_files},
      {"files read again as streams", &Coverage::restaged_files},
      {"files with an error", &Coverage::failed_files},
      {"program slots", &Coverage::program_slots},
      {"program faults", &Coverage::program_faults},
      {"overflowed outcomes", &Coverage::overflowed_outcomes},
      {"built-in slots", &Coverage::builtin_slots},
      {"built-in faults", &Coverage::builtin_faults},
      {"fences", &Coverage::fences},
      {"fences that had to wait", &Coverage::parked_fences},
      {"slots finished out of order", &Coverage::slots_out_of_order},
      {"full work queues", &Coverage::full_work_queues},
      {"slow workers", &Coverage::slow_workers},
      {"stuck workers", &Coverage::stuck_workers},
      {"workers that hang", &Coverage::hung_workers},
      {"workers lost and replaced", &Coverage::lost_workers},
      {"lost workers that go on later", &Coverage::lost_workers_that_go_on},
      {"chunks run once more", &Coverage::repeated_chunks},
      {"chunks given up", &Coverage::given_up_chunks},
      {"slots cancelled at the workers", &Coverage::cancelled_slots},
      {"slots over their deadline", &Coverage::overdue_slots},
      {"relaunches", &Coverage::relaunches},
      {"drains", &Coverage::drains},
      {"tenants masked", &Coverage::masked_tenants},
      {"tenants revoked", &Coverage::revoked_tenants},
      {"slots that outlived their tenant", &Coverage::slots_of_revoked_tenants},
      {"loads from resources", &Coverage::loads},
      {"reads for loads", &Coverage::loads_read},
      {"loads that failed", &Coverage::failed_loads},
      {"loads that were cancelled", &Coverage::cancelled_loads},
      {"slots that waited for I/O", &Coverage::parked_slots},
      {"cancelled runs", &Coverage::cancelled_runs},
      {"second jobs on a ring", &Coverage::second_jobs},
  };
  return kRows;
}

void Coverage::add(const Coverage& other) {
  for (const Row& row : rows()) this->*row.count += other.*row.count;
}

std::string Coverage::table() const {
  std::string text;
  for (const Row& row : rows()) text += fmt::format("{:>14}  {}\n", this->*row.count, row.name);
  return text;
}

}  // namespace vyre::simulation
