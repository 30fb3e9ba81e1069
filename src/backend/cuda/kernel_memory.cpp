#include "backend/cuda/kernel_memory.hpp"

#include <algorithm>
#include <cstring>

namespace vyre::backend {
namespace {

template <class Target>
Status take(Result<Target> memory, Target& target) {
  if (!memory) return tl::unexpected(std::move(memory.error()));
  target = std::move(*memory);
  return {};
}

template <typename T, class Memory>
T* as(const Memory& memory) {
  return reinterpret_cast<T*>(memory.bytes().data());
}

}  // namespace

Result<std::unique_ptr<KernelMemory>> KernelMemory::create(CudaMemory& memory, u32 workers,
                                                           u64 slots) {
  const auto chunks = static_cast<u32>(std::min<u64>(slots, device::kMostChunks));
  std::unique_ptr<KernelMemory> made(new KernelMemory(workers, chunks));
  Status status = take(memory.allocate_for_workers(device::kJobs * sizeof(u64)), made->jobs_);
  if (status) status = take(memory.allocate_for_workers(sizeof(Counters)), made->counters_);
  if (status) {
    status = take(memory.allocate_for_workers(chunks * sizeof(device::ChunkState)), made->chunks_);
  }
  if (status) {
    status = take(memory.allocate_for_workers(std::size_t{workers} * device::kWorkerBytes),
                  made->staging_);
  }
  if (status) {
    status = take(memory.allocate_shared(sizeof(device::DispatcherJournal) +
                                         workers * sizeof(device::WorkerJournal)),
                  made->journals_);
  }
  if (!status) return tl::unexpected(std::move(status.error()));
  return made;
}

// Entries of jobs and chunks are free again when a kernel has ended.
Status KernelMemory::reset(CudaMemory& memory) {
  const std::span<std::byte> journals = journals_.bytes();
  std::memset(journals.data(), 0, journals.size());
  const Counters zero{};
  return memory.write(counters_.bytes().data(), std::as_bytes(std::span(&zero, 1)));
}

device::DeviceContext KernelMemory::parts() const {
  auto* counters = as<Counters>(counters_);
  auto* journal = as<device::DispatcherJournal>(journals_);
  device::DeviceContext parts{};
  parts.jobs = {as<u64>(jobs_), &counters->next_ticket};
  parts.exited = &counters->exited;
  parts.reserve = &counters->reserve;
  parts.chunks = as<device::ChunkState>(chunks_);
  parts.chunk_count = chunk_count_;
  parts.workers = workers_;
  parts.most_parts = std::clamp(device::kJobs / 2 / chunk_count_, 1u, workers_);
  parts.staging = as<u8>(staging_);
  parts.dispatcher_journal = journal;
  parts.workers_journal = reinterpret_cast<device::WorkerJournal*>(journal + 1);
  parts.injection.tiles = &counters->tiles;
  return parts;
}

const device::DispatcherJournal& KernelMemory::dispatcher() const {
  return *as<device::DispatcherJournal>(journals_);
}

std::span<const device::WorkerJournal> KernelMemory::workers() const {
  return {reinterpret_cast<const device::WorkerJournal*>(&dispatcher() + 1), workers_};
}

}  // namespace vyre::backend
