#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>

#include "base/owned_fd.hpp"
#include "vyre/source.hpp"

namespace vyre::test {

/// A directory of test files that ends with the test.
class TemporaryTree {
 public:
  TemporaryTree() {
    std::string name = (std::filesystem::temp_directory_path() / "vyre-ingest-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  ~TemporaryTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;

  std::string path(const std::string& name) const { return root_ + "/" + name; }

  /// Writes a file and tells it as the walk would.
  FileSource add(const std::string& name, const std::string& content) const {
    write(path(name), content, O_TRUNC);
    return {path(name), content.size()};
  }
  void append(const std::string& file, const std::string& content) const {
    write(file, content, O_APPEND);
  }

 private:
  static void write(const std::string& file, const std::string& content, int flags) {
    const base::OwnedFd descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | flags, 0644));
    std::size_t done = 0;
    while (done < content.size()) {
      const ssize_t count = ::write(descriptor.get(), content.data() + done, content.size() - done);
      ASSERT_GT(count, 0) << file;
      done += static_cast<std::size_t>(count);
    }
  }

  std::string root_;
};

/// `bytes` bytes that differ from place to place and from seed to seed.
inline std::string noise(std::size_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; i += 8) {
    const std::uint64_t word = random() | 0x0101010101010101;
    text.replace(i, std::min<std::size_t>(8, bytes - i), reinterpret_cast<const char*>(&word),
                 std::min<std::size_t>(8, bytes - i));
  }
  return text;
}

}  // namespace vyre::test
