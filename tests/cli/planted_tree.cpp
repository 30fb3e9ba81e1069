#include "tests/cli/planted_tree.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <cctype>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/units.hpp"
#include "ingest/chunk_plan.hpp"
#include "scan/pattern/parse.hpp"
#include "tests/scan/support/random_pattern.hpp"
#include "vyre/session.hpp"

namespace vyre::testing {
namespace {

constexpr std::size_t kOwnBytes = ingest::own_bytes(SessionOptions{}.slot_bytes);
constexpr int kBigFiles = 6;
constexpr std::size_t kBigFileChunks = 5;
constexpr int kAttempts = 200;

constexpr std::array<std::string_view, 14> kFiller = {
    "the",   "value", "is",      "=",        "\n",     "\n",         "{\"id\": 42}",
    "token", "key",   "secret:", "// note;", "\r\n\t", "0123abcdef", "caf\xc3\xa9"};
constexpr std::array<std::string_view, 7> kBefore = {"\n", " ", "\"", "='", "\t", ": ", "\r\n"};
constexpr std::array<std::string_view, 7> kAfter = {"\n", " ", "\"", "'\n", ";\n", "\r\n", "`"};

class Planter {
 public:
  Planter(const std::filesystem::path& folder, const std::vector<scan::Rule>& rules,
          std::uint64_t seed)
      : folder_(folder), random_(seed) {
    for (const scan::Rule& rule : rules) kinds_.emplace_back(rule);
  }

  PlantedTree plant() {
    for (Kind& kind : kinds_) plant_small(kind);
    for (int number = 0; number < kBigFiles; ++number) plant_big(number);
    write("long-keys.txt", long_keys());
    return std::move(tree_);
  }

 private:
  /// A rule, ready to make texts that it matches.
  struct Kind {
    explicit Kind(const scan::Rule& from)
        : rule(from), regex(compile(from.regex)), path(compile(from.path)) {}

    static std::optional<scan::Ast> parse(const std::string& text) {
      auto ast = scan::parse_pattern({text, scan::Dialect::kRe2, {}});
      if (!ast) return std::nullopt;
      return std::move(*ast);
    }
    static std::unique_ptr<re2::RE2> compile(const std::string& text) {
      re2::RE2::Options options;
      options.set_encoding(re2::RE2::Options::EncodingLatin1);
      return std::make_unique<re2::RE2>(text, options);
    }

    scan::Rule rule;
    std::unique_ptr<re2::RE2> regex;
    std::unique_ptr<re2::RE2> path;
  };

  template <typename Values>
  std::string_view any_of(const Values& values) {
    return values[below(random_, values.size())];
  }

  std::string filler(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) {
      text += any_of(kFiller);
      text += ' ';
    }
    text.resize(bytes);
    return text;
  }

  /// A text in which the rule matches, with what may stand around it; empty where none was found.
  std::string secret(const Kind& kind) {
    const auto ast = Kind::parse(kind.rule.regex);
    if (!ast) return {};
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      std::string text(any_of(kBefore));
      text += random_match(random_, *ast);
      text += any_of(kAfter);
      if (re2::RE2::PartialMatch(text, *kind.regex)) return text;
    }
    return {};
  }

  /// A file name that the rule's `path` accepts.
  std::string name(const Kind& kind, std::size_t number) {
    const std::string plain = fmt::format("small/{}.txt", number);
    if (kind.rule.path.empty()) return plain;
    const auto ast = Kind::parse(kind.rule.path);
    for (int attempt = 0; ast && attempt < kAttempts; ++attempt) {
      std::string end = random_match(random_, *ast);
      for (char& c : end) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') c = 'a';
      }
      const std::string made = fmt::format("small/{}/{}", number, end);
      if (re2::RE2::PartialMatch((folder_ / made).string(), *kind.path)) return made;
      const std::string prefixed = fmt::format("small/{}/x{}", number, end);
      if (re2::RE2::PartialMatch((folder_ / prefixed).string(), *kind.path)) return prefixed;
    }
    return plain;
  }

  void plant_small(Kind& kind) {
    std::string text = filler(below(random_, 400));
    bool found = kind.rule.regex.empty();
    for (int copy = 0; copy < 4 && !kind.rule.regex.empty(); ++copy) {
      const std::string planted = secret(kind);
      found = found || !planted.empty();
      text += planted + filler(below(random_, 900));
    }
    // The last one ends with the file.
    if (!kind.rule.regex.empty()) text += secret(kind);
    if (!found) tree_.unplanted.push_back(kind.rule.id);
    write(name(kind, tree_.files.size()), text);
  }

  void plant_big(int number) {
    std::string text = filler(kOwnBytes * kBigFileChunks + below(random_, 70'000));
    for (std::size_t at = kTileBytes; at + 20'000 < text.size(); at += kTileBytes) {
      across(text, at);
    }
    for (std::size_t at = kOwnBytes; at + 20'000 < text.size(); at += kOwnBytes) across(text, at);
    write(fmt::format("big/{}.txt", number), text);
  }

  /// Puts the next rule's match so that the boundary `at` lies somewhere inside it or at its ends.
  void across(std::string& text, std::size_t at) {
    const Kind& kind = kinds_[turn_++ % kinds_.size()];
    const std::string planted = kind.rule.regex.empty() ? std::string() : secret(kind);
    const std::size_t before = below(random_, planted.size() + 1);
    text.replace(at - before, planted.size(), planted);
  }

  /// PEM blocks from shorter to much longer than a halo, across the ends of chunks.
  std::string long_keys() {
    std::string text = filler(kOwnBytes * 7);
    std::size_t chunk = 1;
    for (const std::size_t lines : {20u, 61u, 63u, 64u, 130u, 600u}) {
      std::string key = "-----BEGIN RSA PRIVATE ";
      key += "KEY-----\n";
      for (std::size_t line = 0; line < lines; ++line) {
        for (int i = 0; i < 64; ++i) key += static_cast<char>('A' + below(random_, 26));
        key += '\n';
      }
      key += "-----END RSA PRIVATE ";
      key += "KEY-----\n";
      text.replace(kOwnBytes * chunk++ - below(random_, key.size()), key.size(), key);
    }
    return text;
  }

  void write(const std::string& name, const std::string& text) {
    const std::filesystem::path file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    tree_.files.push_back(file);
  }

  std::filesystem::path folder_;
  Random random_;
  std::vector<Kind> kinds_;
  std::size_t turn_ = below(random_, 1000);
  PlantedTree tree_;
};

}  // namespace

PlantedTree plant(const std::filesystem::path& folder, const std::vector<scan::Rule>& rules,
                  std::uint64_t seed) {
  return Planter(folder, rules, seed).plant();
}

}  // namespace vyre::testing
