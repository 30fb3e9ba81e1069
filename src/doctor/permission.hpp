#pragma once

#include "doctor/roots.hpp"
#include "doctor/row.hpp"

namespace vyre::doctor {

/// Sets up a ring of one entry and drops it: 0, or the errno of the refusal.
int try_io_uring_setup() noexcept;

/// "seccomp": the filters on this process, and whether io_uring_setup, which ended with
/// `setup_error` (0 or an errno), is refused under them.
Row seccomp_row(const Roots& roots, int setup_error);

/// "io_uring_disabled": the sysctl kernel.io_uring_disabled, which is 0, 1 (for the privileged and
/// kernel.io_uring_group alone) or 2 (for nobody).
Row io_uring_disabled_row(const Roots& roots, int setup_error);

}  // namespace vyre::doctor
