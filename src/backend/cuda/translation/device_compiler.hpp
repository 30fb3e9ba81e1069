#pragma once

#include <optional>
#include <vector>

#include "backend/cuda/translation/linked_worker.hpp"
#include "backend/program_compiler.hpp"

namespace vyre::backend::translation {

/// The compiler of a CudaBackend, which must not have its kernels run while this is destroyed.
/// Cost of link(): about 1 ms for what the driver has in its cache, else 10 to 50 ms a program; 80
/// ms more the first time in a process.
class DeviceCompiler final : public ProgramCompiler {
 public:
  /// `workers`: on each multiprocessor of device `index`. `all`: also what is not worthwhile.
  DeviceCompiler(int index, unsigned workers, bool all) noexcept
      : index_(index), workers_(workers), all_(all) {}

  [[nodiscard]] std::string translate(const VerifiedProgram& program,
                                      std::size_t place) const override;
  Status link(std::span<const std::string> translations) override;
  Status install() override;
  void release_replaced() noexcept override { replaced_.clear(); }

  /// The one to be launched: what was installed last, if anything was.
  [[nodiscard]] device::WorkerKernel worker() const noexcept;
  /// The device is lost, and with it what was loaded.
  void abandon() noexcept;

 private:
  Status open();

  int index_;
  unsigned workers_;
  bool all_;
  /// What link() made: open already where that can be done beside a kernel.
  std::vector<std::byte> image_;
  std::optional<LinkedWorker> next_;
  std::optional<LinkedWorker> installed_;
  /// Less than 1 MB of the device's memory each.
  std::vector<LinkedWorker> replaced_;
};

}  // namespace vyre::backend::translation
