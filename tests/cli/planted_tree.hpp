#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "scan/rules/rule_file.hpp"

namespace vyre::testing {

struct PlantedTree {
  std::vector<std::filesystem::path> files;
  /// Rules that no text could be made for.
  std::vector<std::string> unplanted;
};

/// Fills `folder` with small files and with files of several chunks; every rule's matches are
/// planted in small ones, and matches of rules taken in turn lie across the boundaries of chunks
/// and tiles of the big ones, some of them longer than the halo. The same for the same seed.
PlantedTree plant(const std::filesystem::path& folder, const std::vector<scan::Rule>& rules,
                  std::uint64_t seed);

}  // namespace vyre::testing
