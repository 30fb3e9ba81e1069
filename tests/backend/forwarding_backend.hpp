#pragma once

#include <memory>
#include <utility>

#include "backend/backend.hpp"

namespace vyre::backend {

/// A machine that leaves everything to another, for tests that change one thing.
class ForwardingBackend : public Backend {
 public:
  explicit ForwardingBackend(std::unique_ptr<Backend> machine) : machine_(std::move(machine)) {}

  const BackendDescription& description() const noexcept override {
    return machine_->description();
  }
  Result<SharedMemory> allocate_shared(std::size_t bytes) override {
    return machine_->allocate_shared(bytes);
  }
  Result<WorkerMemory> allocate_for_workers(std::size_t bytes) override {
    return machine_->allocate_for_workers(bytes);
  }
  Result<memory::MappedBuffer> map_buffer(std::size_t bytes) override {
    return machine_->map_buffer(bytes);
  }
  Result<PeerBuffer> map_peer_buffer(std::size_t bytes, const std::string& provider) override {
    return machine_->map_peer_buffer(bytes, provider);
  }
  Status write(std::byte* target, std::span<const std::byte> bytes) override {
    return machine_->write(target, bytes);
  }
  Status read(const std::byte* source, std::span<std::byte> bytes) const override {
    return machine_->read(source, bytes);
  }
  bool splits_chunks() const noexcept override { return machine_->splits_chunks(); }
  bool is_near_workers(const std::byte* data) const noexcept override {
    return machine_->is_near_workers(data);
  }
  Result<const void*> prepare(std::span<const std::byte> automaton_table) override {
    return machine_->prepare(automaton_table);
  }
  ProgramCompiler* compiler() noexcept override { return machine_->compiler(); }
  Status start(const kernel::Context& context) override { return machine_->start(context); }
  Status join() override { return machine_->join(); }
  void ring_doorbell() noexcept override { machine_->ring_doorbell(); }
  void ring_all() noexcept override { machine_->ring_all(); }
  void settle_control() noexcept override { machine_->settle_control(); }
  WorkerLosses losses() const override { return machine_->losses(); }
  bool replaces_workers() const noexcept override { return machine_->replaces_workers(); }
  unsigned workers() const noexcept override { return machine_->workers(); }
  std::chrono::nanoseconds poll_interval() const noexcept override {
    return machine_->poll_interval();
  }
  std::int64_t clock_offset() const noexcept override { return machine_->clock_offset(); }
  std::optional<Error> fault() const override { return machine_->fault(); }

 private:
  std::unique_ptr<Backend> machine_;
};

}  // namespace vyre::backend
