#include "kernel/block_group.hpp"
#include "kernel/portable_platform.hpp"
#include "kernel/worker.hpp"

// Never run: makes the compiler generate device code for the worker loop and every instruction.
namespace vyre::kernel {

struct DeviceCheckPlatform : PortablePlatform {
  template <class Group>
  VYRE_HOST_DEVICE SlotResult run_chunk(Group group, const ProgramView& program, const Chunk& chunk,
                                        Registers& registers, RecordSink& sink) {
    return kernel::run_chunk(group, *this, program, chunk, registers, sink);
  }
  VYRE_HOST_DEVICE void completed(const QueueView&) {}
  VYRE_HOST_DEVICE void io_published(const IoView&) {}
  VYRE_HOST_DEVICE void idle(const Context&) {}
};

__global__ void __launch_bounds__(kLanes) check_worker(const Context* context) {
  __shared__ WorkerScratch scratch;
  DeviceCheckPlatform platform;
  run_worker(*context, blockIdx.x, BlockGroup{}, platform, scratch);
}

}  // namespace vyre::kernel
