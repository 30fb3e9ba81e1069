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

/// Starts the dispatcher on a stream (cudaStream_t) of its own.
int launch_dispatcher(const DeviceContext& context, void* stream);
/// Starts `context.workers` workers on another. Only once the dispatcher has begun: streams know no
/// order, and workers that came first would leave no multiprocessor with room for it.
int launch_workers(WorkerKernel worker, const DeviceContext& context, void* stream);

}  // namespace vyre::backend::device
