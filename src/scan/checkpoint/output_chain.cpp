#include "scan/checkpoint/output_chain.hpp"

#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace vyre::scan {
namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;

}  // namespace

OutputChain::OutputChain() : state_(XXH3_createState()) {
  if (state_ == nullptr) throw std::bad_alloc();
}

OutputChain::~OutputChain() { XXH3_freeState(state_); }

void OutputChain::restart(const OutputPoint& point) {
  from_ = point;
  added_ = 0;
  XXH3_64bits_reset_withSeed(state_, point.hash);
}

void OutputChain::add(std::string_view text) {
  added_ += text.size();
  XXH3_64bits_update(state_, text.data(), text.size());
}

OutputPoint OutputChain::point() const {
  if (added_ == 0) return from_;
  return {.length = from_.length + added_, .hash = XXH3_64bits_digest(state_)};
}

OutputCheck::OutputCheck(int descriptor, const OutputPoint& begin)
    : descriptor_(descriptor),
      last_(begin),
      block_(std::make_unique_for_overwrite<char[]>(kBlockBytes)) {}

Result<bool> OutputCheck::holds(const OutputPoint& next) {
  if (next.length < last_.length) return false;
  chain_.restart(last_);
  for (std::uint64_t offset = last_.length; offset < next.length;) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, next.length - offset));
    const ssize_t taken = ::pread(descriptor_, block_.get(), size, static_cast<off_t>(offset));
    if (taken == 0) return false;
    if (taken > 0) {
      chain_.add({block_.get(), static_cast<std::size_t>(taken)});
      offset += static_cast<std::uint64_t>(taken);
    } else if (errno != EINTR) {
      return tl::unexpected(syscall_error("read", errno));
    }
  }
  const OutputPoint point = chain_.point();
  if (point.hash != next.hash) return false;
  last_ = next;
  return true;
}

}  // namespace vyre::scan
