#include <gtest/gtest.h>

#include "nvme/kernel_release.hpp"

namespace vyre::nvme {
namespace {

TEST(KernelRelease, TakesRegisteredMemoryFromTheMeasuredOneOn) {
  for (const char* release : {"6.12", "6.12.0", "6.12.3-amd64", "6.13-rc1", "7.0.1", "10.1"}) {
    EXPECT_TRUE(takes_registered_memory(release)) << release;
  }
  for (const char* release :
       {"6.1.0-18-amd64", "6.11.9", "5.19", "6", "6.", "", "x", "6.x", ".12", "99999999999.1"}) {
    EXPECT_FALSE(takes_registered_memory(release)) << release;
  }
}

}  // namespace
}  // namespace vyre::nvme
