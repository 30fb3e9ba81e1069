#pragma once

#include "backend/cuda/device/device_state.hpp"

// The kernels, as the host launches them. All functions return a cudaError_t.
namespace vyre::backend::device {

/// Loads both kernels onto the current device, which a launch beside a running kernel could not,
/// and gives the number of workers that fit on one of its multiprocessors.
int prepare_kernels(int* workers_per_multiprocessor);

/// Starts the dispatcher and `context.workers` workers, each on a stream (cudaStream_t) of its own.
int launch_kernels(const DeviceContext& context, void* dispatcher_stream, void* worker_stream);

}  // namespace vyre::backend::device
