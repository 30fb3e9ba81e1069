#pragma once

// What the commands exit with, as their help says.
namespace vyre::cli {

inline constexpr int kDone = 0;
/// The command worked, and its answer is no: nothing matched, the program is wrong or rejected.
inline constexpr int kAnswerIsNo = 1;
inline constexpr int kFailed = 2;
/// By Ctrl-C: 128 and the signal's number.
inline constexpr int kInterrupted = 130;

}  // namespace vyre::cli
