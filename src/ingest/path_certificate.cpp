#include "vyre/path_certificate.hpp"

#include <algorithm>

namespace vyre {
namespace {

struct ReasonText {
  std::string_view name;
  std::string_view text;
};

constexpr std::array<ReasonText, kPathReasons> kReasons = {{
    {"ordinary-memory", "the slots are ordinary memory, not a device's"},
    {"regular-file", "where a file's blocks lie is its file system's business"},
    {"other-path-asked", "another path was asked for"},
    {"not-nvme", "the device is no NVMe namespace"},
    {"partition", "the device is a part of a namespace, not a whole one"},
    {"namespace-refused", "the namespace's node cannot be used"},
    {"ring-refused", "the ring has no wide entries"},
    {"whole-in-slot", "the file fits a slot beside others"},
    {"small", "the file is below 32 MiB"},
    {"cached", "much of the file is in the page cache, or the kernel cannot tell"},
    {"buffered-asked", "the page cache was asked for"},
    {"direct-refused", "O_DIRECT is refused here"},
}};

Status merge_origin(OriginCertificate& into, const OriginCertificate& from) {
  for (std::size_t i = 0; i < kCertifiedPaths; ++i) {
    if (Status status = into.paths[i].reads.merge(from.paths[i].reads); !status) return status;
    if (Status status = into.paths[i].bytes.merge(from.paths[i].bytes); !status) return status;
  }
  for (const PathObstacle& obstacle : from.obstacles) {
    const auto same =
        std::find_if(into.obstacles.begin(), into.obstacles.end(), [&](const PathObstacle& known) {
          return known.path == obstacle.path && known.reason == obstacle.reason;
        });
    if (same == into.obstacles.end()) {
      into.obstacles.push_back(obstacle);
    } else if (Status status = same->sources.merge(obstacle.sources); !status) {
      return status;
    }
  }
  return {};
}

}  // namespace

std::string_view to_string(CertifiedPath path) noexcept {
  constexpr std::array<std::string_view, kCertifiedPaths> kNames = {
      "peer", "passthrough", "registered-direct", "registered-buffered", "unregistered"};
  return kNames[static_cast<std::size_t>(path)];
}

std::string_view to_string(PathReason reason) noexcept {
  return kReasons[static_cast<std::size_t>(reason)].name;
}

std::string_view explain(PathReason reason) noexcept {
  return kReasons[static_cast<std::size_t>(reason)].text;
}

OriginCertificate& PathCertificate::of(std::uint32_t origin) {
  const std::uint32_t kept = std::min(origin, kOtherOrigins);
  if (last_ == nullptr || last_origin_ != kept) {
    last_ = &origins_[kept];
    last_origin_ = kept;
  }
  return *last_;
}

void PathCertificate::add_read(std::uint32_t origin, CertifiedPath path, std::uint64_t bytes) {
  CertifiedBytes& counted = of(origin).paths[static_cast<std::size_t>(path)];
  counted.reads.add();
  counted.bytes.add(bytes);
}

void PathCertificate::add_obstacle(std::uint32_t origin, CertifiedPath path, PathReason reason,
                                   std::string_view detail) {
  std::vector<PathObstacle>& obstacles = of(origin).obstacles;
  for (PathObstacle& known : obstacles) {
    if (known.path != path || known.reason != reason) continue;
    known.sources.add();
    return;
  }
  PathObstacle& made =
      obstacles.emplace_back(PathObstacle{path, reason, Counter{}, std::string(detail)});
  made.sources.add();
}

Status PathCertificate::merge(const PathCertificate& other) {
  PathCertificate sum = *this;
  for (const auto& [origin, certificate] : other.origins_) {
    if (Status status = merge_origin(sum.of(origin), certificate); !status) return status;
  }
  *this = std::move(sum);
  return {};
}

}  // namespace vyre
