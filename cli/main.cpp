#include <csignal>

#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  // A reader that goes away is told by the write that fails.
  std::signal(SIGPIPE, SIG_IGN);
  return vyre::cli::run_command_line(argc, argv);
}
