#include "doctor/try_peer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "doctor/one_read.hpp"
#include "doctor/peer_source.hpp"
#include "memory/peer_memory.hpp"

namespace vyre::doctor {
namespace {

/// What the devices that were tried came to.
struct Attempts {
  std::vector<std::string> reasons;
  std::string fix;

  void add(std::string reason, std::string way_out) {
    reasons.push_back(std::move(reason));
    if (fix.empty()) fix = std::move(way_out);
  }
};

Status try_provider(const PeerSource& source, const memory::PeerProvider& provider) {
  auto target = memory::map_peer_memory(provider, kTriedBytes);
  if (!target) return tl::unexpected(std::move(target.error()));
  return read_into_peer(source, *target);
}

}  // namespace

Result<std::string> try_peer(const std::string& path) {
  const auto source = open_peer_source(path);
  if (!source) return tl::unexpected(source.error());
  const memory::PeerProviders providers = memory::peer_providers();
  Attempts attempts;
  for (const memory::PeerProvider& provider : providers.usable) {
    const Status read = try_provider(**source, provider);
    if (read) {
      return fmt::format(
          "{} arrived byte for byte in the memory of PCI device {} "
          "(`--backend cpu --path peer --peer {}`)",
          (*source)->told(), provider.address, provider.address);
    }
    attempts.add(fmt::format("PCI device {}: {}", provider.address, read.error().what),
                 read.error().fix);
  }
  for (const memory::RefusedProvider& refused : providers.refused) {
    attempts.add(fmt::format("PCI device {}: {}", refused.address, refused.error.what),
                 refused.error.fix);
  }
  if (attempts.reasons.empty()) {
    attempts.add("no PCI device offers memory for peers",
                 "see the rows p2pdma and p2pmem for what it takes");
  }
  return tl::unexpected(
      unavailable(fmt::format("{}", fmt::join(attempts.reasons, "; ")), std::move(attempts.fix)));
}

}  // namespace vyre::doctor
