#include "ingest/source_opener.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/owned_fd.hpp"
#include "ingest/device_source.hpp"

namespace vyre::ingest {
namespace {

constexpr const char* kWideRing =
    "use Linux 6.1 or later; a program that opens a session says SessionOptions::devices";

Error no_commands_for_files() {
  return unavailable(
      "a regular file cannot be read by NVMe commands: where its blocks lie is its "
      "file system's business",
      "read it with `--path mapped`, or give the namespace");
}

// A command does not see what the page cache holds back of a block device's bytes, which a read
// does.
void write_back(const std::string& block_device) {
  const base::OwnedFd descriptor(::open(block_device.c_str(), O_RDONLY | O_CLOEXEC));
  // Who may not open it has not written to it; and whether there is anything, nothing tells.
  if (descriptor) static_cast<void>(::fsync(descriptor.get()));
}

Error may_be_copied() {
  return unavailable(
      "its file system does not say that it reads past the page cache: the CPU might copy the "
      "bytes "
      "into peer memory",
      "read it with `--path mapped`, or put it on ext4 or XFS on an NVMe drive");
}

Error not_streamable(const struct stat& state, nvme::NodeKind kind) {
  return invalid_argument(
      fmt::format("this is {}", kind == nvme::NodeKind::kController
                                    ? "an NVMe controller, which has no bytes"
                                    : kind_of_file(state.st_mode)),
      "give regular files, directories, block devices or NVMe namespaces (/dev/ngXnY)");
}

}  // namespace

SourceOpener::SourceOpener(const SourceRules& rules, const DeviceAccess& devices,
                           IngestTelemetry& telemetry, PathCertificate& certificate)
    : rules_(rules),
      devices_(devices),
      telemetry_(telemetry),
      notes_(rules.path, rules.registered_target, certificate) {}

SourceOpener::Opened SourceOpener::open(const FileSource& source) {
  const u64 failed_before = telemetry_.opens_failed.value();
  Opened opened = open_by_kind(source);
  // Files count their own.
  if (!opened && telemetry_.opens_failed.value() == failed_before) telemetry_.opens_failed.add();
  return opened;
}

SourceOpener::Opened SourceOpener::open_by_kind(const FileSource& source) {
  if (source.part) return open_regular(source);
  struct stat state {};
  // Asked first by name, since merely opening a device can have effects.
  if (::stat(source.path.c_str(), &state) != 0) {
    return tl::unexpected(file_error("open", errno));
  }
  const nvme::DeviceNode node = devices_.describe(source.path, state);
  if (node.kind == nvme::NodeKind::kBlock) return open_block(source, node);
  if (node.kind == nvme::NodeKind::kNamespace) {
    if (rules_.path == PathChoice::kMapped) {
      return tl::unexpected(
          invalid_argument("a namespace's character device takes NVMe commands and nothing else",
                           "give its block device (/dev/nvmeXnY), or leave out `--path mapped`"));
    }
    if (!rules_.commands) {
      return tl::unexpected(
          unavailable("the ring has no wide entries, which NVMe commands need", kWideRing));
    }
    return open_namespace(source, source.path);
  }
  if (S_ISREG(state.st_mode)) return open_regular(source);
  return tl::unexpected(not_streamable(state, node.kind));
}

SourceOpener::Opened SourceOpener::open_regular(const FileSource& source) {
  if (source.blocks) {
    return tl::unexpected(invalid_argument("a range of blocks was given for a regular file",
                                           "give ranges of blocks for devices alone"));
  }
  if (rules_.path == PathChoice::kPassthrough) return tl::unexpected(no_commands_for_files());
  const IoPolicy policy = rules_.direct_only() ? IoPolicy::kDirect : rules_.io_policy;
  auto file =
      OpenFile::open(source.path, policy, telemetry_, source.part ? source.part->file : nullptr);
  if (!file) {
    if (rules_.direct_only() && file.error().code == ErrorCode::kUnavailable) {
      file.error().fix = "read this file with `--path mapped` and a ring without IOPOLL";
    }
    return tl::unexpected(std::move(file.error()));
  }
  if (!rules_.registered_target && !(*file)->bypass_is_certain()) {
    return tl::unexpected(may_be_copied());
  }
  // Parts are one source.
  const bool first = !source.part || source.part->range.begin == 0;
  if (first) notes_.regular(source.origin, (*file)->obstacle());
  return std::unique_ptr<OpenSource>(std::move(*file));
}

SourceOpener::Opened SourceOpener::open_namespace(const FileSource& source,
                                                  const std::string& node) {
  auto name_space = devices_.open_namespace(node);
  if (!name_space) return tl::unexpected(std::move(name_space.error()));
  auto made = NamespaceSource::open(source, std::move(*name_space),
                                    devices_.takes_registered_memory(), telemetry_);
  if (!made) return tl::unexpected(std::move(made.error()));
  notes_.by_commands(source.origin);
  return std::unique_ptr<OpenSource>(std::move(*made));
}

Error SourceOpener::partition_error(const nvme::DeviceNode& node) const {
  std::string fix = fmt::format("give {} and the partition's blocks with `--lba FIRST:COUNT`",
                                node.namespace_node);
  if (const auto whole = devices_.open_namespace(node.namespace_node)) {
    if (const auto blocks = nvme::blocks_of_partition(node, (*whole)->identity())) {
      fix = fmt::format("give {} with `--lba {}:{}`, which is this partition", node.namespace_node,
                        blocks->first, blocks->count);
    }
  }
  return invalid_argument(
      fmt::format("{} is a part of a namespace, and NVMe commands would reach beyond it",
                  node.name),
      std::move(fix));
}

std::optional<SourceOpener::Obstacle> SourceOpener::obstacle_of(
    const nvme::DeviceNode& node) const {
  if (node.namespace_node.empty()) {
    return Obstacle{PathReason::kNotNvme,
                    unavailable("the block device is no NVMe namespace, so it takes no commands",
                                "read it with `--path mapped`")};
  }
  if (node.partition) {
    // Only who asked for commands is told, since telling takes some.
    const bool asked = rules_.path == PathChoice::kPassthrough;
    return Obstacle{PathReason::kPartition, asked ? partition_error(node) : Error{}};
  }
  const bool buffered = rules_.path == PathChoice::kAuto && rules_.buffered_asked();
  if (buffered) return Obstacle{PathReason::kBufferedAsked, {}};
  if (!rules_.commands) {
    return Obstacle{
        PathReason::kRingRefused,
        unavailable("the ring has no wide entries, which NVMe commands need", kWideRing)};
  }
  return std::nullopt;
}

SourceOpener::Opened SourceOpener::open_block(const FileSource& source,
                                              const nvme::DeviceNode& node) {
  if (rules_.path == PathChoice::kMapped) {
    notes_.as_block(source.origin, PathReason::kOtherPathAsked, {});
    return open_plain_block(source);
  }
  std::optional<Obstacle> obstacle = obstacle_of(node);
  if (!obstacle) {
    write_back(source.path);
    Opened opened = open_namespace(source, node.namespace_node);
    if (opened) return opened;
    obstacle = Obstacle{PathReason::kNamespaceRefused, std::move(opened.error())};
  }
  if (rules_.path == PathChoice::kPassthrough) return tl::unexpected(std::move(obstacle->error));
  const bool telling = obstacle->reason == PathReason::kNamespaceRefused;
  notes_.as_block(source.origin, obstacle->reason,
                  telling ? std::string_view(obstacle->error.what) : std::string_view{});
  return open_plain_block(source);
}

SourceOpener::Opened SourceOpener::open_plain_block(const FileSource& source) {
  using Way = BlockSource::Way;
  const bool buffered = rules_.buffered_asked();
  if (buffered) notes_.buffered_asked(source.origin);
  auto made =
      BlockSource::open(source, buffered ? Way::kBuffered : Way::kDirect, devices_, telemetry_);
  const bool refused = !made && made.error().detail == EINVAL;
  if (refused && !rules_.direct_only() && rules_.io_policy == IoPolicy::kAuto) {
    telemetry_.direct_refused.add();
    notes_.direct_refused(source.origin);
    made = BlockSource::open(source, Way::kBuffered, devices_, telemetry_);
  }
  if (!made) return tl::unexpected(std::move(made.error()));
  return std::unique_ptr<OpenSource>(std::move(*made));
}

}  // namespace vyre::ingest
