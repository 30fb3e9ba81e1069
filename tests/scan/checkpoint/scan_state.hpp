#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/owned_fd.hpp"
#include "scan/checkpoint/checkpoint.hpp"

namespace vyre::testing {

/// A folder with a checkpoint and an output in it; gone at the end.
class ScanState {
 public:
  ScanState() {
    std::string name = "/tmp/vyre-checkpoint-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    identity_.add("patterns", "needle");
  }
  ~ScanState() { std::filesystem::remove_all(folder_); }
  ScanState(const ScanState&) = delete;
  ScanState& operator=(const ScanState&) = delete;

  [[nodiscard]] std::string journal() const { return folder_ / "journal"; }
  [[nodiscard]] std::string output() const { return folder_ / "output"; }
  [[nodiscard]] const scan::CommandIdentity& identity() const { return identity_; }

  static std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void set_content(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
  }

  /// What a scan's process does; ends without a word where the object dies.
  class Process {
   public:
    Process(const ScanState& state, bool replace_output)
        : output_(::open(state.output().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)) {
      auto opened = scan::Checkpoint::open({.path = state.journal(),
                                            .output = output_.get(),
                                            .output_name = "the output",
                                            .replace_output = replace_output,
                                            .command = state.identity()});
      if (opened) {
        checkpoint_ = std::move(*opened);
      } else {
        error_ = opened.error().message();
      }
    }
    explicit operator bool() const { return checkpoint_ != nullptr; }
    scan::Checkpoint& operator*() { return *checkpoint_; }
    scan::Checkpoint* operator->() { return checkpoint_.get(); }
    [[nodiscard]] const std::string& error() const { return error_; }

    void write(const std::string& text) {
      if (::write(output_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        std::abort();
      }
      checkpoint_->written(text);
    }
    /// One file's output, and that it is whole.
    Status finish(std::uint64_t number, const std::string& text, std::uint64_t errors = 0) {
      if (!text.empty()) write(text);
      scan::FinishedFiles files;
      files.add(mark(number), {.files = 1, .matches = text.empty() ? 0u : 1u, .errors = errors});
      return text.empty() ? checkpoint_->vouch_silent(files) : checkpoint_->vouch(files);
    }

   private:
    base::OwnedFd output_;
    std::unique_ptr<scan::Checkpoint> checkpoint_;
    std::string error_;
  };
  [[nodiscard]] Process process(bool replace_output = true) const {
    return Process(*this, replace_output);
  }

  static SourceMark mark(std::uint64_t number) {
    return {.high = number * 0x9E37'79B9'7F4A'7C15, .low = number << 48 | number};
  }

  [[nodiscard]] Result<scan::Recovered> recover(const std::string& boot) const {
    const base::OwnedFd journal(::open(this->journal().c_str(), O_RDONLY));
    const base::OwnedFd output(::open(this->output().c_str(), O_RDONLY));
    return scan::recover({.journal = journal.get(),
                          .path = this->journal(),
                          .output = output.get(),
                          .output_name = "the output",
                          .command = &identity_,
                          .boot = boot});
  }

 private:
  std::filesystem::path folder_;
  scan::CommandIdentity identity_;
};

}  // namespace vyre::testing
