#pragma once

#include "doctor/roots.hpp"
#include "doctor/row.hpp"

namespace vyre::doctor {

/// "nvidia-fs": the kernel module of GPUDirect Storage (cuFile). vyre reads without it; told since
/// who looks for GPU reads asks for it first.
Row nvidia_fs_row(const Roots& roots);

}  // namespace vyre::doctor
