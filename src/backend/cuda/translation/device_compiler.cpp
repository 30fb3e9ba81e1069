#include "backend/cuda/translation/device_compiler.hpp"

#include <utility>

#include "backend/cuda/current_device.hpp"
#include "backend/cuda/translation/program_linker.hpp"
#include "backend/cuda/translation/translate.hpp"

namespace vyre::backend::translation {
namespace {

/// More is interpreted: the driver's compiler takes more than a second or two for it, and far more
/// than in proportion (two minutes for 9 MB). The example with the most has 24 KB.
constexpr std::size_t kMostText = std::size_t{256} << 10;

/// Unloading takes longer than all else for which the kernel has to stand still, so that it waits
/// for a stop of another reason; but not for ever.
constexpr std::size_t kMostReplaced = 64;

}  // namespace

std::string DeviceCompiler::translate(const VerifiedProgram& program, std::size_t place) const {
  if (!can_translate(program) || (!all_ && !is_worthwhile(program))) return {};
  std::string text = translation::translate(program, function_name(place));
  return text.size() <= kMostText ? text : std::string();
}

Result<std::vector<std::byte>> DeviceCompiler::link(std::span<const std::string> translations) {
  const CurrentDevice current(index_);
  if (Status status = current.status(); !status) return tl::unexpected(status.error());
  return link_with_worker(translations, directory_of(translations));
}

Status DeviceCompiler::install(std::span<const std::byte> code) {
  const CurrentDevice current(index_);
  if (Status status = current.status(); !status) return status;
  auto loaded = LinkedWorker::load(code, workers_);
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  if (replaced_.size() == kMostReplaced) replaced_.clear();
  if (linked_) replaced_.push_back(std::move(*linked_));
  linked_ = std::move(*loaded);
  return {};
}

device::WorkerKernel DeviceCompiler::worker() const noexcept {
  return linked_ ? linked_->kernel() : device::interpreting_worker();
}

void DeviceCompiler::abandon() noexcept {
  if (linked_) linked_->abandon();
  for (LinkedWorker& replaced : replaced_) replaced.abandon();
}

}  // namespace vyre::backend::translation
