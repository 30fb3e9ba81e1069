#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "vyre/backend.hpp"
#include "vyre/error.hpp"
#include "vyre/io_policy.hpp"
#include "vyre/read_path.hpp"
#include "vyre/ring_profile.hpp"
#include "vyre/source.hpp"

namespace CLI {
class App;
}

namespace vyre::cli {

/// What every command that streams files takes.
struct StreamArguments {
  /// 0: as many as the machine has cores.
  std::uint32_t threads = 0;
  IoPolicy io = IoPolicy::kAuto;
  PathChoice path = PathChoice::kAuto;
  RingProfile ring = RingProfile::kDefault;
  /// The part of each device that is read; all of it where absent.
  std::optional<BlockRange> blocks = std::nullopt;
  /// PCI address of the device whose memory --path peer uses; empty for any.
  std::string peer = {};
  BackendChoice backend = {};
  /// The replay log; empty for none.
  std::string record = {};
  bool record_inputs = false;
  /// The file that receives the slots' ways; empty for none.
  std::string trace = {};
  /// How long a chunk may be at the workers; 0: as long as it takes.
  std::chrono::nanoseconds deadline{0};
};

/// What --threads takes at most, as a session does.
inline constexpr std::uint32_t kMaxThreads = 256;

/// Declares --backend and --device; parsing fills `choice`, which outlives the command.
void declare_backend_choice(CLI::App& command, BackendChoice& choice);

/// InvalidArgument where the two contradict each other.
Status check_backend_choice(const BackendChoice& choice);

/// Declares --threads, --io, --path, --lba, --peer, --ring, --backend, --device, --deadline,
/// --hang-after, --record, --record-inputs and --trace on `command`; parsing fills `arguments`,
/// which outlive it.
void declare_stream_arguments(CLI::App& command, StreamArguments& arguments);

/// InvalidArgument where two of them contradict each other.
Status check_stream_arguments(const StreamArguments& arguments);

}  // namespace vyre::cli
