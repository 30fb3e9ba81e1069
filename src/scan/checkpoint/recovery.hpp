#pragma once

#include <optional>
#include <string>

#include "scan/checkpoint/command_identity.hpp"
#include "scan/checkpoint/journal.hpp"
#include "scan/checkpoint/progress_records.hpp"
#include "scan/checkpoint/resumable_ledger.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

struct RecoveryRequest {
  /// The journal, not empty; readable.
  int journal = -1;
  std::string path;
  /// The output that is to go on; readable.
  int output = -1;
  std::string output_name;
  const CommandIdentity* command = nullptr;
  /// Of this moment.
  std::string boot;
};

/// How far a scan came that was begun before.
struct Recovered : EarlierRuns {
  CommandRecord command;
  /// Of the latest run.
  RunRecord run;
  /// Where journal and output go on; what lies behind is nobody's.
  JournalEnd journal;
  OutputPoint output;
  /// There is nothing left to do.
  std::optional<int> exit_code;
  /// What the user should know; empty where all is as it was left.
  std::string warning;
};

/// Reads a journal and holds the output against it.
///
/// Any beginning of the journal of which the output holds what it vouches for is a point from which
/// the scan can go on with nothing lost and nothing twice; this finds the longest. A killed process
/// leaves at most one record torn, and an output that is longer than what is vouched for. An output
/// that holds less can only come from a machine that went down before it had written all to its
/// disk: then an earlier point serves. Where the machine is still up somebody changed the output,
/// and it is refused.
///
/// Cost: reads journal and output once; 16 bytes of memory for each file that is done.
/// Errors: InvalidArgument where the file is no checkpoint, another command's, damaged in its
/// first record, or does not go with the output; Syscall.
Result<Recovered> recover(const RecoveryRequest& request);

}  // namespace vyre::scan
