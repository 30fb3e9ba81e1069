#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor/row.hpp"

namespace vyre::doctor {

/// `uname -r` of the running kernel.
std::string running_kernel();

/// The release against 6.1, the first with everything that vyre uses. Told for the reader: what the
/// kernel can do is probed, not derived from its version.
Row kernel_row(std::string_view release);

/// What uring::probe_kernel() found, with what each row means for `vyre scan`.
std::vector<Row> io_uring_rows();

/// Whether the kernel has cachestat(2).
Row cachestat_row();

}  // namespace vyre::doctor
