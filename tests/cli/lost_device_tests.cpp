#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "cli/lost_device.hpp"

namespace vyre::cli {
namespace {

TEST(LostDevice, IsAFaultOfAGpuAndNothingElse) {
  struct Case {
    Status done;
    BackendKind kind;
    bool lost;
  };
  const auto failed = [](ErrorCode code) { return tl::unexpected(Error{code, 0, "made up", {}}); };
  const std::vector<Case> cases = {
      {{}, BackendKind::kCuda, false},
      {failed(ErrorCode::kDeviceFault), BackendKind::kCuda, true},
      {failed(ErrorCode::kDeviceFault), BackendKind::kCpu, false},
      {failed(ErrorCode::kCancelled), BackendKind::kCuda, false},
      {failed(ErrorCode::kSyscall), BackendKind::kCuda, false},
  };
  for (const Case& c : cases) EXPECT_EQ(is_device_lost(c.done, {.kind = c.kind}), c.lost);
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
