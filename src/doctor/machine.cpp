#include "doctor/machine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "base/checked.hpp"

namespace vyre::doctor {
namespace {

constexpr std::size_t kHugePageBytes = 2u << 20;
constexpr std::size_t kTriedBytes = 2 * kHugePageBytes;

std::string transparent_huge_page_mode() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string line;
  std::getline(file, line);
  const std::size_t open = line.find('[');
  const std::size_t close = line.find(']', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return line.substr(open + 1, close - open - 1);
}

/// AnonHugePages of the mapping that holds `address`, from /proc/self/smaps.
u64 huge_kib_behind(std::uintptr_t address) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool inside = false;
  while (std::getline(maps, line)) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    const char* last = line.data() + line.size();
    const auto first = std::from_chars(line.data(), last, begin, 16);
    if (first.ec == std::errc() && first.ptr != last && *first.ptr == '-' &&
        std::from_chars(first.ptr + 1, last, end, 16).ec == std::errc()) {
      inside = begin <= address && address < end;
    } else if (inside && line.starts_with("AnonHugePages:")) {
      const std::size_t digits = line.find_first_of("0123456789");
      u64 kib = 0;
      if (digits != std::string::npos) std::from_chars(line.data() + digits, last, kib);
      return kib;
    }
  }
  return 0;
}

}  // namespace

HugePages observe_huge_pages() {
  HugePages pages{transparent_huge_page_mode(), 0, kTriedBytes / 1024};
  const std::size_t mapped_bytes = kTriedBytes + kHugePageBytes;
  void* mapping =
      mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return pages;
  const std::uintptr_t aligned =
      base::align_up(reinterpret_cast<std::uintptr_t>(mapping), std::uintptr_t{kHugePageBytes});
  void* target = reinterpret_cast<void*>(aligned);
  if (madvise(target, kTriedBytes, MADV_HUGEPAGE) == 0) {
    std::memset(target, 1, kTriedBytes);
    pages.got_kib = huge_kib_behind(aligned);
  }
  munmap(mapping, mapped_bytes);
  return pages;
}

Row huge_pages_row(const HugePages& pages) {
  Row row{.name = "huge-pages", .evidence = {}, .consequence = {}, .fix = {}};
  row.evidence = fmt::format("transparent huge pages: {}; an advised mapping of {} KiB got {} KiB",
                             pages.mode.empty() ? "not in this kernel" : pages.mode,
                             pages.tried_kib, pages.got_kib);
  if (pages.got_kib >= pages.tried_kib) return row;
  row.state = State::kDegraded;
  row.consequence = "slots lie in pages of 4 KiB: slower to register, more TLB misses";
  row.fix = pages.mode == "never" || pages.mode.empty()
                ? "write `madvise` to /sys/kernel/mm/transparent_hugepage/enabled"
                : "free or compact memory: `echo 1 > /proc/sys/vm/compact_memory`";
  return row;
}

Row processor_row(u32 cores) {
  Row row{.name = "processor", .evidence = {}, .consequence = {}, .fix = {}};
#if defined(__x86_64__)
  std::vector<std::string> found;
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) found.emplace_back("AVX2");
  if (__builtin_cpu_supports("avx512f")) found.emplace_back("AVX-512F");
  if (__builtin_cpu_supports("avx512bw")) found.emplace_back("AVX-512BW");
  if (__builtin_cpu_supports("avx512vbmi")) found.emplace_back("AVX-512VBMI");
  row.evidence = fmt::format("x86-64 with {} cores; {}", cores,
                             found.empty() ? "no AVX2" : fmt::format("{}", fmt::join(found, ", ")));
  if (found.empty()) {
    row.state = State::kDegraded;
    row.consequence = "programs run with 128-bit vectors";
  }
#else
  row.evidence = fmt::format("{} cores", cores);
  row.state = State::kDegraded;
  row.consequence = "only x86-64 is tested";
#endif
  return row;
}

Row cpu_backend_row(u32 cores) {
  return {.name = "backend:cpu",
          .required = true,
          .evidence = fmt::format("{} cores to run programs on", cores),
          .consequence = {},
          .fix = {}};
}

}  // namespace vyre::doctor
