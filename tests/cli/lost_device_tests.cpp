#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "cli/lost_device.hpp"

namespace vyre::cli {
namespace {

TEST(LostDevice, IsADeviceFaultAndNothingElse) {
  struct Case {
    Status done;
    bool lost;
  };
  const auto failed = [](ErrorCode code) { return tl::unexpected(Error{code, 0, "made up", {}}); };
  const std::vector<Case> cases = {
      {{}, false},
      {failed(ErrorCode::kDeviceFault), true},
      {failed(ErrorCode::kCancelled), false},
      {failed(ErrorCode::kSyscall), false},
  };
  for (const Case& c : cases) EXPECT_EQ(is_device_lost(c.done), c.lost);
}

struct NeverEnds {
  ~NeverEnds() {
    for (;;) ::pause();
  }
};

TEST(ExitWithoutDevice, FlushesAndWaitsForNoDestructor) {
  EXPECT_EXIT(
      {
        static const NeverEnds device;
        std::fputs("what was said before", stderr);
        exit_without_device(2);
      },
      ::testing::ExitedWithCode(2), "what was said before");
}

}  // namespace
}  // namespace vyre::cli
