#pragma once

#include <cstddef>

#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::uring {

/// Why io_uring_setup failed with `error_number`, as far as the system tells (sysctl, seccomp
/// state of the process), with the fix.
Error setup_refused(int error_number);

/// Why registering a buffer of `bytes` failed with `error_number`; names RLIMIT_MEMLOCK where that
/// is the cause.
Error buffer_refused(int error_number, std::size_t bytes);

}  // namespace vyre::uring
