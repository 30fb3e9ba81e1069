#include "cli/literal_argument.hpp"

namespace vyre::cli {
namespace {

constexpr char kMark = '\x1A';

// Any number of marks, so that an argument that begins with one by itself survives as well.
bool is_list(const std::string& argument) {
  const std::size_t begin = argument.find_first_not_of(kMark);
  return begin != std::string::npos && argument[begin] == '[' && argument.back() == ']';
}

}  // namespace

std::string mark_literal(std::string argument) {
  if (is_list(argument)) argument.insert(argument.begin(), kMark);
  return argument;
}

std::string unmark_literal(std::string argument) {
  if (is_list(argument) && argument.front() == kMark) argument.erase(argument.begin());
  return argument;
}

}  // namespace vyre::cli
