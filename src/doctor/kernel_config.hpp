#pragma once

#include <string>
#include <string_view>

#include "doctor/roots.hpp"
#include "vyre/error.hpp"

namespace vyre::doctor {

/// The options that a kernel was built with.
struct KernelConfig {
  /// The file that it was read from.
  std::string path;
  std::string text;

  /// 'y' built in, 'm' as a module, 'n' not at all (an option that is not named is not there
  /// either). `option` with its "CONFIG_".
  [[nodiscard]] char setting(std::string_view option) const;
  /// "CONFIG_X=y (PATH)", "CONFIG_X is not set (PATH)".
  [[nodiscard]] std::string told(std::string_view option) const;
};

/// Of the kernel with this release (`uname -r`): /proc/config.gz, /boot/config-RELEASE,
/// /lib/modules/RELEASE/config, the first that can be read. Unavailable, with the reason of each,
/// where none can.
Result<KernelConfig> read_kernel_config(const Roots& roots, std::string_view release);

/// Whether a function or variable whose name begins with `prefix` is in the kernel or its modules
/// (/proc/kallsyms). Reads some MiB. Errors: as of open and read; Unavailable where the file is
/// empty.
Result<bool> kernel_has_symbol(const Roots& roots, std::string_view prefix);

}  // namespace vyre::doctor
