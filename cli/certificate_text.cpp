#include "cli/certificate_text.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/append_format.hpp"
#include "scan/report/json_format.hpp"

namespace vyre::cli {
namespace {

constexpr std::size_t kToldOneByOne = 16;
constexpr std::string_view kHead = "path        ";
constexpr std::string_view kNoHead = "            ";

std::string name_of(std::uint32_t origin, std::span<const std::string> given) {
  if (origin == PathCertificate::kOtherOrigins) {
    return fmt::format("paths from the {}th on", PathCertificate::kMostOrigins + 1);
  }
  return origin < given.size() ? given[origin] : ".";
}

/// " (12 sources, DETAIL)", of which what says something.
std::string particulars(const PathObstacle& obstacle) {
  const bool several = obstacle.sources.value() > 1;
  if (!several && obstacle.detail.empty()) return {};
  std::string text = " (";
  if (several) text += fmt::format("{} sources", obstacle.sources.value());
  if (several && !obstacle.detail.empty()) text += "; ";
  return text + obstacle.detail + ")";
}

/// Why no path better than `path` was taken, but for what stands in the lines of paths better than
/// that, from `told` on.
std::string reasons(const OriginCertificate& origin, std::size_t told, std::size_t path) {
  std::string text;
  for (const PathObstacle& obstacle : origin.obstacles) {
    const auto better = static_cast<std::size_t>(obstacle.path);
    if (better < told || better >= path) continue;
    text += fmt::format("; not {}: {}{}", to_string(obstacle.path), explain(obstacle.reason),
                        particulars(obstacle));
  }
  return text;
}

class Lines {
 public:
  void add(const std::string& name, const OriginCertificate& origin, bool with_reasons) {
    std::size_t told = 0;
    for (std::size_t path = 0; path < kCertifiedPaths; ++path) {
      const CertifiedBytes& bytes = origin.paths[path];
      if (bytes.reads.value() == 0) continue;
      base::append_format(text_, "{}{}: {}, {} bytes in {} reads{}\n",
                          text_.empty() ? kHead : kNoHead, name,
                          to_string(static_cast<CertifiedPath>(path)), bytes.bytes.value(),
                          bytes.reads.value(), with_reasons ? reasons(origin, told, path) : "");
      told = path;
    }
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_bytes(OriginCertificate& sum, const OriginCertificate& more) {
  for (std::size_t path = 0; path < kCertifiedPaths; ++path) {
    sum.paths[path].reads.add(more.paths[path].reads.value());
    sum.paths[path].bytes.add(more.paths[path].bytes.value());
  }
}

nlohmann::ordered_json taken_json(const OriginCertificate& origin) {
  auto taken = nlohmann::ordered_json::array();
  for (std::size_t path = 0; path < kCertifiedPaths; ++path) {
    const CertifiedBytes& bytes = origin.paths[path];
    if (bytes.reads.value() == 0) continue;
    taken.push_back({{"path", to_string(static_cast<CertifiedPath>(path))},
                     {"reads", bytes.reads.value()},
                     {"bytes", bytes.bytes.value()}});
  }
  return taken;
}

nlohmann::ordered_json not_taken_json(const OriginCertificate& origin) {
  auto not_taken = nlohmann::ordered_json::array();
  for (const PathObstacle& obstacle : origin.obstacles) {
    nlohmann::ordered_json object{{"path", to_string(obstacle.path)},
                                  {"reason", to_string(obstacle.reason)},
                                  {"explanation", explain(obstacle.reason)},
                                  {"sources", obstacle.sources.value()}};
    if (!obstacle.detail.empty()) scan::set_json_string(object, "detail", obstacle.detail);
    not_taken.push_back(std::move(object));
  }
  return not_taken;
}

}  // namespace

std::string certificate_lines(const PathCertificate& certificate,
                              std::span<const std::string> given) {
  Lines lines;
  OriginCertificate rest;
  std::size_t origins = 0;
  for (const auto& [number, origin] : certificate.origins()) {
    if (++origins > kToldOneByOne) {
      add_bytes(rest, origin);
    } else {
      lines.add(name_of(number, given), origin, true);
    }
  }
  if (origins > kToldOneByOne) {
    lines.add(fmt::format("{} more", origins - kToldOneByOne), rest, false);
  }
  return lines.take();
}

nlohmann::ordered_json certificate_json(const PathCertificate& certificate,
                                        std::span<const std::string> given) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& [number, origin] : certificate.origins()) {
    nlohmann::ordered_json object;
    scan::set_json_string(object, "path", name_of(number, given));
    object["taken"] = taken_json(origin);
    object["not_taken"] = not_taken_json(origin);
    array.push_back(std::move(object));
  }
  return array;
}

std::string bad_block_line(const IngestTelemetry& ingest) {
  if (ingest.bad_blocks.value() == 0) return {};
  return fmt::format(
      "bad         {} blocks could not be read; {} reads made again block by block\n",
      ingest.bad_blocks.value(), ingest.reads_split.value());
}

}  // namespace vyre::cli
