#include "doctor/diagnose.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "doctor/cuda.hpp"
#include "doctor/file_system.hpp"
#include "doctor/kernel.hpp"
#include "doctor/limits.hpp"
#include "doctor/machine.hpp"
#include "doctor/session.hpp"
#include "runtime/sizing.hpp"

namespace vyre::doctor {

bool is_healthy(std::span<const Row> rows) noexcept {
  return std::none_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.required && row.state == State::kUnavailable;
  });
}

Report diagnose(std::span<const std::string> paths) {
  Report report;
  const auto append = [&report](std::vector<Row> rows) {
    std::move(rows.begin(), rows.end(), std::back_inserter(report.rows));
  };
  const u32 cores = runtime::machine_limits().cores;
  report.rows.push_back(kernel_row(running_kernel()));
  append(io_uring_rows());
  report.rows.push_back(cachestat_row());
  report.rows.push_back(memlock_row(observe_memlock(), cores));
  report.rows.push_back(open_files_row(open_files_limit(), cores));
  report.rows.push_back(huge_pages_row(observe_huge_pages()));
  report.rows.push_back(processor_row(cores));
  report.rows.push_back(cpu_backend_row(cores));
  append(cuda_rows(observe_cuda()));
  const Result<BackendDescription> opened = try_session();
  report.rows.push_back(session_row(opened));
  if (opened) report.backend = *opened;
  for (const std::string& path : paths) report.rows.push_back(file_system_row(path));
  report.healthy = is_healthy(report.rows);
  return report;
}

}  // namespace vyre::doctor
