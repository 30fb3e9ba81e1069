#include "backend/megakernel_state.hpp"
#include "wire/atomics.hpp"

// When the workers of a Megakernel run, and by which code.
namespace vyre::backend {

Status Megakernel::State::start() {
  wire::store_release(&context.workers->stop, 0);
  wire::store_release(host_control->words + wire::control::kShutdown, 0);
  Status status = backend->start(context);
  launched = status.has_value();
  return status;
}

Status Megakernel::State::stop(kernel::StopMode mode) {
  if (!launched) return {};
  wire::store_release(host_control->words + wire::control::kShutdown, static_cast<u32>(mode));
  backend->ring_all();
  Status status = backend->join();
  if (status) launched = false;
  return status;
}

Status Megakernel::State::install(ProgramCompiler& compiler, std::span<const std::byte> code,
                                  const ProgramStore::Translations& translations) {
  const bool runs = launched && wire::load_acquire(&context.workers->stop) == 0;
  if (Status status = stop(kernel::StopMode::kQuiesce); !status) return status;
  Status installed = compiler.install(code);
  if (installed) installed = programs.note_installed(translations);
  // What was installed before is there still.
  Status started = runs ? start() : Status();
  return started ? installed : started;
}

Status Megakernel::launch() {
  const std::lock_guard lock(state_->life);
  if (auto broken = fault()) return tl::unexpected(std::move(*broken));
  if (state_->launched) {
    if (wire::load_acquire(&state_->context.workers->stop) == 0) return {};
    // A SHUTDOWN slot has stopped them.
    if (Status status = state_->backend->join(); !status) return status;
    state_->launched = false;
  }
  return state_->start();
}

Status Megakernel::quiesce() {
  const std::lock_guard lock(state_->life);
  return state_->stop(kernel::StopMode::kQuiesce);
}

Status Megakernel::shutdown() {
  const std::lock_guard lock(state_->life);
  return state_->stop(kernel::StopMode::kDrain);
}

bool Megakernel::running() const noexcept {
  const std::lock_guard lock(state_->life);
  return state_->launched && wire::load_acquire(&state_->context.workers->stop) == 0;
}

Status Megakernel::compile() {
  ProgramCompiler* const compiler = state_->backend->compiler();
  if (compiler == nullptr) return {};
  const std::lock_guard compiling(state_->compiling);
  const auto translations = state_->programs.translations();
  if (!translations) return {};
  const auto code = compiler->link(translations->texts);
  if (!code) return tl::unexpected(code.error());
  const std::lock_guard lock(state_->life);
  return state_->install(*compiler, *code, *translations);
}

}  // namespace vyre::backend
