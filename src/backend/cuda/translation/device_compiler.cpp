#include "backend/cuda/translation/device_compiler.hpp"

#include <utility>

#include "backend/cuda/current_device.hpp"
#include "backend/cuda/translation/program_linker.hpp"
#include "backend/cuda/translation/translate.hpp"

namespace vyre::backend::translation {

std::string DeviceCompiler::translate(const VerifiedProgram& program, std::size_t place) const {
  const bool compiles = can_translate(program) && (all_ || is_worthwhile(program));
  return compiles ? translation::translate(program, function_name(place)) : std::string();
}

Result<std::vector<std::byte>> DeviceCompiler::link(std::span<const std::string> translations) {
  const CurrentDevice current(index_);
  if (Status status = current.status(); !status) return tl::unexpected(status.error());
  return link_with_kernels(translations, directory_of(translations));
}

Status DeviceCompiler::install(std::span<const std::byte> code) {
  const CurrentDevice current(index_);
  if (Status status = current.status(); !status) return status;
  auto loaded = LinkedKernels::load(code, workers_);
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  linked_ = std::move(*loaded);
  return {};
}

device::Kernels DeviceCompiler::kernels() const noexcept {
  return linked_ ? linked_->kernels() : device::interpreting_kernels();
}

}  // namespace vyre::backend::translation
