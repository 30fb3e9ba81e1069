#include "cli/stream_arguments.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/block_range.hpp"
#include "cli/duration.hpp"
#include "cli/literal_argument.hpp"
#include "cli/word_option.hpp"

namespace vyre::cli {
namespace {

const std::vector<std::pair<std::string, IoPolicy>> kIoPolicies = {
    {"auto", IoPolicy::kAuto}, {"buffered", IoPolicy::kBuffered}, {"direct", IoPolicy::kDirect}};
const std::vector<std::pair<std::string, PathChoice>> kPaths = {
    {"auto", PathChoice::kAuto},
    {"mapped", PathChoice::kMapped},
    {"passthrough", PathChoice::kPassthrough},
    {"peer", PathChoice::kPeer}};
const std::vector<std::pair<std::string, RingProfile>> kRings = {{"default", RingProfile::kDefault},
                                                                 {"sqpoll", RingProfile::kSqPoll},
                                                                 {"iopoll", RingProfile::kIoPoll}};
const std::vector<std::pair<std::string, BackendKind>> kBackends = {
    {"auto", BackendKind::kAuto}, {"cpu", BackendKind::kCpu}, {"cuda", BackendKind::kCuda}};

std::string what_is_wrong_with(const std::string& range) {
  const auto blocks = parse_block_range(range);
  return blocks ? std::string() : blocks.error().message();
}

std::string what_is_wrong_with_duration(const std::string& given) {
  const auto duration = parse_duration(given);
  return duration ? std::string() : duration.error().message();
}

// Refuses an empty word, and says what one is for.
CLI::Validator not_empty(const char* meaning) {
  return CLI::Validator(
      [meaning](const std::string& given) { return given.empty() ? meaning : std::string(); }, "");
}

void declare_recording(CLI::App& command, StreamArguments& arguments) {
  command
      .add_option("--record", arguments.record,
                  "Write a log of every chunk that runs and of what it left, for `vyre replay`")
      ->transform(CLI::Validator(CLI::Validator(
          [](std::string& argument) {
            argument = unmark_literal(std::move(argument));
            return std::string();
          },
          "")))
      ->check(not_empty("a log is written to a file, and this names none"))
      ->type_name("LOG");
  command.add_flag("--record-inputs", arguments.record_inputs,
                   "Put what was read into the log too, so that it needs no other file");
}

void declare_trace(CLI::App& command, StreamArguments& arguments) {
  command
      .add_option("--trace", arguments.trace,
                  "Write when each slot took which hop, as JSON that chrome://tracing and "
                  "ui.perfetto.dev open")
      ->type_name("FILE")
      ->check(not_empty("a trace is written to a file, and this names none"))
      ->transform(CLI::Validator(
          [](std::string& argument) {
            argument = unmark_literal(std::move(argument));
            return std::string();
          },
          ""));
}

/// Declares an option that takes a duration, of which parsing fills `duration`.
void add_duration(CLI::App& command, const char* name, std::chrono::nanoseconds& duration,
                  const char* description) {
  command
      .add_option_function<std::string>(
          name,
          [&duration](const std::string& given) {
            if (const auto parsed = parse_duration(given)) duration = *parsed;
          },
          description)
      ->type_name("DURATION")
      ->check(CLI::Validator(what_is_wrong_with_duration, ""));
}

void declare_limits(CLI::App& command, StreamArguments& arguments) {
  add_duration(command, "--deadline", arguments.deadline,
               "How long one chunk may be with what runs programs, as in 500ms or 2s: what takes "
               "longer is given up, reported as an error of its files, and the rest goes on");
  add_duration(
      command, "--hang-after", arguments.backend.hang_after,
      "How long a worker may be busy with one tile of 64 KiB before it counts as hung, and "
      "is replaced (cpu), or the device is lost with it (cuda); 10ms or more (default: 30s)");
}

}  // namespace

void declare_backend_choice(CLI::App& command, BackendChoice& choice) {
  add_word_option(command, "--backend", kBackends, choice.kind,
                  "What runs programs: cpu, cuda (an NVIDIA GPU), or auto: cuda where it can be "
                  "used, else cpu; --stats says which")
      ->type_name("KIND");
  command
      .add_option("--device", choice.device,
                  "The GPU, by its index or its UUID as `nvidia-smi -L` prints it, or the UUID's "
                  "beginning; without it the first. No other is used, and the CPU is not either")
      ->type_name("INDEX|UUID")
      ->check(not_empty("a device is named by its index or UUID, and this names none"));
}

Status check_backend_choice(const BackendChoice& choice) {
  if (choice.kind != BackendKind::kCpu || choice.device.empty()) return {};
  return tl::unexpected(
      invalid_argument("--device and --backend cpu cannot be used together",
                       "a device is for --backend cuda: leave out one of the two"));
}

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
  add_word_option(
      command, "--path", kPaths, arguments.path,
      "Which way bytes take: mapped (reads by the kernel), passthrough (NVMe commands), "
      "peer (into a PCI device's or GPU's memory), or auto: the best there is. One that "
      "is asked for is taken, or it is an error; --stats says which")
      ->type_name("WAY");
  command
      .add_option_function<std::string>(
          "--lba",
          [&arguments](const std::string& range) {
            if (const auto blocks = parse_block_range(range)) arguments.blocks = *blocks;
          },
          "Of each device only COUNT logical blocks, from block FIRST on")
      ->type_name("FIRST:COUNT")
      ->check(CLI::Validator(what_is_wrong_with, ""));
  command
      .add_option("--peer", arguments.peer,
                  "The PCI device whose memory --path peer uses on the CPU (0000:03:00.0); without "
                  "it the one that has the most free")
      ->type_name("ADDRESS")
      ->check(not_empty("a device is named by its PCI address, and this names none"));
  add_word_option(
      command, "--ring", kRings, arguments.ring,
      "How reads reach the kernel: default, sqpoll (a kernel thread submits), or iopoll "
      "(devices with poll queues, and no files)")
      ->type_name("PROFILE");
  declare_backend_choice(command, arguments.backend);
  declare_limits(command, arguments);
  declare_recording(command, arguments);
  declare_trace(command, arguments);
}

Status check_stream_arguments(const StreamArguments& arguments) {
  const auto refuse = [](std::string what, std::string fix) {
    return tl::unexpected(invalid_argument(std::move(what), std::move(fix)));
  };
  if (Status choice = check_backend_choice(arguments.backend); !choice) return choice;
  if (arguments.record_inputs && arguments.record.empty()) {
    return refuse("--record-inputs is given without --record",
                  "add --record LOG, or leave out --record-inputs");
  }
  if (!arguments.trace.empty() && arguments.trace == arguments.record) {
    return refuse(fmt::format("--trace and --record name one file, {}", arguments.trace),
                  "name two files");
  }
  if (arguments.io == IoPolicy::kBuffered) {
    const char* other = arguments.path == PathChoice::kPassthrough ? "--path passthrough"
                        : arguments.path == PathChoice::kPeer      ? "--path peer"
                        : arguments.ring == RingProfile::kIoPoll   ? "--ring iopoll"
                                                                   : nullptr;
    if (other != nullptr) {
      return refuse(fmt::format("--io buffered and {} cannot be used together", other),
                    fmt::format("{} goes past the page cache: leave out one of the two", other));
    }
  }
  if (!arguments.peer.empty() && arguments.path != PathChoice::kPeer) {
    return refuse("--peer is given without --path peer", "add --path peer, or leave out --peer");
  }
  if (!arguments.peer.empty() && arguments.backend.kind == BackendKind::kCuda) {
    return refuse("--peer and --backend cuda cannot be used together",
                  "a GPU reads its own memory alone: leave out one of the two");
  }
  return {};
}

}  // namespace vyre::cli
