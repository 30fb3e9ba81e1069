#pragma once

#include <cstdint>

#include "vyre/backend.hpp"
#include "vyre/error.hpp"
#include "vyre/io_policy.hpp"

namespace CLI {
class App;
}

namespace vyre::cli {

/// What every command that streams files takes.
struct StreamArguments {
  /// 0: as many as the machine has cores.
  std::uint32_t threads = 0;
  IoPolicy io = IoPolicy::kAuto;
  BackendChoice backend = {};
};

/// Declares --threads, --io, --backend and --device on `command`; parsing fills `arguments`, which
/// outlive it.
void declare_stream_arguments(CLI::App& command, StreamArguments& arguments);

/// InvalidArgument where two of them contradict each other.
Status check_stream_arguments(const StreamArguments& arguments);

}  // namespace vyre::cli
