#pragma once

#include <cstddef>
#include <span>
#include <vector>

// One block of device memory and its image in pinned host memory, cut into guarded buffers: all of
// it travels to the device in one copy and back in another.
namespace vyre::testing {

class DeviceMemory {
 public:
  DeviceMemory() = default;
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  /// Forgets all buffers and makes room for `bytes` of them, guards included (see needed()).
  void begin(std::size_t bytes);
  /// Bytes that a buffer of `bytes` takes.
  static std::size_t needed(std::size_t bytes);

  /// The next buffer: its offset. Its end lies right before a guard; it begins at a multiple of 64.
  std::size_t take(std::size_t bytes);
  template <class T>
  [[nodiscard]] T* host(std::size_t offset) const {
    return reinterpret_cast<T*>(host_ + offset);
  }
  template <class T>
  [[nodiscard]] T* device(std::size_t offset) const {
    return reinterpret_cast<T*>(device_ + offset);
  }

  void upload();
  /// Aborts where a guard has changed.
  void download();

 private:
  void release();

  std::byte* host_ = nullptr;
  std::byte* device_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::vector<std::size_t> guards_;
};

}  // namespace vyre::testing
