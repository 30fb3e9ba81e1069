#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace vyre::cli {

/// One line on the terminal that says how far long work is: it appears after a second, is renewed
/// five times a second, and is gone at the end. Where `descriptor` is not a terminal, nothing
/// happens at all.
class Progress {
 public:
  /// `describe` is called on the progress thread with the seconds since the start.
  Progress(int descriptor, std::function<std::string(double seconds)> describe);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Takes the line away until it is next renewed, for other output. Thread-safe.
  void erase();

 private:
  void run();
  void erase_locked();
  void put(const std::string& text) const;

  const int descriptor_;
  std::function<std::string(double)> describe_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  bool drawn_ = false;
  std::thread thread_;
};

}  // namespace vyre::cli
