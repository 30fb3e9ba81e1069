#include "doctor/cuda.hpp"

#include <fmt/format.h>

namespace vyre::doctor {
namespace {

constexpr double kGib = 1024.0 * 1024.0 * 1024.0;

Row row_of(std::string name, std::string evidence) {
  return {.name = std::move(name), .evidence = std::move(evidence), .consequence = {}, .fix = {}};
}

Row ability_row(std::string name, bool there, const char* evidence, const char* lacking,
                const char* consequence, const char* fix) {
  Row row = row_of(std::move(name), there ? evidence : lacking);
  if (there) return row;
  row.state = State::kUnavailable;
  row.consequence = consequence;
  row.fix = fix;
  return row;
}

Row device_row(const backend::CudaDevice& device) {
  return row_of(
      fmt::format("cuda:{}", device.index),
      fmt::format("{}, {}, compute capability {}.{}, {} multiprocessors, {:.1f} GiB", device.name,
                  device.uuid, device.compute_capability / 10, device.compute_capability % 10,
                  device.multiprocessors, static_cast<double>(device.memory_bytes) / kGib));
}

void append_abilities(std::vector<Row>& rows, const std::string& device,
                      const Result<backend::CudaAbilities>& abilities) {
  if (!abilities) {
    Row row = row_of(device + ":abilities", abilities.error().what);
    row.state = State::kDegraded;
    row.consequence = "what this device can do beside computing is not known";
    row.fix = abilities.error().fix;
    rows.push_back(std::move(row));
    return;
  }
  rows.push_back(ability_row(
      device + ":host-memory", abilities->shares_host_memory,
      "registered host memory has one address for host and device",
      "the device cannot use registered host memory through the host's address",
      "files cannot be read to where this device finds them: the CUDA backend does not work on it",
      ""));
  rows.push_back(ability_row(device + ":dma-buf", abilities->exports_dma_buf,
                             "device memory can be exported as a dma-buf",
                             "the driver exports no dma-buf of this device's memory",
                             "files are read into host memory, which the device reads over PCIe",
                             "dma-buf needs NVIDIA's open kernel modules and Linux 5.12 or later"));
  rows.push_back(
      ability_row(device + ":peer-access", abilities->gives_peers_access,
                  "the driver gives other PCI devices access to device memory (GPUDirect RDMA)",
                  "the driver gives other PCI devices no access to device memory (GPUDirect RDMA)",
                  "no drive can read straight into this device's memory", ""));
}

Row peer_mapping_row(const std::string& device, const Status& mapped) {
  Row row = row_of(device + ":peer-mapping", "device memory can be mapped through PCI");
  if (mapped) return row;
  row.state = State::kUnavailable;
  row.evidence = mapped.error().what;
  row.consequence = "O_DIRECT reads cannot go straight into this device's memory";
  row.fix = mapped.error().fix;
  return row;
}

}  // namespace

CudaFacts observe_cuda() {
  CudaFacts facts{.devices = backend::cuda_devices(), .abilities = {}, .peer_mapping = {}};
  if (!facts.devices) return facts;
  for (const backend::CudaDevice& device : *facts.devices) {
    facts.abilities.push_back(backend::cuda_abilities(device.index));
    facts.peer_mapping.push_back(backend::try_peer_mapping(device));
  }
  return facts;
}

std::vector<Row> cuda_rows(const CudaFacts& facts) {
  if (!facts.devices) {
    Row row = row_of("backend:cuda", facts.devices.error().what);
    row.state = State::kUnavailable;
    row.consequence = "programs run on the CPU backend, with the same results";
    row.fix = facts.devices.error().fix;
    return {std::move(row)};
  }
  std::vector<Row> rows;
  rows.push_back(row_of(
      "backend:cuda",
      fmt::format("{} device{}; the driver supports CUDA {}", facts.devices->size(),
                  facts.devices->size() == 1 ? "" : "s", facts.devices->front().driver_version)));
  for (std::size_t i = 0; i < facts.devices->size(); ++i) {
    rows.push_back(device_row((*facts.devices)[i]));
    const std::string name = rows.back().name;
    append_abilities(rows, name, facts.abilities[i]);
    rows.push_back(peer_mapping_row(name, facts.peer_mapping[i]));
  }
  return rows;
}

}  // namespace vyre::doctor
