#include "runtime/io_server.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace vyre::runtime {
namespace {

using namespace std::chrono_literals;

// Only a guard: requests, reads and wake() all end the sleep.
constexpr std::chrono::nanoseconds kLongestSleep = 500ms;
/// Between looks of a server whose ring is broken.
constexpr std::chrono::nanoseconds kRefusalPause = 1ms;
/// A read for each io slot, and room to cancel them.
constexpr u32 kEntries = 2 * wire::kIoSlots;

}  // namespace

Result<std::unique_ptr<IoServer>> IoServer::start(backend::Megakernel& megakernel,
                                                  const IoResources& resources,
                                                  const std::atomic<bool>& cancelled,
                                                  LoadObserver* observer) {
  std::unique_ptr<IoServer> server(new IoServer(megakernel, resources, cancelled, observer));
  std::promise<Status> opened;
  std::future<Status> result = opened.get_future();
  server->thread_ = std::thread(&IoServer::main, server.get(), std::move(opened));
  if (Status status = result.get(); !status) {
    server->thread_.join();
    return tl::unexpected(std::move(status.error()));
  }
  return server;
}

IoServer::~IoServer() {
  if (!thread_.joinable()) return;
  // Only a lost device fails here; it asks for nothing any more.
  static_cast<void>(megakernel_.quiesce());
  stop_.store(true, std::memory_order_relaxed);
  wake();
  thread_.join();
}

Status IoServer::open() {
  // The kernel may else sleep 50 us longer than a server that looks for requests asks for.
  if (megakernel_.backend().poll_interval().count() != 0) ::prctl(PR_SET_TIMERSLACK, 1UL);
  auto ring = uring::IoUring::create({.entries = kEntries, .file_slots = 0});
  if (!ring) return tl::unexpected(std::move(ring.error()));
  ring_ = std::move(*ring);
  wake_ = base::OwnedFd(::fcntl(ring_->wake_descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!wake_) {
    return tl::unexpected(syscall_error("dup of a wake descriptor", errno, "raise `ulimit -n`"));
  }
  return megakernel_.io_queue().wake_through(ring_->wake_descriptor());
}

void IoServer::main(std::promise<Status> opened) {
  Status status = open();
  const bool usable = status.has_value();
  if (usable) megakernel_.io_queue().begin_service();
  opened.set_value(std::move(status));
  if (usable) {
    IoLoop loop(megakernel_, *ring_, resources_, cancelled_, counters_, observer_);
    Status served = serve(loop);
    if (served) served = loop.finish();
    if (!served) refuse_all(loop, served.error());
    megakernel_.io_queue().end_service();
  }
  // A ring ends on the thread that made it.
  ring_.reset();
}

Status IoServer::serve(IoLoop& loop) {
  while (!stop_.load(std::memory_order_relaxed)) {
    const auto moved = loop.step();
    if (!moved) return tl::unexpected(moved.error());
    if (*moved) continue;
    if (Status status = loop.wait(longest_sleep()); !status) return status;
  }
  return {};
}

std::chrono::nanoseconds IoServer::longest_sleep() const {
  const auto interval = megakernel_.backend().poll_interval();
  const bool looks = interval.count() != 0 && expected_.load(std::memory_order_relaxed) != 0;
  return looks ? interval : kLongestSleep;
}

// Programs must not wait for ever: they are told of the error. The ring's end is that of all reads.
void IoServer::refuse_all(IoLoop& loop, const Error& error) {
  ring_.reset();
  const auto code = static_cast<u32>(error.detail > 0 ? error.detail : EIO);
  do {
    loop.give_up(wire::failed_io(code));
    std::this_thread::sleep_for(kRefusalPause);
  } while (!stop_.load(std::memory_order_relaxed));
}

void IoServer::expect_requests() noexcept {
  expected_.fetch_add(1, std::memory_order_relaxed);
  wake();
}

void IoServer::expect_none() noexcept { expected_.fetch_sub(1, std::memory_order_relaxed); }

void IoServer::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace vyre::runtime
