#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "nvme/namespace.hpp"

namespace vyre::nvme {
namespace {

TEST(OpenNamespace, RefusesEveryOtherNode) {
  char fifo[] = "/tmp/vyre-nvme-XXXXXX";
  ASSERT_NE(::mkdtemp(fifo), nullptr);
  const std::string pipe = std::string(fifo) + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  // Opening the pipe would wait for ever, opening a terminal could hang it up: neither is tried.
  for (const std::string& path : {std::string("/dev/null"), std::string("/dev/tty"), pipe,
                                  std::string(fifo), std::string("/proc/self/exe")}) {
    const auto opened = open_namespace(path);
    ASSERT_FALSE(opened) << path;
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument) << opened.error().message();
    EXPECT_NE(opened.error().fix.find("/dev/ng"), std::string::npos);
  }
  ::unlink(pipe.c_str());
  ::rmdir(fifo);
}

TEST(OpenNamespace, SaysWhatTheSystemSays) {
  const auto opened = open_namespace("/nonexistent/ng0n1");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kSyscall);
  EXPECT_EQ(opened.error().detail, ENOENT);
}

}  // namespace
}  // namespace vyre::nvme
