#pragma once

#include <string>
#include <vector>

#include "tests/oracle/chance.hpp"

namespace vyre::oracle {

/// A file's content: sizes by preference around lanes, pages and tiles, small as a rule; with the
/// strings of `planted` in it, some across the ends of tiles.
std::string generate_file(Chance& chance, const std::vector<std::string>& planted);

/// What the resources of a generated program hold, by handle; a load may ask for more.
std::vector<std::string> generate_resources(Chance& chance);

}  // namespace vyre::oracle
