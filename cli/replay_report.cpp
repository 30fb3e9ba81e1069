#include "cli/replay_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/append_format.hpp"
#include "cli/statistics_text.hpp"

namespace vyre::cli {
namespace {

std::string_view kind_name(ReplayDifference::Kind kind) {
  switch (kind) {
    case ReplayDifference::Kind::kInput:
      return "input";
    case ReplayDifference::Kind::kLoad:
      return "load";
    case ReplayDifference::Kind::kOutcome:
      return "outcome";
    case ReplayDifference::Kind::kWindow:
      return "window";
  }
  return "unknown";
}

std::string headline(const ReplayDifference& difference) {
  if (!difference.slot) return "the window at a stream's end differs";
  std::string what = "differs";
  if (difference.load) what = fmt::format("differs in load {}", *difference.load);
  if (difference.kind == ReplayDifference::Kind::kInput) {
    what = "has another input, and was not run";
  }
  return fmt::format("slot {} of ring {} {}", *difference.slot, difference.ring, what);
}

std::string machine_name(const BackendDescription& backend) {
  return backend.uuid.empty() ? fmt::format("{:?}", backend.name)
                              : fmt::format("{:?} ({})", backend.name, backend.uuid);
}

std::string difference_text(const ReplayDifference& difference) {
  std::string text = "first difference: " + headline(difference) + "\n";
  for (const ReplayDifference::Source& source : difference.sources) {
    base::append_format(text, "  bytes     {:?}, {} from offset {}\n", source.path, source.length,
                        source.offset);
  }
  if (difference.more_sources != 0) {
    base::append_format(text, "  bytes     and {} files more\n", difference.more_sources);
  }
  base::append_format(text, "  program   {}{}\n", difference.program,
                      difference.program_name.empty()
                          ? std::string()
                          : fmt::format(" {:?}", difference.program_name));
  for (const std::string& word : difference.words) {
    base::append_format(text, "  {:<9} {}\n", kind_name(difference.kind), word);
  }
  return text;
}

nlohmann::ordered_json difference_json(const ReplayDifference& difference) {
  nlohmann::ordered_json object{{"kind", kind_name(difference.kind)}};
  if (difference.slot) {
    object["slot"] = *difference.slot;
    object["ring"] = difference.ring;
    if (difference.load) object["load"] = *difference.load;
    object["bytes"] = nlohmann::ordered_json::array();
    for (const ReplayDifference::Source& source : difference.sources) {
      object["bytes"].push_back(
          {{"path", source.path}, {"offset", source.offset}, {"length", source.length}});
    }
  }
  if (difference.more_sources != 0) object["more_files"] = difference.more_sources;
  object["program"] = difference.program;
  object["program_name"] = difference.program_name;
  object["words"] = difference.words;
  return object;
}

}  // namespace

std::string replay_text(const std::string& log, const ReplayReport& report) {
  const ReplayCounts& counts = report.counts;
  std::string text;
  base::append_format(text, "{}: {} slots, {} programs, {} bytes run again; {} recorded faults",
                      log, counts.slots, counts.programs, counts.bytes, counts.faulted);
  if (counts.loads != 0) base::append_format(text, "; {} loads", counts.loads);
  if (counts.unfinished != 0) {
    base::append_format(text, "; {} slots without a recorded outcome", counts.unfinished);
  }
  base::append_format(text, "\nrecorded on {}, replayed on {}\n", machine_name(report.recorded),
                      machine_name(report.replayed));
  if (counts.windows_taken_over != 0) {
    base::append_format(
        text, "the windows of {} streams were not compared, as not all slots ended well\n",
        counts.windows_taken_over);
  }
  if (report.cut) text += "the log was cut: it has no end; what is there was replayed\n";
  if (report.difference) return text + difference_text(*report.difference);
  return text + "no difference\n";
}

std::string replay_json(const std::string& log, const ReplayReport& report) {
  const ReplayCounts& counts = report.counts;
  nlohmann::ordered_json object{{"type", "replay"},
                                {"log", log},
                                {"same", !report.difference.has_value()},
                                {"cut", report.cut},
                                {"slots", counts.slots},
                                {"programs", counts.programs},
                                {"streams", counts.streams},
                                {"bytes", counts.bytes},
                                {"loads", counts.loads},
                                {"faulted", counts.faulted},
                                {"unfinished", counts.unfinished},
                                {"windows_compared", counts.windows_compared},
                                {"windows_taken_over", counts.windows_taken_over},
                                {"recorded", backend_json(report.recorded)},
                                {"replayed", backend_json(report.replayed)}};
  if (report.difference) object["difference"] = difference_json(*report.difference);
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string replay_progress_text(std::uint64_t slots, std::uint64_t bytes, double seconds) {
  return fmt::format("{} slots, {}, {}", slots, byte_text(bytes),
                     rate_text(static_cast<double>(bytes), seconds));
}

}  // namespace vyre::cli
