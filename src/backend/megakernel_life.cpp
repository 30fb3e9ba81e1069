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

// A SHUTDOWN slot means what it meant: its drain is not cut short, and who was told to end does not
// go on.
Status Megakernel::State::install(ProgramCompiler& compiler, const ProgramStore::Texts& texts) {
  const auto told_to_end = [this] { return wire::load_acquire(&context.workers->stop) != 0; };
  const bool runs = launched && !told_to_end();
  Status status = stop(runs ? kernel::StopMode::kQuiesce : kernel::StopMode::kDrain);
  if (!status) return status;
  const bool told_meanwhile = runs && told_to_end();
  Status installed = compiler.install();
  if (installed) installed = programs.note_installed(texts);
  // What was installed before is there still.
  if (runs) status = start();
  if (status && told_meanwhile) status = stop(kernel::StopMode::kDrain);
  return status ? installed : status;
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

Status Megakernel::State::stop_for_long(kernel::StopMode mode) {
  const std::lock_guard lock(life);
  Status status = stop(mode);
  ProgramCompiler* const compiler = backend->compiler();
  if (status && compiler != nullptr) compiler->release_replaced();
  return status;
}

Status Megakernel::quiesce() { return state_->stop_for_long(kernel::StopMode::kQuiesce); }

Status Megakernel::shutdown() { return state_->stop_for_long(kernel::StopMode::kDrain); }

bool Megakernel::running() const noexcept {
  const std::lock_guard lock(state_->life);
  return state_->launched && wire::load_acquire(&state_->context.workers->stop) == 0;
}

Status Megakernel::State::compile() {
  ProgramCompiler* const compiler = backend->compiler();
  if (compiler == nullptr) return {};
  const auto texts = programs.texts_to_link();
  if (!texts) return {};
  if (Status status = compiler->link(texts->by_place); !status) return status;
  const std::lock_guard lock(life);
  return install(*compiler, *texts);
}

Status Megakernel::compile() {
  const std::lock_guard lock(state_->compiling);
  Status status = state_->compile();
  state_->refusal = status ? std::nullopt : std::optional(status.error());
  return status;
}

Status Megakernel::State::compile_unless_refused() {
  const std::lock_guard lock(compiling);
  if (refusal) return {};
  Status status = compile();
  if (status || status.error().code != ErrorCode::kUnavailable) return status;
  refusal = status.error();
  return {};
}

std::optional<Error> Megakernel::compile_refusal() const {
  const std::lock_guard lock(state_->compiling);
  return state_->refusal;
}

}  // namespace vyre::backend
