// Reads a namespace by NVMe commands, so many under way at once, for some seconds: the part of
// `scripts/bench nvme` that is ours. Prints one JSON object.
//
//   nvme_benchmark NODE [--bytes N] [--depth N] [--seconds N] [--ring default|sqpoll|iopoll]

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "memory/mapped_buffer.hpp"
#include "nvme/namespace.hpp"
#include "uring/io_uring.hpp"

namespace vyre::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string node;
  std::uint32_t bytes = 4096;
  std::uint32_t depth = 32;
  double seconds = 3;
  uring::Profile profile = uring::Profile::kDefault;
};

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "nvme_benchmark: %s\n", message.c_str());
  std::exit(2);
}

template <class Value>
Value expect(Result<Value> result) {
  if (!result) fail(result.error().message());
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

/// Seconds of this process on a core, in the kernel included.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Reads a namespace from its beginning to its end, again and again.
class Reader {
 public:
  explicit Reader(const Options& options)
      : options_(options),
        source_(expect(nvme::open_namespace(options.node))),
        blocks_(options.bytes / source_->identity().block_bytes),
        buffer_(
            expect(memory::MappedBuffer::anonymous(std::size_t{options.bytes} * options.depth))),
        ring_(expect(uring::IoUring::create(
            {.profile = options.profile, .entries = options.depth, .wide_entries = true}))) {
    expect(ring_->register_buffer(expect(buffer_.region(0, buffer_.size()))));
    expect(ring_->set_file({0}, source_->descriptor()));
  }

  nlohmann::json measure() {
    for (std::uint32_t place = 0; place < options_.depth; ++place) queue(place);
    const auto begin = Clock::now();
    const auto limit = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(options_.seconds));
    const double cpu = cpu_seconds();
    std::uint64_t commands = 0;
    while (Clock::now() - begin < limit) commands += turn(true);
    const double used = cpu_seconds() - cpu;
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    while (ring_->in_flight() != 0) turn(false);
    return {{"commands", commands}, {"seconds", seconds.count()}, {"cpu_seconds", used}};
  }

 private:
  void queue(std::uint32_t place) {
    const auto& identity = source_->identity();
    if (next_ + blocks_ > identity.blocks) next_ = 0;
    const auto command = expect(nvme::encode_nvme_read(
        identity, {next_, blocks_},
        {buffer_.data() + std::size_t{place} * options_.bytes, options_.bytes}));
    next_ += blocks_;
    ring_->queue({.operation = uring::Operation::kNvmeReadFixed,
                  .fixed_file = true,
                  .file = 0,
                  .command = &command,
                  .user_data = place});
  }

  /// Waits for completions, and puts a command in the place of each if `again`; how many.
  std::size_t turn(bool again) {
    expect(ring_->wait(std::chrono::seconds(1)));
    const std::size_t count = expect(ring_->reap(completions_));
    for (std::size_t i = 0; i < count; ++i) {
      const auto& completion = completions_[i];
      if (completion.result != 0 || !completion.device_status.success()) {
        fail("a command failed: " + std::to_string(completion.result) + ", " +
             nvme::to_string(completion.device_status));
      }
      if (again) queue(static_cast<std::uint32_t>(completion.user_data));
    }
    return count;
  }

  Options options_;
  std::unique_ptr<nvme::Namespace> source_;
  std::uint64_t blocks_;
  std::uint64_t next_ = 0;
  memory::MappedBuffer buffer_;
  std::unique_ptr<uring::IoUring> ring_;
  std::array<uring::Completion, 256> completions_;
};

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Reads a namespace by NVMe commands");
  app.add_option("NODE", options.node)->required();
  app.add_option("--bytes", options.bytes, "Of each command")->check(CLI::Range(512u, 1u << 20));
  app.add_option("--depth", options.depth, "Commands under way")->check(CLI::Range(1u, 256u));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.1, 60.0));
  const std::map<std::string, uring::Profile> profiles = {{"default", uring::Profile::kDefault},
                                                          {"sqpoll", uring::Profile::kSqPoll},
                                                          {"iopoll", uring::Profile::kIoPoll}};
  app.add_option("--ring", options.profile)->transform(CLI::CheckedTransformer(profiles));
  CLI11_PARSE(app, argc, argv);
  std::printf("%s\n", Reader(options).measure().dump().c_str());
  return 0;
}

}  // namespace
}  // namespace vyre::bench

int main(int argc, char** argv) { return vyre::bench::run(argc, argv); }
