#include "cli/stream_arguments.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/word_option.hpp"

namespace vyre::cli {
namespace {

// What a session takes.
constexpr std::uint32_t kMaxThreads = 256;

const std::vector<std::pair<std::string, IoPolicy>> kIoPolicies = {
    {"auto", IoPolicy::kAuto}, {"buffered", IoPolicy::kBuffered}, {"direct", IoPolicy::kDirect}};
const std::vector<std::pair<std::string, BackendKind>> kBackends = {
    {"auto", BackendKind::kAuto}, {"cpu", BackendKind::kCpu}, {"cuda", BackendKind::kCuda}};

std::string refuse_nothing(const std::string& given) {
  return given.empty() ? "a device is named by its index or UUID, and this names none" : "";
}

}  // namespace

void declare_stream_arguments(CLI::App& command, StreamArguments& arguments) {
  command
      .add_option("--threads", arguments.threads,
                  "Threads that read files, and as many that run programs on the CPU backend "
                  "(default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(1u, kMaxThreads));
  add_word_option(command, "--io", kIoPolicies, arguments.io,
                  "How big files are read: auto, buffered (page cache) or direct (O_DIRECT)")
      ->type_name("WAY");
  add_word_option(command, "--backend", kBackends, arguments.backend.kind,
                  "What runs programs: cpu, cuda (an NVIDIA GPU), or auto: cuda where it can be "
                  "used, else cpu; --stats says which")
      ->type_name("KIND");
  command
      .add_option("--device", arguments.backend.device,
                  "The GPU, by its index or its UUID as `nvidia-smi -L` prints it, or the UUID's "
                  "beginning; without it the first. No other is used, and the CPU is not either")
      ->type_name("INDEX|UUID")
      ->check(CLI::Validator(refuse_nothing, ""));
}

Status check_stream_arguments(const StreamArguments& arguments) {
  if (arguments.backend.kind != BackendKind::kCpu || arguments.backend.device.empty()) return {};
  return tl::unexpected(
      invalid_argument("--device and --backend cpu cannot be used together",
                       "a device is for --backend cuda: leave out one of the two"));
}

}  // namespace vyre::cli
