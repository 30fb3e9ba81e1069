#include "doctor/nvidia_fs.hpp"

#include <fmt/format.h>

#include <string>

#include "doctor/text_file.hpp"

namespace vyre::doctor {
namespace {

constexpr const char* kConsequence =
    "cuFile works in its compatibility mode or not at all; vyre reads without it";

/// The first line, since some versions of the module tell more.
std::string first_line(const std::string& text) {
  return printable(text.substr(0, text.find('\n')));
}

}  // namespace

Row nvidia_fs_row(const Roots& roots) {
  const std::string module = roots.sys + "/module/nvidia_fs";
  const std::string folder = roots.proc + "/driver/nvidia-fs";
  const auto module_entries = folder_entries(module);
  const auto version = read_text(folder + "/version");
  const std::string loaded =
      module_entries ? fmt::format("the module is loaded ({})", module)
                     : fmt::format("no module: {}", told_absence(module, module_entries.error()));
  if (version) {
    return available_row("nvidia-fs",
                         fmt::format("{}; {}/version: {}", loaded, folder, first_line(*version)));
  }
  const std::string evidence =
      fmt::format("{}; {}", loaded, told_absence(folder + "/version", version.error()));
  if (module_entries) {
    return degraded_row(
        "nvidia-fs", {evidence, kConsequence, fmt::format("in a container, show it {}", folder)});
  }
  const bool has_driver = folder_entries(roots.proc + "/driver/nvidia").has_value();
  return unavailable_row(
      "nvidia-fs", {evidence, kConsequence,
                    has_driver ? "if another program needs cuFile: install NVIDIA's nvidia-fs and "
                                 "`modprobe nvidia-fs`"
                               : ""});
}

}  // namespace vyre::doctor
