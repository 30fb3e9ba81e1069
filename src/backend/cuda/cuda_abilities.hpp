#pragma once

#include "backend/cuda/cuda_devices.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// What a CUDA device can do beyond computing, as the driver tells it.
struct CudaAbilities {
  /// Host memory has one address for host and device: the device maps it, and what was registered
  /// after it was allocated is used through the host's pointer.
  bool shares_host_memory = false;
  /// Its memory can be exported as a dma-buf.
  bool exports_dma_buf = false;
  /// Other PCI devices can be given its memory (nvidia_p2p_get_pages).
  bool gives_peers_access = false;
};

/// Of the device with the CUDA runtime's index `device`. Makes no context: nothing is taken on the
/// device. Unavailable, as for cuda_devices(), or where the driver does not tell.
Result<CudaAbilities> cuda_abilities(int device);

/// Tries to map device memory into this process (DeviceBuffer::map_peer). Makes a context and takes
/// 2 MiB on the device, which it gives back. Unavailable with the reason where that does not go.
Status try_peer_mapping(const CudaDevice& device);

}  // namespace vyre::backend
