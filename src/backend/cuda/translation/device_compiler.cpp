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

Status DeviceCompiler::link(std::span<const std::string> translations) {
  const CurrentDevice current(index_);
  if (Status status = current.status(); !status) return status;
  auto image = link_with_worker(translations, directory_of(translations));
  if (!image) return tl::unexpected(std::move(image.error()));
  image_ = std::move(*image);
  return LinkedWorker::loads_lazily() ? open() : Status();
}

Status DeviceCompiler::open() {
  auto opened = LinkedWorker::open(image_);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  // One is left only where the workers could not be stopped: then the device is lost.
  if (next_) next_->abandon();
  next_ = std::move(*opened);
  return {};
}

Status DeviceCompiler::install() {
  const CurrentDevice current(index_);
  Status status = current.status();
  if (status && !next_) status = open();
  if (status) status = next_->load(workers_);
  if (!status) {
    next_.reset();
    return status;
  }
  if (replaced_.size() == kMostReplaced) replaced_.clear();
  if (installed_) replaced_.push_back(std::move(*installed_));
  installed_ = std::exchange(next_, std::nullopt);
  return {};
}

device::WorkerKernel DeviceCompiler::worker() const noexcept {
  return installed_ ? installed_->kernel() : device::interpreting_worker();
}

void DeviceCompiler::abandon() noexcept {
  for (std::optional<LinkedWorker>* worker : {&next_, &installed_}) {
    if (*worker) (*worker)->abandon();
  }
  for (LinkedWorker& replaced : replaced_) replaced.abandon();
}

}  // namespace vyre::backend::translation
