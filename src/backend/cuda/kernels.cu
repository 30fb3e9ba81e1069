#include <cuda_runtime_api.h>

#include <chrono>

#include "backend/cuda/device/dispatcher.hpp"
#include "backend/cuda/device/kernels.hpp"
#include "backend/cuda/device/worker.hpp"

namespace vyre::backend::device {
namespace {

__global__ void __launch_bounds__(kDispatcherThreads, 1)
    dispatch(const __grid_constant__ DeviceContext device) {
  extern __shared__ __align__(64) unsigned char storage[];
  run_dispatcher(device, *reinterpret_cast<DispatcherShared*>(storage));
}

/// Four a multiprocessor: with fewer registers for each the interpreter spills more than more
/// blocks gain.
__global__ void __launch_bounds__(kLanes, 4)
    run_worker(const __grid_constant__ DeviceContext device) {
  extern __shared__ __align__(64) unsigned char storage[];
  work<Interpreter>(device, *reinterpret_cast<WorkerShared*>(storage));
}

/// Of a device that a kernel holds which never ends, nothing ever comes.
cudaError_t await_end(cudaStream_t stream) {
  constexpr std::chrono::seconds kLimit(10);
  const auto limit = std::chrono::steady_clock::now() + kLimit;
  cudaError_t state = cudaStreamQuery(stream);
  while (state == cudaErrorNotReady) {
    if (std::chrono::steady_clock::now() > limit) return cudaErrorLaunchTimeout;
    state = cudaStreamQuery(stream);
  }
  return state;
}

}  // namespace

WorkerKernel interpreting_worker() noexcept { return reinterpret_cast<WorkerKernel>(run_worker); }

int prepare_dispatcher() {
  return cudaFuncSetAttribute(dispatch, cudaFuncAttributeMaxDynamicSharedMemorySize,
                              static_cast<int>(sizeof(DispatcherShared)));
}

int prepare_worker(WorkerKernel worker, int* workers_per_multiprocessor) {
  cudaError_t error = cudaFuncSetAttribute(worker, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                           static_cast<int>(sizeof(WorkerShared)));
  if (error != cudaSuccess) return error;
  // A worker of nothing ends at once, and leaves the device with room for such stacks: to make it
  // beside the dispatcher would mean to wait for its end.
  DeviceContext nothing{};
  void* arguments[] = {&nothing};
  error = cudaLaunchKernel(worker, dim3(1), dim3(kLanes), arguments, sizeof(WorkerShared),
                           cudaStreamPerThread);
  if (error == cudaSuccess) error = await_end(cudaStreamPerThread);
  if (error != cudaSuccess) return error;
  return cudaOccupancyMaxActiveBlocksPerMultiprocessor(
      workers_per_multiprocessor, worker, static_cast<int>(kLanes), sizeof(WorkerShared));
}

int launch_dispatcher(const DeviceContext& context, void* stream) {
  dispatch<<<1, kDispatcherThreads, sizeof(DispatcherShared), static_cast<cudaStream_t>(stream)>>>(
      context);
  return cudaGetLastError();
}

int launch_workers(WorkerKernel worker, const DeviceContext& context, void* stream) {
  void* arguments[] = {const_cast<DeviceContext*>(&context)};
  return cudaLaunchKernel(worker, dim3(context.workers), dim3(kLanes), arguments,
                          sizeof(WorkerShared), static_cast<cudaStream_t>(stream));
}

}  // namespace vyre::backend::device
