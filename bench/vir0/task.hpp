#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "answer.hpp"
#include "backend/cpu/cpu_level.hpp"

namespace vyre::bench {

/// What a program is made of decides what is asked of it.
enum class Kind : u8 {
  kMacro,   ///< One macro-instruction does the work.
  kVector,  ///< Plain vector instructions do.
  kMixed,   ///< Plain vector instructions on what macro-instructions find.
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

struct TaskOptions {
  /// Folders of program texts.
  std::string examples;
  std::string programs;
  /// Tasks whose name contains it.
  std::string only;
  backend::CpuLevel level = backend::CpuLevel::kBaseline;
};

std::vector<Task> make_tasks(const Corpora& corpora, const TaskOptions& options);

}  // namespace vyre::bench
