#pragma once

#include "backend/cuda/device/device_state.hpp"

// The kernels, as the host launches them. All functions return a cudaError_t.
namespace vyre::backend::device {

/// Two kernels that are one machine, as cudaLaunchKernel takes them.
struct Kernels {
  const void* dispatcher;
  const void* worker;
};

/// Those that interpret all programs; part of the process.
Kernels interpreting_kernels() noexcept;

/// Loads both kernels onto the current device, with the memory that their threads' stacks take,
/// which a launch beside a running kernel could not, and gives the number of workers that fit on
/// one of its multiprocessors. While none of them runs.
int prepare_kernels(const Kernels& kernels, int* workers_per_multiprocessor);

/// Starts the dispatcher and `context.workers` workers, each on a stream (cudaStream_t) of its own.
int launch_kernels(const Kernels& kernels, const DeviceContext& context, void* dispatcher_stream,
                   void* worker_stream);

}  // namespace vyre::backend::device
