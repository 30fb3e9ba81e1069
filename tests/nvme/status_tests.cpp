#include <gtest/gtest.h>

#include <cerrno>

#include "nvme/refusal.hpp"
#include "nvme/status.hpp"

namespace vyre::nvme {
namespace {

TEST(DeviceStatus, TakesTheKernelsNumberApart) {
  struct Case {
    u16 raw;
    u8 type;
    u8 code;
    bool do_not_retry;
    bool media;
    bool transient;
    const char* text;
  };
  const Case cases[] = {
      {0x281, 2, 0x81, false, true, false, "Unrecovered Read Error (SCT 2, SC 0x81)"},
      {0x4281, 2, 0x81, true, true, false, "Unrecovered Read Error (SCT 2, SC 0x81, do not retry)"},
      {0x4080, 0, 0x80, true, false, false, "LBA Out of Range (SCT 0, SC 0x80, do not retry)"},
      {0x4001, 0, 0x01, true, false, false,
       "Invalid Command Opcode (SCT 0, SC 0x01, do not retry)"},
      {0x371, 3, 0x71, false, false, true, "Command Aborted By Host (SCT 3, SC 0x71)"},
      {0x4371, 3, 0x71, true, false, false,
       "Command Aborted By Host (SCT 3, SC 0x71, do not retry)"},
      {0x082, 0, 0x82, false, false, true, "Namespace Not Ready (SCT 0, SC 0x82)"},
      {0x282, 2, 0x82, false, true, false, "End-to-end Guard Check Error (SCT 2, SC 0x82)"},
      // With the delay of a retry and "more information", bits 11 to 13, which name nothing.
      {0x3A81, 2, 0x81, false, true, false, "Unrecovered Read Error (SCT 2, SC 0x81)"},
      {0x7C3, 7, 0xC3, false, false, false, "unnamed status (SCT 7, SC 0xc3)"},
      {0x000, 0, 0x00, false, false, false, "Successful Completion (SCT 0, SC 0x00)"},
  };
  for (const Case& expected : cases) {
    const DeviceStatus status(expected.raw);
    SCOPED_TRACE(expected.text);
    EXPECT_EQ(status.type(), expected.type);
    EXPECT_EQ(status.code(), expected.code);
    EXPECT_EQ(status.do_not_retry(), expected.do_not_retry);
    EXPECT_EQ(status.is_media_error(), expected.media);
    EXPECT_EQ(status.is_transient(), expected.transient);
    EXPECT_EQ(to_string(status), expected.text);
    EXPECT_EQ(status.success(), expected.raw == 0);
  }
}

TEST(DeviceError, NamesTheBlocksAndTheStatus) {
  const Error media = device_error(DeviceStatus(0x281), {5, 4});
  EXPECT_EQ(media.code, ErrorCode::kSyscall);
  EXPECT_EQ(media.detail, ENODATA);
  EXPECT_NE(media.what.find("LBA 5 to 8"), std::string::npos) << media.what;
  EXPECT_NE(media.what.find("Unrecovered Read Error"), std::string::npos) << media.what;
  const Error range = device_error(DeviceStatus(0x4080), {9, 1});
  EXPECT_EQ(range.detail, EIO);
  EXPECT_NE(range.what.find("LBA Out of Range"), std::string::npos) << range.what;
  EXPECT_NE(range.what.find("do not retry"), std::string::npos) << range.what;
}

TEST(CommandRefused, HasAFixForEachWay) {
  struct Case {
    int error_number;
    CommandWay way;
    const char* fix;
  };
  const Case cases[] = {
      {EOPNOTSUPP, {}, "wide entries"},
      {EOPNOTSUPP, {.polled = true}, "nvme.poll_queues"},
      {ENOTTY, {}, "/dev/ng"},
      {EINVAL, {}, "read less"},
      {EINVAL, {.registered = true}, "6.12"},
      {EINVAL, {.peer = true}, "PCIe switch"},
      {EREMOTEIO, {.peer = true}, "PCIe switch"},
      {EFAULT, {.peer = true}, "cannot be registered"},
      {EACCES, {}, "CAP_SYS_ADMIN"},
      {EPERM, {}, "CAP_SYS_ADMIN"},
      {ENODEV, {}, "kernel's log"},
      {EINTR, {}, "controller was reset"},
  };
  for (const Case& refused : cases) {
    const Error error = command_refused(refused.error_number, {3, 2}, refused.way);
    EXPECT_EQ(error.code, ErrorCode::kSyscall);
    EXPECT_EQ(error.detail, refused.error_number);
    EXPECT_NE(error.what.find("LBA 3 to 4"), std::string::npos) << error.what;
    EXPECT_NE(error.fix.find(refused.fix), std::string::npos)
        << refused.error_number << ": " << error.fix;
  }
  EXPECT_TRUE(is_gone(ENODEV));
  EXPECT_FALSE(is_gone(EIO));
}

}  // namespace
}  // namespace vyre::nvme
