#include <gtest/gtest.h>

#include <cerrno>

#include "tests/uring/restricted_child.hpp"
#include "uring/io_uring.hpp"
#include "uring/probe.hpp"
#include "uring/refusal.hpp"

namespace vyre::uring {
namespace {

using ::testing::Test;

std::string outcome_of_create(const RingOptions& options = {}) {
  auto ring = IoUring::create(options);
  if (ring) return "made " + std::to_string((*ring)->file_slots());
  return std::string(to_string(ring.error().code)) + "|" + ring.error().message();
}

TEST(Refusal, SeccompIsNamedAsTheReason) {
  for (const int error_number : {EPERM, EACCES}) {
    const std::string text = test::run_in_child([&]() -> std::string {
      if (!test::refuse_system_call(__NR_io_uring_setup, static_cast<unsigned>(error_number)))
        return "no seccomp";
      return outcome_of_create();
    });
    if (text == "no seccomp") GTEST_SKIP() << "this system installs no seccomp filters";
    EXPECT_EQ(text.find("unavailable|"), 0u) << text;
    EXPECT_NE(text.find("seccomp"), std::string::npos) << text;
    EXPECT_NE(text.find("io_uring_setup"), std::string::npos) << text;
  }
}

TEST(Refusal, SeccompIsTheProbesFirstAndOnlyRow) {
  const std::string text = test::run_in_child([]() -> std::string {
    if (!test::refuse_system_call(__NR_io_uring_setup, EPERM)) return "no seccomp";
    const auto rows = probe_kernel();
    if (rows.size() != 1 || rows[0].name != "io_uring" || rows[0].available) return "wrong rows";
    return rows[0].reason + "|" + rows[0].fix;
  });
  if (text == "no seccomp") GTEST_SKIP() << "this system installs no seccomp filters";
  EXPECT_NE(text.find("seccomp"), std::string::npos) << text;
}

TEST(Refusal, AMissingKernelFeatureIsUnavailable) {
  for (const int error_number : {ENOSYS, EINVAL, EMFILE, ENOMEM}) {
    const Error error = setup_refused(error_number);
    EXPECT_EQ(error.code, ErrorCode::kUnavailable) << error_number;
    EXPECT_FALSE(error.fix.empty()) << error_number;
  }
  EXPECT_EQ(setup_refused(EIO).code, ErrorCode::kSyscall);
}

TEST(Refusal, LockedMemoryLimitIsNamedInBytes) {
  constexpr std::size_t kLimit = std::size_t{64} << 10;
  constexpr std::size_t kWanted = std::size_t{3} << 20;
  const std::string text = test::run_in_child([&]() -> std::string {
    if (!test::limit_to(RLIMIT_MEMLOCK, kLimit) || !test::become_nobody()) return "not root";
    auto ring = IoUring::create({});
    if (!ring) return "no ring: " + ring.error().message();
    auto buffer = memory::MappedBuffer::anonymous(kWanted);
    const Status status = (*ring)->register_buffer(*buffer->region(0, kWanted));
    ring->reset();
    if (status) return "registered";
    return std::string(to_string(status.error().code)) + "|" + status.error().message();
  });
  if (text == "not root") GTEST_SKIP() << "only root can lower its limits and change its user";
  EXPECT_EQ(text.find("unavailable|"), 0u) << text;
  for (const char* part : {"65536", "3145728", "3072 KiB", "LimitMEMLOCK", "ulimit -l"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

TEST(Refusal, FileTableIsClampedToTheLimitOnOpenFiles) {
  const std::string text = test::run_in_child([]() -> std::string {
    if (!test::limit_to(RLIMIT_NOFILE, 24)) return "no limit";
    return outcome_of_create({.file_slots = 256});
  });
  EXPECT_EQ(text, "made 24");
}

TEST(Refusal, NoFreeDescriptorIsAnError) {
  const std::string text = test::run_in_child([]() -> std::string {
    if (!test::limit_to(RLIMIT_NOFILE, 4)) return "no limit";
    while (::dup(0) >= 0) continue;
    return outcome_of_create();
  });
  EXPECT_EQ(text.find("unavailable|"), 0u) << text;
  EXPECT_NE(text.find("ulimit -n"), std::string::npos) << text;
}

TEST(Refusal, BadEntryCountsAreErrors) {
  for (const u32 entries : {0u, 1u << 20}) {
    auto ring = IoUring::create({.entries = entries});
    ASSERT_FALSE(ring);
    EXPECT_FALSE(ring.error().fix.empty());
  }
}

}  // namespace
}  // namespace vyre::uring
