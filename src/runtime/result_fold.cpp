#include "runtime/result_fold.hpp"

#include "base/check.hpp"
#include "vir0/result_combine.hpp"

namespace vyre::runtime {

ResultFold::ResultFold(const Program& program)
    : kinds_(vir0::result_combines(program)), words_(kinds_.size()) {
  begin();
}

void ResultFold::begin() {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] = vir0::identity(kinds_[i]);
}

void ResultFold::add(std::span<const std::uint64_t> part) {
  VYRE_CHECK(part.size() == words_.size());
  for (std::size_t i = 0; i < words_.size(); ++i) {
    words_[i] = vir0::combine(kinds_[i], words_[i], part[i]);
  }
}

std::span<const std::uint64_t> ResultFold::finish(std::uint64_t file_bytes) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    words_[i] = vir0::finish(kinds_[i], words_[i], file_bytes);
  }
  return words_;
}

}  // namespace vyre::runtime
