#include "scan/confirm/file_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace vyre::scan {
namespace {

constexpr std::uint64_t kKeptBytes = 1024 * 1024;

}  // namespace

Result<std::string_view> FileText::view(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return std::string_view{};
  if (chunk_ != nullptr && begin >= chunk_->file_offset &&
      end - chunk_->file_offset <= chunk_->bytes.size()) {
    const auto offset = static_cast<std::size_t>(begin - chunk_->file_offset);
    return std::string_view(chunk_->bytes.data() + offset, static_cast<std::size_t>(end - begin));
  }
  const std::uint64_t length = end - begin;
  if (auto grown = grow(length); !grown) return tl::unexpected(std::move(grown.error()));
  auto read = file_->read_again(begin, {memory_.get(), static_cast<std::size_t>(length)});
  if (!read) return tl::unexpected(std::move(read.error()));
  bytes_read_again_ += *read;
  return std::string_view(memory_.get(), *read);
}

std::uint64_t FileText::take_bytes_read_again() noexcept {
  return std::exchange(bytes_read_again_, 0);
}

void FileText::trim() noexcept {
  if (capacity_ <= kKeptBytes) return;
  memory_.reset();
  capacity_ = 0;
}

Status FileText::grow(std::uint64_t bytes) {
  if (bytes <= capacity_) return {};
  memory_.reset();
  capacity_ = 0;
  const std::uint64_t wanted = std::max(bytes, std::min(bytes * 2, kKeptBytes));
  if (wanted <= std::numeric_limits<std::size_t>::max() / 2) {
    memory_.reset(new (std::nothrow) char[static_cast<std::size_t>(wanted)]);
  }
  if (!memory_) {
    return tl::unexpected(unavailable(
        fmt::format("a match may span {} bytes of the file, more than memory allows", bytes),
        "bound the pattern's repeats, or scan on a machine with more memory"));
  }
  capacity_ = wanted;
  return {};
}

}  // namespace vyre::scan
