#include "cuda_memory.hpp"

#include <fmt/format.h>

#include "fail.hpp"

namespace vyre::bench::gpu {

void cuda(cudaError_t error, std::source_location where) {
  if (error == cudaSuccess) return;
  fail(fmt::format("{}:{}: {}", where.file_name(), where.line(), cudaGetErrorString(error)));
}

}  // namespace vyre::bench::gpu
