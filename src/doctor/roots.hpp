#pragma once

#include <string>

namespace vyre::doctor {

/// Where the probes look: the kernel's file systems, or a tree that a test made up.
struct Roots {
  std::string sys = "/sys";
  std::string proc = "/proc";
  std::string boot = "/boot";
  std::string modules = "/lib/modules";
  std::string dev = "/dev";
};

}  // namespace vyre::doctor
