#pragma once

#include <string>
#include <vector>

#include "backend/cuda/cuda_abilities.hpp"
#include "backend/cuda/cuda_devices.hpp"
#include "doctor/roots.hpp"
#include "doctor/row.hpp"

namespace vyre::doctor {

/// What was found out about CUDA on this machine.
struct CudaFacts {
  /// Or why there is none.
  Result<std::vector<backend::CudaDevice>> devices;
  /// Of each device, in that order.
  std::vector<Result<backend::CudaAbilities>> abilities;
  /// What an attempt to map its memory into this process came to.
  std::vector<Status> peer_mapping;
  /// Bytes of its base address register 1, the window through which others reach its memory.
  std::vector<Result<u64>> bar1_bytes;
  /// What /proc/driver/nvidia/version says of the kernel module; empty where it says nothing.
  std::string kernel_module;
};

/// Loads the driver where there is one, and makes a context on each device.
CudaFacts observe_cuda(const Roots& roots);

/// "backend:cuda"; and for each device N what it is ("cuda:N") and what it can do for vyre
/// ("cuda:N:host-memory", "cuda:N:dma-buf", "cuda:N:peer-access", "cuda:N:bar1",
/// "cuda:N:peer-mapping").
std::vector<Row> cuda_rows(const CudaFacts& facts);

}  // namespace vyre::doctor
