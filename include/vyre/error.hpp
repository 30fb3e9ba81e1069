#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace vyre {

/// What kind of failure an operation met.
enum class ErrorCode {
  kSyscall,          ///< A system call failed; `Error::detail` is its errno.
  kQueueFull,        ///< Back-pressure: the target slot is still in use. Drain, then try again.
  kUnavailable,      ///< The machine, kernel or permission lacks something; `fix` names it.
  kInvalidArgument,  ///< The caller's value is out of its documented range.
  kInvalidProgram,   ///< A program was rejected; `Error::detail` is the instruction's index, -1
                     ///< for the program as a whole.
  kDeviceFault,      ///< The backend reported a fault; `Error::detail` is the wire fault code.
  kCancelled,        ///< The operation was cancelled before it completed.
};

/// Stable lower-case name of a code, for logs and JSON ("syscall", "queue-full", ...).
std::string_view to_string(ErrorCode code) noexcept;

/// A failure, told to the person who can act on it.
struct Error {
  ErrorCode code;
  /// errno, instruction index or fault code, by `code`; 0 where there is none.
  int detail = 0;
  /// What failed, where, with the numbers in it. No trailing period.
  std::string what;
  /// One true sentence that says how to fix it; empty only where nothing can be done.
  std::string fix;

  /// "WHAT; FIX", or just WHAT where there is no fix.
  [[nodiscard]] std::string message() const;
};

/// An errno as an Error: `what` is "OPERATION: strerror". `error_number` is positive.
Error syscall_error(std::string_view operation, int error_number, std::string fix = {});
Error invalid_argument(std::string what, std::string fix = {});
Error unavailable(std::string what, std::string fix);

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

}  // namespace vyre
