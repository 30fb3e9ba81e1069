#pragma once

#include <functional>
#include <string>
#include <vector>

#include "doctor/kernel_config.hpp"
#include "doctor/nvme_tree.hpp"
#include "doctor/roots.hpp"
#include "doctor/row.hpp"

namespace vyre::doctor {

/// What a namespace says of itself.
struct NamespaceFacts {
  u32 nsid = 0;
  u32 block_bytes = 0;
  u64 blocks = 0;
  /// Of one read command.
  u64 largest_bytes = 0;
};

/// Opens the character device with this path and asks it.
using Identify = std::function<Result<NamespaceFacts>(const std::string&)>;

/// By nvme::Namespace.
Result<NamespaceFacts> identify_namespace(const std::string& node);

/// For each controller "nvme:nvme0" and "nvme:nvme0:poll-queues", for each namespace "nvme:ng0n1";
/// "nvme" alone where there is no controller, with what the kernel's configuration says about its
/// driver.
std::vector<Row> nvme_rows(const Roots& roots, const NvmeTree& tree,
                           const Result<KernelConfig>& config, const Identify& identify);

}  // namespace vyre::doctor
