#include <algorithm>

#include "backend/cuda/device/block_sort.hpp"
#include "tests/cuda/device_check.hpp"
#include "tests/cuda/device_memory.hpp"
#include "tests/cuda/device_sort.hpp"

namespace vyre::testing {
namespace {

struct List {
  wire::Record* records;
  u32 count;
};

__global__ void __launch_bounds__(kLanes) sort_lists(const List* lists) {
  __shared__ kernel::Registers registers;
  backend::device::sort_block(lists[blockIdx.x].records, lists[blockIdx.x].count,
                              registers.scratch);
}

}  // namespace

void sort_on_device(std::span<std::vector<wire::Record>> lists) {
  DeviceMemory memory;
  std::size_t bytes = DeviceMemory::needed(lists.size() * sizeof(List));
  for (const auto& list : lists) bytes += DeviceMemory::needed(list.size() * sizeof(wire::Record));
  memory.begin(bytes);
  const std::size_t work = memory.take(lists.size() * sizeof(List));
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const std::size_t place = memory.take(lists[i].size() * sizeof(wire::Record));
    std::copy(lists[i].begin(), lists[i].end(), memory.host<wire::Record>(place));
    memory.host<List>(work)[i] = {memory.device<wire::Record>(place),
                                  static_cast<u32>(lists[i].size())};
    places.push_back(place);
  }
  memory.upload();
  sort_lists<<<static_cast<unsigned>(lists.size()), kLanes>>>(memory.device<List>(work));
  VYRE_CUDA_CHECK(cudaGetLastError());
  VYRE_CUDA_CHECK(cudaDeviceSynchronize());
  memory.download();
  for (std::size_t i = 0; i < lists.size(); ++i) {
    std::copy_n(memory.host<wire::Record>(places[i]), lists[i].size(), lists[i].begin());
  }
}

}  // namespace vyre::testing
