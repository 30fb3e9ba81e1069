#include "scan/rules/rule_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>

#include "base/owned_fd.hpp"

namespace vyre::scan {
namespace {

// Far above any real rules file (gitleaks' own has 100 KB); a device given by mistake stops here.
constexpr std::size_t kMaxFileBytes = 64 * 1024 * 1024;

// What describes rules or their file without changing what is found.
constexpr std::array<std::string_view, 6> kDescriptiveKeys = {
    "title", "minVersion", "rules.description", "rules.id", "rules.regex", "rules.path"};

Error at(const std::string& name, const toml::source_position& place, std::string_view what,
         std::string fix = {}) {
  return invalid_argument(fmt::format("{}:{}:{}: {}", name, place.line, place.column, what),
                          std::move(fix));
}

class Reader {
 public:
  explicit Reader(const std::string& name) : name_(name) {}

  Result<RuleFile> read(const toml::table& root);

 private:
  Status read_rule(const toml::table& table);
  Result<std::string> read_string(const toml::table& table, std::string_view key);
  void note_unapplied(std::string key);

  const std::string& name_;
  RuleFile file_;
  std::map<std::string, std::uint32_t> lines_by_id_;
};

Result<RuleFile> Reader::read(const toml::table& root) {
  for (const auto& [key, node] : root) {
    if (key.str() != "rules") note_unapplied(std::string(key.str()));
  }
  const toml::node* rules = root.get("rules");
  const toml::array* list = rules == nullptr ? nullptr : rules->as_array();
  if (list == nullptr || list->empty()) {
    const toml::source_position place =
        rules == nullptr ? toml::source_position{1, 1} : rules->source().begin;
    return tl::unexpected(
        at(name_, place, "there is no [[rules]] table", "add one with at least an id and a regex"));
  }
  for (const toml::node& node : *list) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return tl::unexpected(at(name_, node.source().begin, "an entry of rules is not a table",
                               "write each rule as a [[rules]] table"));
    }
    if (auto read = read_rule(*table); !read) return tl::unexpected(std::move(read.error()));
  }
  return std::move(file_);
}

Status Reader::read_rule(const toml::table& table) {
  Rule rule;
  for (auto [key, member] :
       {std::pair{"id", &rule.id}, std::pair{"regex", &rule.regex}, std::pair{"path", &rule.path},
        std::pair{"description", &rule.description}}) {
    auto value = read_string(table, key);
    if (!value) return tl::unexpected(std::move(value.error()));
    *member = std::move(*value);
  }
  const toml::source_position place = table.source().begin;
  if (rule.id.empty()) {
    return tl::unexpected(at(name_, place, "a rule has no id", "add id = \"a-unique-name\""));
  }
  const toml::node* body = table.get(rule.regex.empty() ? "path" : "regex");
  if (rule.regex.empty() && rule.path.empty()) {
    return tl::unexpected(at(name_, place,
                             fmt::format("rule \"{}\" has neither a regex nor a path", rule.id),
                             "add regex = '''...'''"));
  }
  rule.line = body->source().begin.line;
  const auto [known, inserted] = lines_by_id_.emplace(rule.id, place.line);
  if (!inserted) {
    return tl::unexpected(
        at(name_, place,
           fmt::format("rule id \"{}\" is used already, at line {}", rule.id, known->second),
           "give each rule its own id"));
  }
  for (const auto& [key, node] : table) note_unapplied("rules." + std::string(key.str()));
  file_.rules.push_back(std::move(rule));
  return {};
}

Result<std::string> Reader::read_string(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::string();
  if (auto text = node->value_exact<std::string>()) return std::move(*text);
  return tl::unexpected(
      at(name_, node->source().begin, fmt::format("{} is not a string", key), "put it in quotes"));
}

void Reader::note_unapplied(std::string key) {
  const auto contains = [&](const auto& list) {
    return std::find(list.begin(), list.end(), key) != list.end();
  };
  if (contains(kDescriptiveKeys) || contains(file_.unapplied_keys)) return;
  file_.unapplied_keys.push_back(std::move(key));
}

}  // namespace

Result<std::string> read_rule_file(const std::string& path) {
  const base::OwnedFd descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  while (descriptor && text.size() <= kMaxFileBytes) {
    const std::size_t size = text.size();
    text.resize(size + 256 * 1024);
    const ssize_t taken = ::read(descriptor.get(), text.data() + size, text.size() - size);
    text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(taken, 0)));
    if (taken == 0) return text;
    if (taken < 0 && errno != EINTR) break;
  }
  if (text.size() > kMaxFileBytes) {
    return tl::unexpected(invalid_argument(
        fmt::format("{}: more than {} MiB", path, kMaxFileBytes >> 20), "give a TOML rules file"));
  }
  return tl::unexpected(syscall_error("read " + path, errno));
}

Result<RuleFile> load_rule_file(const std::string& path) {
  auto text = read_rule_file(path);
  if (!text) return tl::unexpected(std::move(text.error()));
  return parse_rule_file(*text, path);
}

Result<RuleFile> parse_rule_file(std::string_view text, const std::string& name) {
  try {
    return Reader(name).read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return tl::unexpected(at(name, error.source().begin, error.description(),
                             "correct the TOML there (a regex is best put in '''quotes''')"));
  }
}

std::string unapplied_keys_warning(const RuleFile& file, const std::string& name) {
  if (file.unapplied_keys.empty()) return {};
  return fmt::format("{}: not applied: {}", name, fmt::join(file.unapplied_keys, ", "));
}

}  // namespace vyre::scan
