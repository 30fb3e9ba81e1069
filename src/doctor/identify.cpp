#include "doctor/nvme_rows.hpp"
#include "nvme/namespace.hpp"

namespace vyre::doctor {

Result<NamespaceFacts> identify_namespace(const std::string& node) {
  const auto opened = nvme::open_namespace(node);
  if (!opened) return tl::unexpected(opened.error());
  const nvme::Identity& identity = (*opened)->identity();
  return NamespaceFacts{.nsid = identity.nsid,
                        .block_bytes = identity.block_bytes,
                        .blocks = identity.blocks,
                        .largest_bytes = identity.largest_command};
}

}  // namespace vyre::doctor
