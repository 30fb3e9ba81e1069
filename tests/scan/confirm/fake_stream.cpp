#include "tests/scan/confirm/fake_stream.hpp"

#include <re2/re2.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "scan/pattern/re2_source.hpp"

namespace vyre::testing {
namespace {

std::size_t pick(std::mt19937_64& random, std::size_t first, std::size_t last) {
  return std::uniform_int_distribution<std::size_t>(first, last)(random);
}

std::string take(int descriptor) {
  std::string text;
  char block[4096];
  ::lseek(descriptor, 0, SEEK_SET);
  for (ssize_t taken; (taken = ::read(descriptor, block, sizeof block)) > 0;) {
    text.append(block, static_cast<std::size_t>(taken));
  }
  VYRE_CHECK(::ftruncate(descriptor, 0) == 0);
  ::lseek(descriptor, 0, SEEK_SET);
  return text;
}

}  // namespace

Cut random_cut(std::mt19937_64& random, std::size_t largest) {
  if (pick(random, 0, 3) == 0) return {};
  Cut cut;
  cut.halo = std::vector<std::size_t>{0, 1, 3, 16, 4096}[pick(random, 0, 4)];
  cut.last_unknown = pick(random, 0, 3) == 0;
  for (std::size_t i = pick(random, 1, 6); i > 0; --i) {
    cut.own_sizes.push_back(pick(random, 1, largest));
  }
  for (std::size_t i = pick(random, 1, 5); i > 0; --i) {
    cut.overflow.push_back(pick(random, 0, 4) == 0);
  }
  return cut;
}

Result<std::size_t> MemoryFile::read_again(std::uint64_t offset, std::span<char> target) const {
  if (!streamed_) return tl::unexpected(unavailable("a file of one chunk", ""));
  largest_read_ = std::max(largest_read_, target.size());
  if (offset >= content_.size()) return std::size_t{0};
  return content_.substr(static_cast<std::size_t>(offset)).copy(target.data(), target.size());
}

void deliver(ChunkConsumer& consumer, MemoryFile& file, std::string_view content, const Cut& cut,
             const std::vector<Candidates>& candidates) {
  std::vector<Record> all;
  for (std::uint32_t value = 0; value < candidates.size(); ++value) {
    for (const std::uint64_t offset : candidates[value]) {
      all.push_back({static_cast<std::uint32_t>(offset), value});
    }
  }
  std::sort(all.begin(), all.end(), [](const Record& a, const Record& b) {
    return std::pair(a.offset, a.value) < std::pair(b.offset, b.value);
  });
  std::size_t begin = 0;
  std::size_t next = 0;
  for (std::size_t index = 0; begin < content.size() || index == 0; ++index) {
    const bool whole = cut.own_sizes.empty();
    const std::size_t size =
        whole ? content.size() : cut.own_sizes[std::min(index, cut.own_sizes.size() - 1)];
    const std::size_t end = std::min(content.size(), begin + size);
    const std::size_t view_begin = begin - std::min(begin, cut.halo);
    const std::size_t view_end = std::min(content.size(), end + cut.halo);
    const bool overflow = !cut.overflow.empty() && cut.overflow[index % cut.overflow.size()];
    std::vector<Record> records;
    for (; next < all.size() && all[next].offset < end; ++next) {
      const auto offset = static_cast<std::uint32_t>(all[next].offset - view_begin);
      if (!overflow) records.push_back({offset, all[next].value});
    }
    // The chunk's own memory, so that a sanitizer sees every access beyond it.
    const std::vector<char> bytes(content.begin() + static_cast<std::ptrdiff_t>(view_begin),
                                  content.begin() + static_cast<std::ptrdiff_t>(view_end));
    consumer.on_chunk({.file = file,
                       .file_offset = view_begin,
                       .bytes = bytes,
                       .own_begin = static_cast<std::uint32_t>(begin - view_begin),
                       .own_end = static_cast<std::uint32_t>(end - view_begin),
                       .records = records,
                       .overflow = overflow,
                       .first = index == 0,
                       .last = end == content.size() && (whole || !cut.last_unknown)});
    begin = end;
  }
  consumer.on_file_end(file, nullptr);
}

void deliver(ChunkConsumer& consumer, const std::string& path, std::string_view content,
             const Cut& cut, const std::vector<Candidates>& candidates) {
  MemoryFile file(path, content, !cut.own_sizes.empty());
  deliver(consumer, file, content, cut, candidates);
}

Candidates random_candidates(std::mt19937_64& random, const scan::PatternSource& source,
                             const scan::PatternShape& shape, std::string_view content) {
  Candidates candidates;
  if (shape.always) return candidates;
  const auto regex = scan::make_re2(source);
  VYRE_CHECK(regex.has_value());
  for (std::size_t begin = 0; begin < content.size(); ++begin) {
    for (std::size_t end = begin + 1; end <= content.size(); ++end) {
      if (!(*regex)->Match(content, begin, end, re2::RE2::ANCHOR_BOTH, nullptr, 0)) continue;
      const std::uint64_t right = std::min<std::uint64_t>(shape.right_max, end - 1 - begin);
      const std::uint64_t left =
          std::min<std::uint64_t>(shape.left_max, end) + shape.factor_max - 1;
      const std::uint64_t last = std::min<std::uint64_t>(end - 1, begin + left);
      candidates.push_back(pick(random, std::min<std::uint64_t>(end - 1 - right, last), last));
    }
  }
  for (std::size_t i = pick(random, 0, 5); i > 0 && !content.empty(); --i) {
    candidates.push_back(pick(random, 0, content.size() - 1));
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

CapturedJob::CapturedJob(scan::ScanRequest request)
    : output_(::memfd_create("output", 0)),
      errors_(::memfd_create("errors", 0)),
      sink_(output_),
      log_(errors_) {
  auto job = scan::ScanJob::create(std::move(request), sink_, log_);
  VYRE_CHECK(job.has_value());
  job_ = std::move(*job);
}

CapturedJob::~CapturedJob() {
  ::close(output_);
  ::close(errors_);
}

std::string CapturedJob::take_output() { return take(output_); }
std::string CapturedJob::take_errors() { return take(errors_); }

}  // namespace vyre::testing
