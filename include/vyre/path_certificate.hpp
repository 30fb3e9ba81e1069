#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vyre/error.hpp"
#include "vyre/telemetry.hpp"

namespace vyre {

/// The ways that a byte can take into a slot, best first.
enum class CertifiedPath : std::uint8_t {
  /// From the device into peer memory; the host's memory is not touched.
  kPeer,
  /// By an NVMe read command; no file system, no block layer.
  kPassthrough,
  /// Into registered memory, past the page cache.
  kRegisteredDirect,
  /// Into registered memory, copied by the kernel out of its page cache.
  kRegisteredBuffered,
  /// Into memory that is not registered with the ring.
  kUnregistered,
};
inline constexpr std::size_t kCertifiedPaths = 5;

/// "peer", "passthrough", "registered-direct", "registered-buffered", "unregistered".
std::string_view to_string(CertifiedPath path) noexcept;

/// Why a source did not go by a path that would have been better.
enum class PathReason : std::uint8_t {
  kOrdinaryMemory,    ///< Peer: the slots are not peer memory.
  kRegularFile,       ///< Passthrough: where a file's blocks lie is its file system's business.
  kOtherPathAsked,    ///< The user asked for another path.
  kNotNvme,           ///< Passthrough: the block device is no NVMe namespace.
  kPartition,         ///< Passthrough: the block device is a part of a namespace.
  kNamespaceRefused,  ///< Passthrough: the namespace's node cannot be used; the detail says why.
  kRingRefused,       ///< Passthrough: the ring has no wide entries.
  kWholeInSlot,       ///< Direct: the file fits a slot beside others.
  kSmall,             ///< Direct: the file is below 32 MiB.
  kCached,            ///< Direct: much of the file is in the page cache, or nothing tells.
  kBufferedAsked,     ///< Passthrough, direct: the user asked for the page cache.
  kDirectRefused,     ///< Direct: the file system or device refuses O_DIRECT here.
};
inline constexpr std::size_t kPathReasons = 12;

/// A stable name: "ordinary-memory", "regular-file", ...
std::string_view to_string(PathReason reason) noexcept;
/// One clause for people: "the slots are ordinary memory, not a device's".
std::string_view explain(PathReason reason) noexcept;

/// Bytes that came by one path.
struct CertifiedBytes {
  Counter reads;
  Counter bytes;
};

/// A better path that sources of one origin did not take.
struct PathObstacle {
  CertifiedPath path;
  PathReason reason;
  /// Sources for which this was so.
  Counter sources;
  /// What was met at the first of them: an error's text; empty where the reason says it all.
  std::string detail;
};

/// What happened to the sources that came from one given path.
struct OriginCertificate {
  std::array<CertifiedBytes, kCertifiedPaths> paths;
  /// One per path and reason, in the order in which they were met.
  std::vector<PathObstacle> obstacles;

  [[nodiscard]] const CertifiedBytes& path(CertifiedPath path) const {
    return paths[static_cast<std::size_t>(path)];
  }
};

/// Which path every byte took, by origin (FileSource::origin), counted where it happens. Owned by
/// one thread; merge() joins those of several.
class PathCertificate {
 public:
  /// Origins that are kept apart; those of greater number count as kOtherOrigins, so that memory
  /// stays bounded.
  static constexpr std::uint32_t kMostOrigins = 4096;
  static constexpr std::uint32_t kOtherOrigins = kMostOrigins;

  PathCertificate() = default;
  PathCertificate(const PathCertificate& other) : origins_(other.origins_) {}
  PathCertificate(PathCertificate&& other) noexcept : origins_(std::move(other.origins_)) {
    other.last_ = nullptr;
  }
  PathCertificate& operator=(PathCertificate other) noexcept {
    origins_.swap(other.origins_);
    last_ = nullptr;
    return *this;
  }
  ~PathCertificate() = default;

  /// A read of `origin` is over and brought `bytes`. Cost: a comparison, seldom a look-up.
  void add_read(std::uint32_t origin, CertifiedPath path, std::uint64_t bytes);
  /// A source of `origin` cannot, or shall not, go by `path`.
  void add_obstacle(std::uint32_t origin, CertifiedPath path, PathReason reason,
                    std::string_view detail = {});
  /// Adds another ring's; InvalidArgument where a counter would wrap, and then nothing is added.
  Status merge(const PathCertificate& other);

  /// By origin, ascending.
  [[nodiscard]] const std::map<std::uint32_t, OriginCertificate>& origins() const noexcept {
    return origins_;
  }

 private:
  OriginCertificate& of(std::uint32_t origin);

  std::map<std::uint32_t, OriginCertificate> origins_;
  /// The origin asked for last: reads of one come together.
  OriginCertificate* last_ = nullptr;
  std::uint32_t last_origin_ = 0;
};

}  // namespace vyre
