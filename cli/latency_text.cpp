#include "cli/latency_text.hpp"

#include <fmt/format.h>

#include <array>

#include "base/append_format.hpp"

namespace vyre::cli {
namespace {

struct Quantile {
  const char* title;
  const char* key;
  double share;
};
constexpr std::array<Quantile, 4> kQuantiles = {{{"p50", "p50_ns", 0.5},
                                                 {"p90", "p90_ns", 0.9},
                                                 {"p99", "p99_ns", 0.99},
                                                 {"p99.9", "p99_9_ns", 0.999}}};

std::string_view name_of(std::size_t hop) { return to_string(static_cast<Hop>(hop)); }

}  // namespace

std::string duration_text(std::uint64_t nanoseconds) {
  constexpr std::array<const char*, 4> kUnits = {"ns", "us", "ms", "s"};
  auto value = static_cast<double>(nanoseconds);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  if (unit == 0) return fmt::format("{} ns", nanoseconds);
  return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string latency_lines(const HopLatencies& latency) {
  std::string rows;
  for (std::size_t hop = 0; hop < kHops; ++hop) {
    const LatencyHistogram& histogram = latency[hop];
    if (histogram.count() == 0) continue;
    base::append_format(rows, "            {:<8}{:>10}", name_of(hop), histogram.count());
    for (const Quantile& quantile : kQuantiles) {
      base::append_format(rows, "{:>10}", duration_text(histogram.quantile(quantile.share)));
    }
    base::append_format(rows, "{:>10}\n", duration_text(histogram.max()));
  }
  if (rows.empty()) return {};
  std::string head = fmt::format("latency     {:<8}{:>10}", "hop", "slots");
  for (const Quantile& quantile : kQuantiles) head += fmt::format("{:>10}", quantile.title);
  return head + fmt::format("{:>10}\n", "max") + rows;
}

nlohmann::ordered_json latency_json(const HopLatencies& latency) {
  nlohmann::ordered_json hops = nlohmann::ordered_json::object();
  for (std::size_t hop = 0; hop < kHops; ++hop) {
    const LatencyHistogram& histogram = latency[hop];
    if (histogram.count() == 0) continue;
    nlohmann::ordered_json object{{"slots", histogram.count()}};
    for (const Quantile& quantile : kQuantiles) {
      object[quantile.key] = histogram.quantile(quantile.share);
    }
    object["max_ns"] = histogram.max();
    hops[std::string(name_of(hop))] = std::move(object);
  }
  return hops;
}

}  // namespace vyre::cli
