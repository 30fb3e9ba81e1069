#include "doctor/kernel.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/cachestat.hpp"
#include "uring/probe.hpp"
#include "vyre/error.hpp"

namespace vyre::doctor {
namespace {

/// What a row of uring::probe_kernel() means for `vyre scan`; rows not named here are told as they
/// are, and nothing depends on them.
struct Meaning {
  std::string_view name;
  bool required;
  std::string_view consequence;
};

constexpr std::string_view kNoReads = "`vyre scan` cannot read files";
constexpr std::string_view kNoPassthrough = "no NVMe passthrough; files are read without it";

constexpr std::array kMeanings{
    Meaning{"io_uring", true, kNoReads},
    Meaning{"feature:nodrop", true, kNoReads},
    Meaning{"feature:ext_arg", true, kNoReads},
    Meaning{"feature:cqe_skip", true, kNoReads},
    Meaning{"feature:linked_file", true, kNoReads},
    Meaning{"opcode:read", true, kNoReads},
    Meaning{"opcode:read_fixed", true, kNoReads},
    Meaning{"opcode:openat", true, kNoReads},
    Meaning{"opcode:close", true, kNoReads},
    Meaning{"registered_files", true, kNoReads},
    Meaning{"registered_buffers", true, kNoReads},
    Meaning{"flag:defer_taskrun", false, "completions interrupt the thread that waits"},
    Meaning{"opcode:uring_cmd", false, kNoPassthrough},
    Meaning{"flag:sqe128_cqe32", false, kNoPassthrough},
};

const Meaning* meaning_of(std::string_view name) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.name == name) return &meaning;
  }
  return nullptr;
}

Row told(uring::ProbeRow probed) {
  Row row{.name = std::move(probed.name),
          .evidence = std::move(probed.reason),
          .consequence = {},
          .fix = {}};
  const Meaning* meaning = meaning_of(row.name);
  row.required = meaning != nullptr && meaning->required;
  if (probed.available) return row;
  row.state = State::kUnavailable;
  row.consequence = meaning != nullptr ? meaning->consequence : "`vyre scan` does without it";
  row.fix = std::move(probed.fix);
  return row;
}

}  // namespace

std::string running_kernel() {
  utsname name{};
  return uname(&name) == 0 ? std::string(name.release) : std::string();
}

Row kernel_row(std::string_view release) {
  Row row{
      .name = "kernel", .evidence = fmt::format("Linux {}", release), .consequence = {}, .fix = {}};
  unsigned major = 0;
  unsigned minor = 0;
  const char* last = release.data() + release.size();
  const auto dot = std::from_chars(release.data(), last, major);
  if (dot.ec == std::errc() && dot.ptr != last && *dot.ptr == '.') {
    std::from_chars(dot.ptr + 1, last, minor);
  }
  if (std::pair(major, minor) >= std::pair(6u, 1u)) return row;
  row.state = State::kDegraded;
  row.consequence = "older than 6.1, the first kernel with all that vyre uses; the rows below tell";
  row.fix = "boot a kernel of 6.1 or later";
  return row;
}

std::vector<Row> io_uring_rows() {
  std::vector<Row> rows;
  for (uring::ProbeRow& probed : uring::probe_kernel()) rows.push_back(told(std::move(probed)));
  return rows;
}

Row cachestat_row() {
  Row row{.name = "cachestat", .evidence = {}, .consequence = {}, .fix = {}};
  // A kernel that has the call refuses this descriptor; one that lacks it refuses the call.
  if (base::cachestat(-1, nullptr, nullptr) == 0 || errno == EBADF || errno == EFAULT) {
    row.evidence = "tells how much of a file is in the page cache";
    return row;
  }
  row.evidence = syscall_error("cachestat", errno).what;
  row.state = State::kDegraded;
  row.consequence = "whether a big file is cached is not known when the way to read it is chosen";
  row.fix = "boot a kernel of 6.5 or later";
  return row;
}

}  // namespace vyre::doctor
