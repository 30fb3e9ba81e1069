#include "backend/cuda/device/translations.hpp"
#include "backend/cuda/device/worker.hpp"

// The workers of kernels.cu for programs as machine code. This file becomes no part of the process
// but an image of device code, which the host links with translations and loads
// (translation/program_linker.hpp).
namespace vyre::backend::device {

extern "C" __global__ void __launch_bounds__(kLanes, 4)
    vyre_run_worker(const __grid_constant__ DeviceContext device) {
  extern __shared__ __align__(64) unsigned char storage[];
  work<RunsTranslations>(device, *reinterpret_cast<WorkerShared*>(storage));
}

}  // namespace vyre::backend::device
