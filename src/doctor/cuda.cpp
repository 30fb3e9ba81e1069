#include "doctor/cuda.hpp"

#include <fmt/format.h>

#include "doctor/pci.hpp"
#include "doctor/text_file.hpp"

namespace vyre::doctor {
namespace {

constexpr double kGib = 1024.0 * 1024.0 * 1024.0;

Row ability_row(std::string name, bool there, std::string evidence, Lack lack) {
  if (there) return available_row(std::move(name), std::move(evidence));
  return unavailable_row(std::move(name), std::move(lack));
}

Row device_row(const backend::CudaDevice& device) {
  return available_row(
      fmt::format("cuda:{}", device.index),
      fmt::format("{}, {}, compute capability {}.{}, {} multiprocessors, {:.1f} GiB", device.name,
                  device.uuid, device.compute_capability / 10, device.compute_capability % 10,
                  device.multiprocessors, static_cast<double>(device.memory_bytes) / kGib));
}

void append_abilities(std::vector<Row>& rows, const std::string& device,
                      const std::string& kernel_module,
                      const Result<backend::CudaAbilities>& abilities) {
  if (!abilities) {
    rows.push_back(degraded_row(
        device + ":abilities",
        {abilities.error().what, "what this device can do beside computing is not known",
         abilities.error().fix}));
    return;
  }
  rows.push_back(ability_row(
      device + ":host-memory", abilities->shares_host_memory,
      "registered host memory has one address for host and device",
      {"the device cannot use registered host memory through the host's address",
       "files cannot be read to where this device finds them: the CUDA backend does not work on it",
       ""}));
  const std::string module =
      kernel_module.empty() ? std::string() : "; kernel module: " + kernel_module;
  rows.push_back(
      ability_row(device + ":dma-buf", abilities->exports_dma_buf,
                  "device memory can be exported as a dma-buf" + module,
                  {"the driver exports no dma-buf of this device's memory" + module,
                   "files are read into host memory, which the device reads over PCIe",
                   "dma-buf needs NVIDIA's open kernel modules and Linux 5.12 or later"}));
  rows.push_back(
      ability_row(device + ":peer-access", abilities->gives_peers_access,
                  "the driver gives other PCI devices access to device memory (GPUDirect RDMA)",
                  {"the driver gives other PCI devices no access to device memory (GPUDirect RDMA)",
                   "no drive can read straight into this device's memory", ""}));
}

Row bar1_row(const std::string& name, const backend::CudaDevice& device, const Result<u64>& bytes) {
  if (!bytes) {
    return degraded_row(
        name + ":bar1",
        {"the size of BAR1 is not told: " + bytes.error().what,
         "whether all device memory can be mapped shows only when it is tried", ""});
  }
  const std::string evidence =
      fmt::format("BAR1 of {} has {}, device memory {}", device.pci_address, size_text(*bytes),
                  size_text(device.memory_bytes));
  if (*bytes >= device.memory_bytes) return available_row(name + ":bar1", evidence);
  return unavailable_row(
      name + ":bar1",
      {evidence, "device memory cannot be mapped once and for all (static BAR1)",
       "switch Resizable BAR and decoding above 4 GiB on in the firmware, where the GPU has it"});
}

Row peer_mapping_row(const std::string& device, const Status& mapped) {
  const std::string name = device + ":peer-mapping";
  if (mapped) return available_row(name, "2 MiB of device memory could be mapped through PCI");
  return unavailable_row(
      name, {mapped.error().what, "O_DIRECT reads cannot go straight into this device's memory",
             mapped.error().fix});
}

// The second of its memory regions: at index 1 behind a region of 32 bits, at 2 behind one of 64.
Result<u64> bar1_bytes(const Roots& roots, const backend::CudaDevice& device) {
  const PciDevice found{
      .address = device.pci_address,
      .folder = fmt::format("{}/bus/pci/devices/{}", roots.sys, device.pci_address)};
  const auto bytes = bar_bytes(found, 1);
  return bytes && *bytes == 0 ? bar_bytes(found, 2) : bytes;
}

}  // namespace

CudaFacts observe_cuda(const Roots& roots) {
  CudaFacts facts{.devices = backend::cuda_devices(),
                  .abilities = {},
                  .peer_mapping = {},
                  .bar1_bytes = {},
                  .kernel_module = {}};
  if (!facts.devices) return facts;
  const auto version = read_text(roots.proc + "/driver/nvidia/version");
  if (version) facts.kernel_module = printable(version->substr(0, version->find('\n')));
  for (const backend::CudaDevice& device : *facts.devices) {
    facts.abilities.push_back(backend::cuda_abilities(device.index));
    facts.peer_mapping.push_back(backend::try_peer_mapping(device));
    facts.bar1_bytes.push_back(bar1_bytes(roots, device));
  }
  return facts;
}

std::vector<Row> cuda_rows(const CudaFacts& facts) {
  if (!facts.devices) {
    return {unavailable_row(
        "backend:cuda",
        {facts.devices.error().what, "programs run on the CPU backend, with the same results",
         facts.devices.error().fix})};
  }
  std::vector<Row> rows;
  rows.push_back(available_row(
      "backend:cuda",
      fmt::format("{} device{}; the driver supports CUDA {}", facts.devices->size(),
                  facts.devices->size() == 1 ? "" : "s", facts.devices->front().driver_version)));
  for (std::size_t i = 0; i < facts.devices->size(); ++i) {
    const backend::CudaDevice& device = (*facts.devices)[i];
    rows.push_back(device_row(device));
    const std::string name = rows.back().name;
    append_abilities(rows, name, facts.kernel_module, facts.abilities[i]);
    rows.push_back(bar1_row(name, device, facts.bar1_bytes[i]));
    rows.push_back(peer_mapping_row(name, facts.peer_mapping[i]));
  }
  return rows;
}

}  // namespace vyre::doctor
