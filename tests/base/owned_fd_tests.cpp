#include <fcntl.h>
#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

#include "base/owned_fd.hpp"

namespace vyre::base {
namespace {

static_assert(!std::is_copy_constructible_v<OwnedFd>);
static_assert(!std::is_copy_assignable_v<OwnedFd>);

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(OwnedFd, ClosesAtTheEndOfItsLife) {
  int fd = -1;
  {
    const OwnedFd owned(open_null());
    fd = owned.get();
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(OwnedFd, MovesItsOwnership) {
  OwnedFd first(open_null());
  const int fd = first.get();
  OwnedFd second(std::move(first));
  EXPECT_FALSE(static_cast<bool>(first));  // NOLINT(bugprone-use-after-move): what is tested
  EXPECT_EQ(second.get(), fd);

  OwnedFd third(open_null());
  const int replaced = third.get();
  third = std::move(second);
  EXPECT_FALSE(is_open(replaced));
  EXPECT_TRUE(is_open(fd));
  third.reset();
  EXPECT_FALSE(is_open(fd));
}

TEST(OwnedFd, NoneIsFalse) { EXPECT_FALSE(static_cast<bool>(OwnedFd())); }

}  // namespace
}  // namespace vyre::base
