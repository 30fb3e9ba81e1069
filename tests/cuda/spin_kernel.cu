#include <cuda_runtime_api.h>

#include <cuda/atomic>

#include "tests/cuda/device_check.hpp"
#include "tests/cuda/spin_kernel.hpp"

namespace vyre::testing {

struct SpinKernel::Words {
  u32 stop;
  u32 running;
};

namespace {

constexpr unsigned kThreads = 1024;
constexpr u64 kLimitNanoseconds = 20'000'000'000;

using Word = cuda::atomic_ref<u32, cuda::thread_scope_system>;

__device__ u64 nanoseconds() {
  u64 now = 0;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(now));
  return now;
}

__global__ void __launch_bounds__(kThreads, 2) spin(u32* stop, u32* running) {
  if (threadIdx.x == 0) {
    if (blockIdx.x == 0) Word(*running).store(1, cuda::memory_order_release);
    const u64 begin = nanoseconds();
    while (Word(*stop).load(cuda::memory_order_relaxed) == 0 &&
           nanoseconds() - begin < kLimitNanoseconds) {
      __nanosleep(2000);
    }
  }
  __syncthreads();
}

__global__ void copy(std::byte* target, const std::byte* source, std::size_t bytes) {
  const std::size_t step = std::size_t{gridDim.x} * blockDim.x;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < bytes; i += step) {
    target[i] = source[i];
  }
}

}  // namespace

SpinKernel::SpinKernel() {
  VYRE_CUDA_CHECK(cudaSetDevice(0));
  void* words = nullptr;
  VYRE_CUDA_CHECK(cudaHostAlloc(&words, sizeof(Words), cudaHostAllocMapped));
  words_ = new (words) Words{};
  cudaStream_t stream = nullptr;
  VYRE_CUDA_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  stream_ = stream;
  int multiprocessors = 0;
  int blocks = 0;
  VYRE_CUDA_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0));
  VYRE_CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, spin, kThreads, 0));
  spin<<<static_cast<unsigned>(multiprocessors * blocks), kThreads, 0, stream>>>(&words_->stop,
                                                                                 &words_->running);
  VYRE_CUDA_CHECK(cudaGetLastError());
  while (Word(words_->running).load(cuda::memory_order_acquire) == 0) {
  }
}

SpinKernel::~SpinKernel() {
  stop();
  VYRE_CUDA_CHECK(cudaStreamDestroy(static_cast<cudaStream_t>(stream_)));
  VYRE_CUDA_CHECK(cudaFreeHost(words_));
}

bool SpinKernel::runs() const {
  return cudaStreamQuery(static_cast<cudaStream_t>(stream_)) == cudaErrorNotReady;
}

void SpinKernel::stop() {
  Word(words_->stop).store(1, cuda::memory_order_relaxed);
  VYRE_CUDA_CHECK(cudaStreamSynchronize(static_cast<cudaStream_t>(stream_)));
}

void copy_by_kernel(std::byte* target, const std::byte* source, std::size_t bytes) {
  VYRE_CUDA_CHECK(cudaSetDevice(0));
  copy<<<64, 256>>>(target, source, bytes);
  VYRE_CUDA_CHECK(cudaGetLastError());
  VYRE_CUDA_CHECK(cudaStreamSynchronize(nullptr));
}

}  // namespace vyre::testing
