#pragma once

#include <cstdint>

#include "vyre/io_policy.hpp"

namespace CLI {
class App;
}

namespace vyre::cli {

/// Declares --threads and --io on `command`; parsing fills the variables, which outlive it.
void declare_stream_arguments(CLI::App& command, std::uint32_t& threads, IoPolicy& io);

}  // namespace vyre::cli
