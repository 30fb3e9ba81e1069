#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "runtime/io_resources.hpp"
#include "runtime/io_server.hpp"
#include "vyre/statistics.hpp"

namespace vyre::runtime {

/// What a session has for programs that load: the resources, and the server, which is there from
/// the first need on. Thread-safe where it says so.
class SessionLoads {
 public:
  /// Both outlive it.
  SessionLoads(backend::Megakernel& megakernel, const std::atomic<bool>& cancelled)
      : megakernel_(megakernel), cancelled_(cancelled) {}

  /// Registers a file or block device; its handle. Errors: those of IoResources::add.
  Result<u32> add(u32 tenant, const std::string& path) { return resources_.add(tenant, path); }
  /// Has the server there, between streams: the workers stop for a moment, the first time.
  /// `observer` is told of each load from then on where it is not null, and outlives this. Errors:
  /// those of IoServer::start and Megakernel::launch.
  Status start(LoadObserver* observer);
  /// For as long as a stream of a program that loads.
  void begin_stream() noexcept;
  void end_stream() noexcept;
  /// Makes the server look at `cancelled`. Thread-safe and async-signal-safe.
  void wake() noexcept;
  void add_statistics(SessionStatistics& sum) const;

 private:
  backend::Megakernel& megakernel_;
  const std::atomic<bool>& cancelled_;
  IoResources resources_;
  std::unique_ptr<IoServer> server_;
  /// For wake(), which may be called while the server is being made.
  std::atomic<IoServer*> awake_{nullptr};
};

}  // namespace vyre::runtime
