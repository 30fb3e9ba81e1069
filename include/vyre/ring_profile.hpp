#pragma once

#include <cstdint>
#include <string_view>

namespace vyre {

/// How a session's rings hand reads to the kernel and learn that they are over.
enum class RingProfile : std::uint8_t {
  /// The ring's thread submits, and sleeps until an interrupt says that something is over.
  kDefault,
  /// A kernel thread for each ring submits; it sleeps after 2 s without work. Fewer system calls
  /// for a core of the machine.
  kSqPoll,
  /// The ring's thread asks the device instead of sleeping. For devices whose driver has poll
  /// queues (nvme.poll_queues), and nothing else: no regular files.
  kIoPoll,
};

/// "default", "sqpoll", "iopoll".
std::string_view to_string(RingProfile profile) noexcept;

}  // namespace vyre
