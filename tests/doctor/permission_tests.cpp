// The rows about who may use io_uring, from made-up trees of procfs.

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "doctor/permission.hpp"
#include "tests/doctor/fake_tree.hpp"
#include "tests/doctor/told.hpp"

namespace vyre::doctor {
namespace {

struct Case {
  std::vector<Entry> tree;
  int setup_error;
  Expected expected;
};

std::vector<Entry> status(const std::string& lines) {
  return {{"proc/self/status", "Name:\tvyre\nGroups:\t0 \n" + lines + "CapEff:\t0\n"}};
}

TEST(SeccompRow, TellsFiltersAndWhatTheyRefuse) {
  const std::string filter = "Seccomp:\t2\nSeccomp_filters:\t3\n";
  const std::vector<Case> cases = {
      {status("Seccomp:\t0\n"), 0, {State::kAvailable, {"no filter"}}},
      {status("Seccomp:\t0\n"), EPERM, {State::kAvailable, {"no filter"}}},
      {status(filter), 0, {State::kAvailable, {"mode 2", "filters: 3", "passes"}}},
      {status(filter), EPERM, {State::kUnavailable, {"mode 2", "not permitted"}, "io_uring_setup"}},
      {status(filter), ENOSYS, {State::kUnavailable, {"not implemented"}, "io_uring_setup"}},
      {status(filter), ENOMEM, {State::kAvailable, {"mode 2", "allocate memory"}}},
      {status(""), 0, {State::kAvailable, {"not told"}}},
      {status(""), EPERM, {State::kUnavailable, {"not told"}, "io_uring_setup"}},
      {status("Seccomp:\n"), 0, {State::kAvailable, {"not told"}}},
      {status("XSeccomp:\t2\n"), 0, {State::kAvailable, {"not told"}}},
      {{}, 0, {State::kAvailable, {"not told"}}},
      {{{"proc/self/status", "Seccomp:\t2"}}, 0, {State::kAvailable, {"mode 2"}}},
  };
  for (const Case& c : cases) {
    const Row row = seccomp_row(FakeTree(c.tree).roots(), c.setup_error);
    expect_row(row, c.expected);
    EXPECT_FALSE(row.required);
  }
}

TEST(IoUringDisabledRow, FollowsTheSysctl) {
  const auto sysctl = [](const char* value) {
    return std::vector<Entry>{{"proc/sys/kernel/io_uring_disabled", value},
                              {"proc/sys/kernel/io_uring_group", "-1\n"}};
  };
  const std::vector<Case> cases = {
      {sysctl("0\n"), 0, {State::kAvailable, {"is 0"}}},
      {sysctl("0"), EPERM, {State::kAvailable, {"is 0"}}},
      {sysctl("1\n"), 0, {State::kAvailable, {"is 1", "passes"}}},
      {sysctl("1\n"),
       EPERM,
       {State::kUnavailable, {"is 1", "io_uring_group is -1"}, "CAP_SYS_ADMIN"}},
      {{{"proc/sys/kernel/io_uring_disabled", "1\n"}},
       EPERM,
       {State::kUnavailable, {"io_uring_group is not known"}, "CAP_SYS_ADMIN"}},
      {sysctl("2\n"), EPERM, {State::kUnavailable, {"is 2"}, "sysctl"}},
      {sysctl("7\n"), EPERM, {State::kUnavailable, {"is 7"}, "sysctl"}},
      {{}, 0, {State::kAvailable, {"does not exist"}}},
  };
  for (const Case& c : cases) {
    expect_row(io_uring_disabled_row(FakeTree(c.tree).roots(), c.setup_error), c.expected);
  }
}

TEST(PermissionRows, AreToldWholeOverBrokenFiles) {
  for (const char* path : {"proc/self/status", "proc/sys/kernel/io_uring_disabled"}) {
    for (const Entry& entry : hostile_entries(path)) {
      SCOPED_TRACE(entry.path + ": " + entry.content.substr(0, 20));
      const FakeTree tree({entry});
      for (const int setup_error : {0, EPERM}) {
        expect_told(seccomp_row(tree.roots(), setup_error));
        expect_told(io_uring_disabled_row(tree.roots(), setup_error));
      }
    }
  }
}

}  // namespace
}  // namespace vyre::doctor
