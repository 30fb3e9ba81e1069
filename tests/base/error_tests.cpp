#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>

#include "vyre/error.hpp"

namespace vyre {
namespace {

TEST(Error, EveryCodeHasAnotherName) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kCancelled); ++code) {
    names.insert(to_string(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::kCancelled) + 1);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Error, SyscallKeepsTheErrno) {
  const Error error = syscall_error("openat missing.txt", ENOENT, "name a file that exists");
  EXPECT_EQ(error.code, ErrorCode::kSyscall);
  EXPECT_EQ(error.detail, ENOENT);
  EXPECT_THAT(error.message(), testing::HasSubstr("openat missing.txt"));
  EXPECT_THAT(error.message(), testing::EndsWith("name a file that exists"));
}

TEST(Error, MessageWithoutFixIsTheFailureAlone) {
  EXPECT_EQ(invalid_argument("slot of 0 bytes").message(), "slot of 0 bytes");
  EXPECT_EQ(unavailable("a", "b").code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace vyre
