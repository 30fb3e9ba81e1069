#include "tests/cli/rule_oracle.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

namespace vyre::testing {
namespace {

struct OracleRule {
  std::string id;
  std::unique_ptr<re2::RE2> regex;
  std::unique_ptr<re2::RE2> path;
};

std::unique_ptr<re2::RE2> compile(const std::string& regex) {
  if (regex.empty()) return nullptr;
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_max_mem(std::int64_t{256} << 20);
  return std::make_unique<re2::RE2>(regex, options);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

struct Content {
  std::string path;
  std::string bytes;
  std::vector<std::size_t> newlines;

  explicit Content(const std::filesystem::path& file) : path(file.string()) {
    std::ifstream stream(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(stream), {});
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == '\n') newlines.push_back(i);
    }
  }

  [[nodiscard]] std::string line(std::string_view rule, std::size_t offset,
                                 std::string_view match) const {
    const auto next = std::lower_bound(newlines.begin(), newlines.end(), offset);
    const std::size_t start = next == newlines.begin() ? 0 : *std::prev(next) + 1;
    return fmt::format("{}:{}:{}: {}: {}", path, next - newlines.begin() + 1, offset - start + 1,
                       rule, escaped(match));
  }
};

void find(const OracleRule& rule, const Content& content, std::set<std::string>& found) {
  if (rule.path && !re2::RE2::PartialMatch(content.path, *rule.path)) return;
  if (!rule.regex) {
    found.insert(content.line(rule.id, 0, {}));
    return;
  }
  const re2::StringPiece text(content.bytes);
  re2::StringPiece match;
  std::size_t from = 0;
  while (from <= text.size() &&
         rule.regex->Match(text, from, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    const auto offset = static_cast<std::size_t>(match.data() - text.data());
    found.insert(content.line(rule.id, offset, {match.data(), match.size()}));
    // Never past an empty match without moving on.
    from = offset + std::max<std::size_t>(1, match.size());
  }
}

}  // namespace

std::set<std::string> matches_of(const std::vector<scan::Rule>& given,
                                 const std::vector<std::filesystem::path>& files) {
  std::vector<OracleRule> rules;
  for (const scan::Rule& rule : given) {
    rules.push_back({rule.id, compile(rule.regex), compile(rule.path)});
  }
  std::vector<Content> contents;
  for (const std::filesystem::path& file : files) contents.emplace_back(file);
  std::set<std::string> found;
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < rules.size(); i = next++) {
      std::set<std::string> own;
      for (const Content& content : contents) find(rules[i], content, own);
      const std::lock_guard lock(mutex);
      found.merge(own);
    }
  };
  std::thread second(work);
  work();
  second.join();
  return found;
}

}  // namespace vyre::testing
