#include "runtime/session_loads.hpp"

#include <utility>

namespace vyre::runtime {

Status SessionLoads::start(LoadObserver* observer) {
  if (server_) return {};
  if (Status status = megakernel_.quiesce(); !status) return status;
  auto server = IoServer::start(megakernel_, resources_, cancelled_, observer);
  if (server) {
    server_ = std::move(*server);
    awake_.store(server_.get(), std::memory_order_release);
  }
  Status launched = megakernel_.launch();
  if (!server) return tl::unexpected(std::move(server.error()));
  return launched;
}

void SessionLoads::begin_stream() noexcept {
  if (server_) server_->expect_requests();
}

void SessionLoads::end_stream() noexcept {
  if (server_) server_->expect_none();
}

void SessionLoads::wake() noexcept {
  IoServer* const server = awake_.load(std::memory_order_acquire);
  if (server != nullptr) server->wake();
}

void SessionLoads::add_statistics(SessionStatistics& sum) const {
  if (!server_) return;
  const IoCounters& counters = server_->counters();
  sum.loads += counters.loads.load(std::memory_order_relaxed);
  sum.loaded_bytes += counters.bytes.load(std::memory_order_relaxed);
  sum.failed_loads += counters.failed.load(std::memory_order_relaxed);
}

}  // namespace vyre::runtime
