#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backend/megakernel.hpp"

namespace vyre::backend {

/// What answers a test's programs that load: strings, by tenant and handle. It holds requests back
/// while it is told to, and can answer with errors. It begins while the kernel does not run, and
/// stops it when it ends.
class LoadServer {
 public:
  using Resources = std::map<u32, std::vector<std::string>>;

  LoadServer(Megakernel& kernel, Resources resources);
  ~LoadServer();
  LoadServer(const LoadServer&) = delete;
  LoadServer& operator=(const LoadServer&) = delete;

  /// Claims no more requests, until let_go().
  void hold() { holds_ = true; }
  void let_go() { holds_ = false; }
  /// Only while no program that loads runs.
  void replace(Resources resources);
  /// Every request from now on ends with this status; 0: as the resources say.
  void answer_all(u32 status) { answer_ = status; }
  /// Requests that have been completed.
  [[nodiscard]] u32 served() const { return served_; }

 private:
  void serve();
  void answer(const LoadRequest& request);
  u32 bring(const LoadRequest& request);

  Megakernel& kernel_;
  std::mutex mutex_;
  Resources resources_;
  std::atomic<bool> holds_{false};
  std::atomic<bool> stops_{false};
  std::atomic<u32> answer_{0};
  std::atomic<u32> served_{0};
  std::thread thread_;
};

}  // namespace vyre::backend
