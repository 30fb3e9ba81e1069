#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "answer.hpp"

namespace vyre::bench {

/// What a program is made of decides what is asked of it.
enum class Kind : u8 {
  kMacro,   ///< One macro-instruction does the work.
  kVector,  ///< Plain vector instructions do.
};

/// One way to do a task.
struct Contestant {
  std::string name;
  std::function<Answer(std::span<const u8>)> run;
};

/// One program and the same work written by hand.
struct Task {
  std::string name;
  /// What is read.
  std::string input;
  Kind kind;
  std::span<const u8> bytes;
  Contestant program;
  std::vector<Contestant> by_hand;
};

struct Corpora {
  std::span<const u8> text;
  std::span<const u8> rows;
  std::span<const u8> letters;
  std::span<const u8> random;
};

/// All tasks whose name contains `only`. `examples` and `programs` are folders of program texts.
std::vector<Task> make_tasks(const Corpora& corpora, const std::string& examples,
                             const std::string& programs, const std::string& only);

}  // namespace vyre::bench
