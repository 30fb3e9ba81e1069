#include "vyre/error.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace vyre {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kSyscall:
      return "syscall";
    case ErrorCode::kQueueFull:
      return "queue-full";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kInvalidArgument:
      return "invalid-argument";
    case ErrorCode::kInvalidProgram:
      return "invalid-program";
    case ErrorCode::kDeviceFault:
      return "device-fault";
    case ErrorCode::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string Error::message() const { return fix.empty() ? what : what + "; " + fix; }

Error syscall_error(std::string_view operation, int error_number, std::string fix) {
  char buffer[128];
  // The GNU strerror_r is the thread-safe one and returns the text.
  const char* text = strerror_r(error_number, buffer, sizeof buffer);
  return Error{ErrorCode::kSyscall, error_number, fmt::format("{}: {}", operation, text),
               std::move(fix)};
}

Error invalid_argument(std::string what, std::string fix) {
  return Error{ErrorCode::kInvalidArgument, 0, std::move(what), std::move(fix)};
}

Error unavailable(std::string what, std::string fix) {
  return Error{ErrorCode::kUnavailable, 0, std::move(what), std::move(fix)};
}

}  // namespace vyre
