#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "tests/uring/restricted_child.hpp"

// What a process may not do, or not often. In children, whose limits end with them.
namespace vyre::ingest {
namespace {

using test::Delivered;
using test::DriverHarness;
using test::noise;
using test::TemporaryTree;

TEST(Limits, FewDescriptorsSuffice) {
  const TemporaryTree tree;
  std::vector<FileSource> files;
  for (u32 i = 0; i < 200; ++i) {
    files.push_back(tree.add("small" + std::to_string(i), noise(300, i)));
    if (i % 10 == 0) files.push_back(tree.add("big" + std::to_string(i), noise(40'000, i)));
  }
  // Three standard streams, the child's pipe, the ring and its wake leave very few.
  for (const rlim_t limit : {9u, 10u, 16u, 64u}) {
    const std::string text = test::run_in_child([&]() -> std::string {
      for (int descriptor = 5; descriptor < 256; ++descriptor) ::close(descriptor);
      if (!test::limit_to(RLIMIT_NOFILE, limit)) return "no limit";
      DriverHarness harness({.slots = 4});
      const auto& delivered = harness.run(files);
      for (const FileSource& source : files) {
        const Delivered& file = delivered.at(source.path);
        if (file.error) return source.path + ": " + file.error->message();
        if (file.bytes != source.size) return source.path + " is not whole";
      }
      return "all delivered";
    });
    EXPECT_EQ(text, "all delivered") << "with a limit of " << limit;
  }
}

TEST(Limits, NoDescriptorLeftIsAnErrorOfTheFile) {
  const TemporaryTree tree;
  const std::vector<FileSource> files{tree.add("big", noise(40'000, 1)), tree.add("small", "text")};
  const std::string text = test::run_in_child([&]() -> std::string {
    DriverHarness harness;
    const int next = ::dup(0);
    if (!test::limit_to(RLIMIT_NOFILE, static_cast<rlim_t>(next) + 1)) return "no limit";
    const auto& delivered = harness.run(files);
    const Delivered& big = delivered.at(files[0].path);
    const Delivered& small = delivered.at(files[1].path);
    if (!big.error || big.error->detail != EMFILE) return "no EMFILE";
    if (small.error || small.content != "text") return "the small file needs no descriptor";
    return big.error->message();
  });
  EXPECT_NE(text.find("ulimit -n"), std::string::npos) << text;
}

TEST(Limits, UnreadableFilesAreReportedAmongTheOthers) {
  const TemporaryTree tree;
  std::vector<FileSource> files;
  for (u32 i = 0; i < 12; ++i) {
    const u32 size = i % 2 == 0 ? 500 : 50'000;
    files.push_back(tree.add("file" + std::to_string(i), noise(size, i)));
    if (i % 3 == 0) {
      ASSERT_EQ(::chmod(files.back().path.c_str(), 0), 0);
    }
  }
  ASSERT_EQ(::chmod(tree.path("").c_str(), 0755), 0);
  const std::string text = test::run_in_child([&]() -> std::string {
    if (!test::become_nobody()) return "not root";
    DriverHarness harness;
    const auto& delivered = harness.run(files);
    for (u32 i = 0; i < 12; ++i) {
      const Delivered& file = delivered.at(files[i].path);
      if (file.ends != 1) return "not ended once";
      if (file.error.has_value() != (i % 3 == 0)) return "wrong file refused: " + files[i].path;
      if (file.error && file.error->detail != EACCES) return file.error->message();
      if (!file.error && file.bytes != files[i].size) return "not whole";
    }
    return "as it should be";
  });
  if (text == "not root") GTEST_SKIP() << "only root can change its user";
  EXPECT_EQ(text, "as it should be");
}

}  // namespace
}  // namespace vyre::ingest
