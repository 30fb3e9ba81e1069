#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "wire/platform.hpp"

namespace vyre::bench {

/// A file in memory, page-aligned, in huge pages where there are any, as a slot's buffer is.
class FileImage {
 public:
  explicit FileImage(std::size_t bytes);
  ~FileImage();
  FileImage(const FileImage&) = delete;
  FileImage& operator=(const FileImage&) = delete;

  [[nodiscard]] std::span<u8> bytes() const noexcept { return bytes_; }

 private:
  std::span<u8> bytes_;
};

// Each fills the whole span, in the same way in every run.

/// Source text: the valid UTF-8 files under /usr/include, in the order of their paths, over and
/// over. Errors: a message, where there are none.
std::string fill_with_text(std::span<u8> bytes);
/// Rows "number,name,value,price,note" with values below 100,000; about 45 bytes each.
void fill_with_rows(std::span<u8> bytes);
/// Words of 1- to 4-byte UTF-8 letters, half of them not ASCII.
void fill_with_letters(std::span<u8> bytes);
void fill_with_random(std::span<u8> bytes);

}  // namespace vyre::bench
