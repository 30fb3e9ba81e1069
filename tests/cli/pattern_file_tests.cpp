#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/owned_fd.hpp"
#include "cli/pattern_file.hpp"

namespace vyre::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> lines_of(const std::string& content) {
  const base::OwnedFd file(::memfd_create("patterns", 0));
  EXPECT_EQ(::write(file.get(), content.data(), content.size()),
            static_cast<ssize_t>(content.size()));
  const auto text = read_pattern_file("/proc/self/fd/" + std::to_string(file.get()));
  EXPECT_TRUE(text.has_value());
  return pattern_lines(text.value_or("failed"));
}

TEST(PatternFile, IsReadLineByLine) {
  EXPECT_THAT(lines_of(""), IsEmpty());
  EXPECT_THAT(lines_of("a"), ElementsAre("a"));
  EXPECT_THAT(lines_of("a\n"), ElementsAre("a"));
  EXPECT_THAT(lines_of("a\n\n b\r\nc"), ElementsAre("a", "", " b", "c"));
  EXPECT_THAT(lines_of("a\r"), ElementsAre("a\r"));
}

TEST(PatternFile, AMissingOneIsAnErrorThatNamesIt) {
  const auto text = read_pattern_file("/nonexistent/patterns");
  ASSERT_FALSE(text.has_value());
  EXPECT_THAT(text.error().what, ::testing::HasSubstr("/nonexistent/patterns"));
}

}  // namespace
}  // namespace vyre::cli
