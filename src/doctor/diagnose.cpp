#include "doctor/diagnose.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "doctor/cuda.hpp"
#include "doctor/file_system.hpp"
#include "doctor/iommu.hpp"
#include "doctor/kernel.hpp"
#include "doctor/kernel_config.hpp"
#include "doctor/limits.hpp"
#include "doctor/machine.hpp"
#include "doctor/nvidia_fs.hpp"
#include "doctor/pci.hpp"
#include "doctor/peer_memory.hpp"
#include "doctor/permission.hpp"
#include "doctor/session.hpp"
#include "runtime/sizing.hpp"

namespace vyre::doctor {
namespace {

void append(Report& report, std::vector<Row> rows) {
  std::move(rows.begin(), rows.end(), std::back_inserter(report.rows));
}

void append_kernel(Report& report, const Roots& roots) {
  report.rows.push_back(kernel_row(running_kernel()));
  append(report, io_uring_rows());
  const int setup_error = try_io_uring_setup();
  report.rows.push_back(io_uring_disabled_row(roots, setup_error));
  report.rows.push_back(seccomp_row(roots, setup_error));
  report.rows.push_back(cachestat_row());
}

void append_machine(Report& report, const Roots& roots) {
  const u32 cores = runtime::machine_limits().cores;
  report.rows.push_back(memlock_row(observe_memlock(), cores));
  report.rows.push_back(open_files_row(open_files_limit(), cores));
  report.rows.push_back(huge_pages_row(observe_huge_pages()));
  report.rows.push_back(processor_row(cores));
  report.rows.push_back(cpu_backend_row(cores));
  append(report, cuda_rows(observe_cuda(roots)));
  const Result<BackendDescription> opened = try_session();
  report.rows.push_back(session_row(opened));
  if (opened) report.backend = *opened;
}

void append_native(Report& report, const Roots& roots, const NvmeTree& nvme, const Trials& trials) {
  const auto config = read_kernel_config(roots, running_kernel());
  const std::vector<PciDevice> devices = pci_devices(roots);
  append(report, nvme_rows(roots, nvme, config, trials.identify));
  const memory::PeerProviders providers = memory::peer_providers(roots.sys + "/bus/pci/devices");
  report.rows.push_back(
      p2pdma_row(roots, config, providers.usable.size() + providers.refused.size()));
  append(report, p2pmem_rows(providers, devices));
  report.rows.push_back(iommu_row(roots, devices));
  report.rows.push_back(nvidia_fs_row(roots));
}

void append_paths(Report& report, const Question& question, const NvmeTree& nvme,
                  const Trials& trials) {
  std::vector<PathChoice> on_paths;
  if (question.about_paths) on_paths = question.required;
  const std::vector<PathOutcome> outcomes = try_paths(question.paths, on_paths, trials.try_path);
  for (const std::string& path : question.paths) {
    if (!is_device(path)) report.rows.push_back(file_system_row(path));
    for (const PathOutcome& outcome : outcomes) {
      if (outcome.path == path) report.rows.push_back(outcome_row(outcome));
    }
  }
  report.requirements = question.about_paths ? judge_paths(on_paths, outcomes)
                                             : judge_machine(question.roots, nvme,
                                                             question.required, trials.try_path);
  std::stable_partition(report.requirements.begin(), report.requirements.end(),
                        [](const Requirement& wanted) { return !wanted.verdict.has_value(); });
}

}  // namespace

bool is_healthy(std::span<const Row> rows) noexcept {
  return std::none_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.required && row.state == State::kUnavailable;
  });
}

bool meets_requirements(const Report& report) noexcept {
  return std::all_of(report.requirements.begin(), report.requirements.end(),
                     [](const Requirement& wanted) { return wanted.verdict.has_value(); });
}

Report diagnose(const Question& question, const Trials& trials) {
  Report report;
  const NvmeTree nvme = nvme_tree(question.roots);
  append_kernel(report, question.roots);
  append_machine(report, question.roots);
  append_native(report, question.roots, nvme, trials);
  append_paths(report, question, nvme, trials);
  report.healthy = is_healthy(report.rows);
  return report;
}

}  // namespace vyre::doctor
