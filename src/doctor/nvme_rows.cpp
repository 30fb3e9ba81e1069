#include "doctor/nvme_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <utility>

#include "doctor/text_file.hpp"

namespace vyre::doctor {
namespace {

constexpr const char* kDriver = "CONFIG_BLK_DEV_NVME";

std::string or_unknown(const std::string& text) { return text.empty() ? "?" : text; }

Row no_controller_row(const Roots& roots, const Result<KernelConfig>& config) {
  const std::string folder = roots.sys + "/class/nvme";
  const auto entries = folder_entries(folder);
  std::string evidence = entries ? "no NVMe controller: " + folder + " is empty"
                                 : "no NVMe controller: " + told_absence(folder, entries.error());
  std::string fix;
  if (config && !entries) {
    evidence += "; " + config->told(kDriver);
    const char driver = config->setting(kDriver);
    if (driver == 'n') fix = "where there is an NVMe drive: boot a kernel with its driver";
    if (driver == 'm') fix = "where there is an NVMe drive: `modprobe nvme`";
  }
  return unavailable_row(
      "nvme", {std::move(evidence),
               "no `--path passthrough`; files and other block devices are read", std::move(fix)});
}

Row controller_row(const NvmeController& controller) {
  const std::string name = "nvme:" + controller.name;
  std::string evidence =
      fmt::format("{}, firmware {}, {} {}, {}", or_unknown(controller.model),
                  or_unknown(controller.firmware), or_unknown(controller.transport),
                  or_unknown(controller.address), or_unknown(controller.state));
  if (controller.state == "live") return available_row(name, std::move(evidence));
  return unavailable_row(
      name, {std::move(evidence), "reads of its namespaces wait or fail",
             fmt::format("see what the kernel says of it: `dmesg | grep {}`", controller.name)});
}

std::string poll_fix(const Roots& roots, const NvmeController& controller) {
  if (controller.transport != "pcie") {
    return "connect with poll queues: `nvme connect --nr-poll-queues=1 ...`";
  }
  const u64 wanted = read_number(roots.sys + "/module/nvme/parameters/poll_queues").value_or(0);
  if (wanted != 0) return "boot anew, so that the controller gets the poll queues asked for";
  return "put nvme.poll_queues=1 on the kernel's command line (for a module: `options nvme "
         "poll_queues=1` in /etc/modprobe.d) and boot anew";
}

Row poll_queues_row(const Roots& roots, const NvmeController& controller) {
  const std::string name = fmt::format("nvme:{}:poll-queues", controller.name);
  constexpr const char* kConsequence =
      "its completions come by interrupt; kernels may refuse it a ring that polls for them "
      "(IOPOLL)";
  if (controller.queues.empty()) {
    return unavailable_row(name, {"it has no namespace to ask", kConsequence, ""});
  }
  std::vector<std::string> told;
  bool all = true;
  for (const PollQueue& queue : controller.queues) {
    told.push_back(queue.io_poll
                       ? fmt::format("queue/io_poll of {} is {}", queue.block, *queue.io_poll)
                       : queue.io_poll.error().what);
    all = all && queue.io_poll && *queue.io_poll == 1;
  }
  const std::string module = roots.sys + "/module/nvme/parameters/poll_queues";
  const auto parameter = read_text(module);
  std::string evidence = fmt::format("{}", fmt::join(told, ", "));
  if (parameter) evidence += fmt::format("; nvme.poll_queues is {}", printable(*parameter));
  if (all) return available_row(name, std::move(evidence));
  return unavailable_row(name, {std::move(evidence), kConsequence, poll_fix(roots, controller)});
}

Row namespace_row(const Roots& roots, const NvmeNamespace& space, const Identify& identify) {
  const std::string name = "nvme:" + space.generic;
  const std::string node = fmt::format("{}/{}", roots.dev, space.generic);
  constexpr const char* kConsequence = "no `--path passthrough` on this namespace";
  struct stat status {};
  if (::stat(node.c_str(), &status) != 0 && errno == ENOENT) {
    const std::string number_file =
        fmt::format("{}/class/nvme-generic/{}/dev", roots.sys, space.generic);
    const auto number = read_text(number_file);
    return unavailable_row(
        name,
        {fmt::format("{} does not exist; the kernel has it as {}", node,
                     number ? printable(*number) : number.error().what),
         kConsequence,
         fmt::format("make the node: by udev, or give it to the container (--device {})", node)});
  }
  const auto facts = identify(node);
  if (!facts) {
    return unavailable_row(name, {facts.error().what, kConsequence, facts.error().fix});
  }
  return available_row(
      name,
      fmt::format("{} opens and identifies: namespace {}, {} blocks of {} bytes, one read of "
                  "at most {}{}",
                  node, facts->nsid, facts->blocks, facts->block_bytes,
                  size_text(facts->largest_bytes), space.block.empty() ? "; no block device" : ""));
}

}  // namespace

std::vector<Row> nvme_rows(const Roots& roots, const NvmeTree& tree,
                           const Result<KernelConfig>& config, const Identify& identify) {
  std::vector<Row> rows;
  if (tree.controllers.empty() && tree.namespaces.empty()) {
    rows.push_back(no_controller_row(roots, config));
    return rows;
  }
  for (const NvmeController& controller : tree.controllers) {
    rows.push_back(controller_row(controller));
  }
  for (const NvmeController& controller : tree.controllers) {
    rows.push_back(poll_queues_row(roots, controller));
  }
  for (const NvmeNamespace& space : tree.namespaces) {
    rows.push_back(namespace_row(roots, space, identify));
  }
  return rows;
}

}  // namespace vyre::doctor
