#pragma once

#include "backend/cuda/device/device_state.hpp"

// The kernels, as the host launches them. All functions return a cudaError_t.
namespace vyre::backend::device {

/// A kernel of workers, as cudaLaunchKernel takes it.
using WorkerKernel = const void*;

/// The one that interprets all programs; part of the process.
WorkerKernel interpreting_worker() noexcept;

// Kernels have to be loaded onto the current device, with the memory that their threads' stacks
// take, while none runs: a launch beside a running kernel could not. Cost: under 1 ms.
int prepare_dispatcher();
/// Gives the number of workers that fit on one of the device's multiprocessors.
int prepare_worker(WorkerKernel worker, int* workers_per_multiprocessor);

/// Starts the dispatcher and `context.workers` workers, each on a stream (cudaStream_t) of its own.
int launch_kernels(WorkerKernel worker, const DeviceContext& context, void* dispatcher_stream,
                   void* worker_stream);

}  // namespace vyre::backend::device
