#pragma once

#include <memory>

#include "ingest/device_access.hpp"
#include "ingest/open_file.hpp"
#include "ingest/open_source.hpp"
#include "ingest/path_notes.hpp"
#include "uring/ring.hpp"
#include "vyre/io_policy.hpp"
#include "vyre/source.hpp"
#include "vyre/telemetry.hpp"

namespace vyre::ingest {

/// What ring, slots and user allow a source.
struct SourceRules {
  PathChoice path = PathChoice::kAuto;
  IoPolicy io_policy = IoPolicy::kAuto;
  /// The slots are the ring's registered buffer; else peer memory.
  bool registered_target = true;
  /// The ring takes NVMe commands.
  bool commands = false;
  /// The ring polls for completions.
  bool polls = false;

  /// The page cache cannot be read through: the CPU would have to copy into peer memory, or there
  /// is nothing to poll.
  [[nodiscard]] bool direct_only() const noexcept { return !registered_target || polls; }
  /// The user wants the page cache, and can have it.
  [[nodiscard]] bool buffered_asked() const noexcept {
    return io_policy == IoPolicy::kBuffered && !direct_only();
  }
};

/// Opens sources by the best path that the rules allow, and notes why it was no better one. A path
/// that was asked for by name is taken or is an error.
class SourceOpener {
 public:
  SourceOpener(const SourceRules& rules, const DeviceAccess& devices, IngestTelemetry& telemetry,
               PathCertificate& certificate);

  /// The error does not repeat the path.
  Result<std::unique_ptr<OpenSource>> open(const FileSource& source);
  /// A source gave up O_DIRECT while it was read.
  void note_fall_back(u32 origin) { notes_.direct_refused(origin); }
  [[nodiscard]] const SourceRules& rules() const noexcept { return rules_; }

 private:
  using Opened = Result<std::unique_ptr<OpenSource>>;
  Opened open_by_kind(const FileSource& source);
  Opened open_regular(const FileSource& source);
  Opened open_block(const FileSource& source, const nvme::DeviceNode& node);
  Opened open_plain_block(const FileSource& source);
  Opened open_namespace(const FileSource& source, const std::string& node);
  /// What keeps commands from the namespace that a block device belongs to.
  struct Obstacle {
    PathReason reason;
    /// For who asked for commands.
    Error error;
  };
  [[nodiscard]] std::optional<Obstacle> obstacle_of(const nvme::DeviceNode& node) const;
  [[nodiscard]] Error partition_error(const nvme::DeviceNode& node) const;

  SourceRules rules_;
  const DeviceAccess& devices_;
  IngestTelemetry& telemetry_;
  PathNotes notes_;
};

}  // namespace vyre::ingest
