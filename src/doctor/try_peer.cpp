#include "doctor/try_peer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <utility>
#include <vector>

#include "backend/cuda/cuda_devices.hpp"
#include "doctor/one_read.hpp"
#include "doctor/peer_source.hpp"
#include "memory/peer_memory.hpp"
#include "runtime/backend_choice.hpp"

namespace vyre::doctor {
namespace {

/// A device whose memory may be read into.
struct Place {
  std::string name;
  /// With which a scan reads into it.
  std::string options;
  std::function<Result<memory::MappedBuffer>()> map;
};

void append_pci(std::vector<Place>& places) {
  memory::PeerProviders providers = memory::peer_providers();
  for (memory::PeerProvider& provider : providers.usable) {
    std::string address = provider.address;
    places.push_back({.name = "PCI device " + address,
                      .options = fmt::format("--backend cpu --path peer --peer {}", address),
                      .map = [provider = std::move(provider)] {
                        return memory::map_peer_memory(provider, kTriedBytes);
                      }});
  }
  for (memory::RefusedProvider& refused : providers.refused) {
    places.push_back({.name = "PCI device " + refused.address,
                      .options = {},
                      .map = [error = std::move(refused.error)]() -> Result<memory::MappedBuffer> {
                        return tl::unexpected(error);
                      }});
  }
}

Result<memory::MappedBuffer> map_gpu(int index) {
  const auto chosen =
      runtime::choose_backend({.kind = BackendKind::kCuda, .device = fmt::format("{}", index)}, 1);
  if (!chosen) return tl::unexpected(chosen.error());
  auto peer = chosen->machine->map_peer_buffer(kTriedBytes, {});
  if (!peer) return tl::unexpected(std::move(peer.error()));
  return std::move(peer->host);
}

void append_gpus(std::vector<Place>& places) {
  const auto devices = backend::cuda_devices();
  if (!devices) return;
  for (const backend::CudaDevice& device : *devices) {
    places.push_back(
        {.name = fmt::format("GPU {} ({})", device.index, device.name),
         .options = fmt::format("--backend cuda --device {} --path peer", device.index),
         .map = [index = device.index] { return map_gpu(index); }});
  }
}

Status try_place(const PeerSource& source, const Place& place) {
  auto target = place.map();
  if (!target) return tl::unexpected(std::move(target.error()));
  return read_into_peer(source, *target);
}

}  // namespace

Result<std::string> try_peer(const std::string& path) {
  const auto source = open_peer_source(path);
  if (!source) return tl::unexpected(source.error());
  std::vector<Place> places;
  append_gpus(places);
  append_pci(places);
  if (places.empty()) {
    return tl::unexpected(unavailable("no GPU and no PCI device has memory for peers",
                                      "see the rows backend:cuda, p2pdma and p2pmem for what it "
                                      "takes"));
  }
  std::vector<std::string> reasons;
  std::string fix;
  for (const Place& place : places) {
    const Status read = try_place(**source, place);
    if (read) {
      return fmt::format("{} arrived byte for byte in the memory of {} (`{}`)", (*source)->told(),
                         place.name, place.options);
    }
    reasons.push_back(fmt::format("{}: {}", place.name, read.error().what));
    if (fix.empty()) fix = read.error().fix;
  }
  return tl::unexpected(unavailable(fmt::format("{}", fmt::join(reasons, "; ")), std::move(fix)));
}

}  // namespace vyre::doctor
