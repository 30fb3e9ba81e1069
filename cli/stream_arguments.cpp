#include "cli/stream_arguments.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <map>
#include <string>
#include <vector>

namespace vyre::cli {
namespace {

// What a session takes.
constexpr std::uint32_t kMaxThreads = 256;

const std::map<std::string, IoPolicy> kIoPolicies = {
    {"auto", IoPolicy::kAuto}, {"buffered", IoPolicy::kBuffered}, {"direct", IoPolicy::kDirect}};

}  // namespace

void declare_stream_arguments(CLI::App& command, std::uint32_t& threads, IoPolicy& io) {
  command.add_option("--threads", threads, "Threads (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(1u, kMaxThreads));
  command
      .add_option_function<std::string>(
          "--io", [&io](const std::string& name) { io = kIoPolicies.at(name); },
          "How big files are read: auto, buffered (page cache) or direct (O_DIRECT)")
      ->type_name("WAY")
      ->check(
          CLI::IsMember(std::vector<std::string>{"auto", "buffered", "direct"}).description(""));
}

}  // namespace vyre::cli
