// Files of source text with lines in it that scans are to find: big ones in FOLDER/big, a tree of
// small ones in FOLDER/tree.
//
//   vyre_gpu_files --folder FOLDER [--files N] [--mebibytes N] [--tree-mebibytes N] [--plant
//   LINE]...

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include "base/owned_fd.hpp"
#include "fail.hpp"
#include "text.hpp"

namespace vyre::bench::gpu {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path folder;
  std::size_t files = 48;
  std::size_t mebibytes = 320;
  std::size_t tree_mebibytes = 1024;
  std::vector<std::string> planted;
};

constexpr std::size_t kBlock = std::size_t{4} << 20;
/// The small files of one folder of the tree.
constexpr std::size_t kFolderFiles = 64;
constexpr std::size_t kMeanBytes = 16384;

void append(int file, std::span<const u8> bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file, bytes.data(), bytes.size());
    if (put <= 0) fail(path.string() + " cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

base::OwnedFd create(const fs::path& path) {
  base::OwnedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) fail(path.string() + " cannot be made");
  return file;
}

/// Calls make(i, buffer) for each i below `count`, on all cores.
template <class Make>
void on_all_cores(std::size_t count, Make make) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      std::vector<u8> buffer(kBlock);
      for (std::size_t at = next++; at < count; at = next++) make(at, buffer);
    });
  }
}

void make_big(const Options& options, const TextMaker& text) {
  fs::create_directories(options.folder / "big");
  on_all_cores(options.files, [&](std::size_t index, std::vector<u8>& buffer) {
    const fs::path path = options.folder / "big" / fmt::format("{:03}.txt", index);
    const base::OwnedFd file = create(path);
    const std::size_t blocks = (options.mebibytes << 20) / kBlock;
    for (std::size_t block = 0; block < blocks; ++block) {
      text.fill(buffer, index << 20 | block, options.planted);
      append(file.get(), buffer, path);
    }
  });
}

void make_tree(const Options& options, const TextMaker& text) {
  const std::size_t folders = (options.tree_mebibytes << 20) / (kMeanBytes * kFolderFiles);
  on_all_cores(folders, [&](std::size_t folder, std::vector<u8>& buffer) {
    const fs::path path =
        options.folder / "tree" / fmt::format("{:02}", folder % 32) / fmt::format("{:04}", folder);
    fs::create_directories(path);
    std::mt19937_64 random(folder);
    // Sizes as in source trees: many small ones, few big ones, kMeanBytes in the mean.
    std::exponential_distribution<double> size(1.0 / kMeanBytes);
    for (std::size_t i = 0; i < kFolderFiles; ++i) {
      const auto bytes = std::min(buffer.size(), static_cast<std::size_t>(size(random)) + 1);
      const std::span<u8> content(buffer.data(), bytes);
      text.fill(content, random(), options.planted);
      const fs::path name = path / fmt::format("{:02}.c", i);
      append(create(name).get(), content, name);
    }
  });
}

}  // namespace
}  // namespace vyre::bench::gpu

int main(int argc, char** argv) {
  vyre::bench::gpu::Options options;
  CLI::App app{"Files of source text for scans"};
  app.add_option("--folder", options.folder)->required();
  app.add_option("--files", options.files)->check(CLI::Range(0, 100000));
  app.add_option("--mebibytes", options.mebibytes, "of each big file; a multiple of 4")
      ->check(CLI::Range(4, 65536));
  app.add_option("--tree-mebibytes", options.tree_mebibytes)->check(CLI::Range(0, 65536));
  app.add_option("--plant", options.planted, "a line to put in, about once per MiB");
  CLI11_PARSE(app, argc, argv);
  const vyre::bench::gpu::TextMaker text;
  if (options.files != 0) make_big(options, text);
  if (options.tree_mebibytes != 0) make_tree(options, text);
  return 0;
}
