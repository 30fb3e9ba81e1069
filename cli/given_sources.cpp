#include "cli/given_sources.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "ingest/open_file.hpp"
#include "nvme/device_node.hpp"

namespace vyre::cli {
namespace {

bool is_device(mode_t mode) { return S_ISBLK(mode) || S_ISCHR(mode); }

/// Not so of /dev/zero and terminals.
bool has_blocks(const struct stat& state) {
  const nvme::NodeKind kind = nvme::describe_node(state).kind;
  return kind == nvme::NodeKind::kBlock || kind == nvme::NodeKind::kNamespace;
}

/// The option that only devices can satisfy; null where there is none.
const char* needs_devices(const StreamArguments& arguments) {
  if (arguments.blocks) return "--lba";
  if (arguments.path == PathChoice::kPassthrough) return "--path passthrough";
  return arguments.ring == RingProfile::kIoPoll ? "--ring iopoll" : nullptr;
}

Error no_device(const char* option, const std::string& path, mode_t mode) {
  return invalid_argument(
      fmt::format("{} is for devices, and {} is {}", option, path, ingest::kind_of_file(mode)),
      fmt::format("give devices alone, as /dev/ng0n1, or leave out {}", option));
}

}  // namespace

Result<GivenSources> look_at_sources(const std::vector<std::string>& paths,
                                     const StreamArguments& arguments) {
  const char* const option = needs_devices(arguments);
  if (option != nullptr && paths.empty()) {
    return tl::unexpected(invalid_argument(fmt::format("{} is given, and no device", option),
                                           "name one, as /dev/ng0n1"));
  }
  struct stat trace {};
  const bool has_trace = !arguments.trace.empty() && ::stat(arguments.trace.c_str(), &trace) == 0;
  GivenSources sources;
  for (const std::string& path : paths) {
    struct stat state {};
    // The walk tells what cannot be looked at.
    const bool there = ::stat(path.c_str(), &state) == 0;
    if (there && option != nullptr && !is_device(state.st_mode)) {
      return tl::unexpected(no_device(option, path, state.st_mode));
    }
    if (there && has_trace && state.st_dev == trace.st_dev && state.st_ino == trace.st_ino) {
      return tl::unexpected(invalid_argument(
          fmt::format("--trace {} would empty what is to be read", arguments.trace),
          "name another file for the trace"));
    }
    ++(there && is_device(state.st_mode) ? sources.devices : sources.others);
    if (there && has_blocks(state)) ++sources.with_blocks;
  }
  if (paths.empty()) ++sources.others;
  return sources;
}

SessionOptions session_options(const StreamArguments& arguments, const GivenSources& sources) {
  SessionOptions session{.backend = arguments.backend,
                         .rings = arguments.threads,
                         .workers = arguments.threads,
                         .io = arguments.io,
                         .path = arguments.path,
                         .devices = sources.devices != 0,
                         .ring = arguments.ring,
                         .peer_device = arguments.peer,
                         .record = {.path = arguments.record, .inputs = arguments.record_inputs},
                         .trace = arguments.trace};
  // One device is one ring's: more would only hold memory.
  if (sources.others == 0) session.most_rings = sources.devices;
  return session;
}

}  // namespace vyre::cli
