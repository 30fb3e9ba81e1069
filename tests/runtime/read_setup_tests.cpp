#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/read_setup.hpp"

namespace vyre::runtime {
namespace {

using ::testing::HasSubstr;

TEST(ReadSetup, KnowsWhatMayNeedCommands) {
  const std::pair<SessionOptions, bool> cases[] = {
      {{}, false},
      {{.path = PathChoice::kMapped}, false},
      {{.devices = true}, true},
      {{.path = PathChoice::kPassthrough}, true},
      {{.path = PathChoice::kPeer}, true},
  };
  for (const auto& [options, devices] : cases) {
    const auto setup = read_setup(options);
    ASSERT_TRUE(setup);
    EXPECT_EQ(setup->devices, devices);
    EXPECT_EQ(setup->path, options.path);
  }
}

TEST(ReadSetup, NamesWhatContradictsEachOther) {
  struct Case {
    SessionOptions options;
    std::vector<const char*> told;
  };
  const Case cases[] = {
      {{.io = IoPolicy::kBuffered, .path = PathChoice::kPassthrough},
       {"page cache", "passthrough"}},
      {{.io = IoPolicy::kBuffered, .path = PathChoice::kPeer}, {"page cache", "peer"}},
      {{.io = IoPolicy::kBuffered, .ring = RingProfile::kIoPoll}, {"page cache", "iopoll"}},
      {{.peer_device = "0000:03:00.0"}, {"0000:03:00.0", "path auto"}},
  };
  for (const Case& c : cases) {
    const auto setup = read_setup(c.options);
    ASSERT_FALSE(setup);
    EXPECT_EQ(setup.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(setup.error().fix.empty());
    for (const char* text : c.told) EXPECT_THAT(setup.error().what, HasSubstr(text));
    // As open() tells it too.
    const auto session = Session::open(c.options);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().what, setup.error().what);
  }
}

}  // namespace
}  // namespace vyre::runtime
