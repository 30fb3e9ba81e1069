#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/owned_fd.hpp"
#include "cli/process_restart.hpp"

namespace vyre::cli {
namespace {

constexpr int kAllSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

int memory_with(const std::string& text, int seals) {
  const int memory = ::memfd_create("inheritance", MFD_ALLOW_SEALING);
  EXPECT_EQ(::write(memory, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  EXPECT_EQ(::fcntl(memory, F_ADD_SEALS, seals), 0);
  return memory;
}

void name(const std::string& descriptor) { ::setenv(kInheritanceVariable, descriptor.c_str(), 1); }

TEST(Inheritance, IsNoneWhereNobodyLeftOne) {
  ::unsetenv(kInheritanceVariable);
  const auto inheritance = take_inheritance();
  ASSERT_TRUE(inheritance);
  EXPECT_FALSE(*inheritance);
}

TEST(Inheritance, IsTakenOnce) {
  const int memory = memory_with("what was left", kAllSeals);
  name(std::to_string(memory));
  const auto inheritance = take_inheritance();
  ASSERT_TRUE(inheritance) << inheritance.error().message();
  EXPECT_EQ(*inheritance, "what was left");
  EXPECT_EQ(std::getenv(kInheritanceVariable), nullptr);
  EXPECT_EQ(::fcntl(memory, F_GETFD), -1);
}

TEST(Inheritance, OfAnotherKindIsRefusedAndLeftAlone) {
  const base::OwnedFd open_to_change(memory_with("text", F_SEAL_SHRINK));
  const base::OwnedFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  for (const std::string& named :
       {std::string("x"), std::string(), std::string("-1"), std::string("0"), std::string("2"),
        std::string("3 "), std::string(" 3"), std::string("99999999999999999999"),
        std::string("1048570"), std::to_string(open_to_change.get()), std::to_string(file.get())}) {
    SCOPED_TRACE("'" + named + "'");
    name(named);
    const auto inheritance = take_inheritance();
    ASSERT_FALSE(inheritance);
    EXPECT_EQ(inheritance.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(std::getenv(kInheritanceVariable), nullptr);
  }
  EXPECT_NE(::fcntl(open_to_change.get(), F_GETFD), -1);
  EXPECT_NE(::fcntl(file.get(), F_GETFD), -1);
}

TEST(OpenOverExec, NamesWhatAnExecLeavesOpen) {
  const base::OwnedFd closes(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const base::OwnedFd stays(::open("/dev/null", O_RDONLY));
  const auto found = open_over_exec();
  EXPECT_THAT(found, ::testing::Contains(stays.get()));
  EXPECT_THAT(found, ::testing::Not(::testing::Contains(closes.get())));
  EXPECT_THAT(found, ::testing::Each(::testing::Gt(2)));
}

}  // namespace
}  // namespace vyre::cli
