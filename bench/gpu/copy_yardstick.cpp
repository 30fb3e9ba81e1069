#include "copy_yardstick.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/owned_fd.hpp"
#include "fail.hpp"

namespace vyre::bench::gpu {

/// One thread's buffers.
struct CopyYardstick::Lane {
  struct Buffer {
    PinnedArray<std::byte> host;
    DeviceArray<std::byte> device;
    cudaEvent_t copied = nullptr;
    bool used = false;
  };

  explicit Lane(const CopyShape& shape) {
    cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    for (int i = 0; i < 2; ++i) {
      Buffer& buffer = buffers.emplace_back(PinnedArray<std::byte>(shape.piece_bytes),
                                            DeviceArray<std::byte>(shape.piece_bytes));
      const unsigned wait = shape.sleeps ? cudaEventBlockingSync : cudaEventDefault;
      cuda(cudaEventCreateWithFlags(&buffer.copied, cudaEventDisableTiming | wait));
    }
  }
  ~Lane() {
    for (const Buffer& buffer : buffers) cuda(cudaEventDestroy(buffer.copied));
    cuda(cudaStreamDestroy(stream));
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  cudaStream_t stream = nullptr;
  std::vector<Buffer> buffers;
};

CopyYardstick::CopyYardstick(const CopyShape& shape) : shape_(shape) {
  cuda(cudaGetDevice(&device_));
  for (unsigned i = 0; i < shape.threads; ++i) lanes_.push_back(std::make_unique<Lane>(shape));
}

CopyYardstick::~CopyYardstick() = default;

void CopyYardstick::work(Lane& lane, const std::vector<Piece>& pieces,
                         std::atomic<std::size_t>& next) {
  cuda(cudaSetDevice(device_));
  for (std::size_t turn = 0;; ++turn) {
    const std::size_t index = next.fetch_add(1, std::memory_order_relaxed);
    if (index >= pieces.size()) break;
    const Piece& piece = pieces[index];
    Lane::Buffer& buffer = lane.buffers[turn % 2];
    if (buffer.used) cuda(cudaEventSynchronize(buffer.copied));
    std::size_t filled = 0;
    while (filled < piece.length) {
      const ssize_t got = ::pread(piece.file, buffer.host.data() + filled, piece.length - filled,
                                  static_cast<off_t>(piece.offset + filled));
      if (got <= 0) fail("a file cannot be read");
      filled += static_cast<std::size_t>(got);
    }
    cuda(cudaMemcpyAsync(buffer.device.data(), buffer.host.data(), piece.length,
                         cudaMemcpyHostToDevice, lane.stream));
    cuda(cudaEventRecord(buffer.copied, lane.stream));
    buffer.used = true;
  }
  for (Lane::Buffer& buffer : lane.buffers) {
    if (buffer.used) cuda(cudaEventSynchronize(buffer.copied));
    buffer.used = false;
  }
}

u64 CopyYardstick::run(const std::vector<std::string>& files) {
  std::vector<base::OwnedFd> open_files;
  std::vector<Piece> pieces;
  u64 bytes = 0;
  for (const std::string& path : files) {
    const int file = open_files.emplace_back(::open(path.c_str(), O_RDONLY | O_CLOEXEC)).get();
    struct stat status {};
    if (file < 0 || ::fstat(file, &status) != 0) fail(path + " cannot be opened");
    const auto size = static_cast<u64>(status.st_size);
    for (u64 at = 0; at < size; at += shape_.piece_bytes) {
      pieces.push_back({file, at, std::min<u64>(shape_.piece_bytes, size - at)});
    }
    bytes += size;
  }
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (const auto& lane : lanes_) {
    threads.emplace_back([&] { work(*lane, pieces, next); });
  }
  threads.clear();
  return bytes;
}

}  // namespace vyre::bench::gpu
