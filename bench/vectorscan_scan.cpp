// Scans files with Vectorscan in block mode: the yardstick of `scripts/bench scan`. Each thread
// reads whole files into its own buffer and scans them; matches are counted, nothing is printed per
// match.
//
//   vectorscan_scan --threads N [--lines] (--rules FILE | -e PATTERN...) -- PATH...
//
// Prints one JSON object: files, bytes, matches (ends of matches; with --lines lines that hold
// one), compile_seconds, scan_seconds, patterns, rejected (the names of patterns that Vectorscan
// refuses).

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hs/hs.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Pattern {
  std::string name;
  std::string regex;
};

struct Options {
  unsigned threads = 1;
  bool lines = false;
  std::vector<Pattern> patterns;
  std::vector<std::string> paths;
};

struct DatabaseFree {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
using Database = std::unique_ptr<hs_database_t, DatabaseFree>;

struct Totals {
  std::atomic<std::uint64_t> files{0}, bytes{0}, matches{0};
};

[[noreturn]] void fail(const std::string& message) {
  fmt::print(stderr, "vectorscan_scan: {}\n", message);
  std::exit(2);
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<Pattern> load_rules(const std::string& file) {
  std::vector<Pattern> patterns;
  try {
    const toml::table document = toml::parse_file(file);
    const toml::array* rules = document["rules"].as_array();
    if (rules == nullptr) fail(file + " has no [[rules]]");
    for (const toml::node& node : *rules) {
      const toml::table* rule = node.as_table();
      if (rule == nullptr) continue;
      const auto regex = (*rule)["regex"].value<std::string>();
      if (regex) patterns.push_back({(*rule)["id"].value_or(std::string()), *regex});
    }
  } catch (const toml::parse_error& error) {
    fail(fmt::format("{}: {}", file, error.description()));
  }
  return patterns;
}

unsigned thread_count(std::string_view text) {
  unsigned count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || count == 0) {
    fail("--threads takes a number above 0");
  }
  return count;
}

Options parse(int argc, char** argv) {
  Options options;
  int at = 1;
  const auto value = [&] {
    if (at + 1 >= argc) fail(std::string(argv[at]) + " needs a value");
    return std::string(argv[++at]);
  };
  for (; at < argc; ++at) {
    const std::string_view argument = argv[at];
    if (argument == "--threads") {
      options.threads = thread_count(value());
    } else if (argument == "--lines") {
      options.lines = true;
    } else if (argument == "--rules") {
      options.patterns = load_rules(value());
    } else if (argument == "-e") {
      std::string pattern = value();
      options.patterns.push_back({pattern, pattern});
    } else if (argument == "--") {
      options.paths.assign(argv + at + 1, argv + argc);
      break;
    } else {
      fail(fmt::format("unknown argument {}", argument));
    }
  }
  if (options.patterns.empty() || options.paths.empty()) fail("needs patterns and paths");
  return options;
}

/// Moves out the patterns that Vectorscan refuses and returns their names.
std::vector<std::string> drop_rejected(std::vector<Pattern>& patterns) {
  std::vector<std::string> rejected;
  std::erase_if(patterns, [&rejected](const Pattern& pattern) {
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    const hs_error_t code =
        hs_compile(pattern.regex.c_str(), 0, HS_MODE_BLOCK, nullptr, &database, &error);
    const Database owned(database);
    if (code == HS_SUCCESS) return false;
    hs_free_compile_error(error);
    rejected.push_back(pattern.name);
    return true;
  });
  return rejected;
}

Database compile(const std::vector<Pattern>& patterns) {
  std::vector<const char*> texts;
  std::vector<unsigned> ids;
  for (const Pattern& pattern : patterns) {
    ids.push_back(static_cast<unsigned>(ids.size()));
    texts.push_back(pattern.regex.c_str());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(texts.data(), nullptr, ids.data(), static_cast<unsigned>(texts.size()),
                       HS_MODE_BLOCK, nullptr, &database, &error) != HS_SUCCESS) {
    fail(error->message);
  }
  return Database(database);
}

std::vector<std::string> list_files(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    const auto options = fs::directory_options::skip_permission_denied;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path, options)) {
      std::error_code unreadable;
      if (!entry.is_symlink(unreadable) && entry.is_regular_file(unreadable)) {
        files.push_back(entry.path().string());
      }
    }
  }
  return files;
}

/// The whole file in `buffer`, which only grows; empty where it cannot be read.
std::string_view read_file(const std::string& path, std::vector<char>& buffer) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  struct stat status {};
  std::size_t filled = 0;
  if (::fstat(fd, &status) == 0) {
    const std::size_t wanted = static_cast<std::size_t>(status.st_size);
    if (buffer.size() < wanted) buffer.resize(wanted);
    while (filled < wanted) {
      const ssize_t got = ::read(fd, buffer.data() + filled, wanted - filled);
      if (got <= 0) break;
      filled += static_cast<std::size_t>(got);
    }
  }
  ::close(fd);
  return {buffer.data(), filled};
}

struct FileScan {
  std::string_view text;
  bool lines;
  std::uint64_t matches = 0;
  std::uint64_t line_end = 0;
};

int on_match(unsigned, unsigned long long, unsigned long long to, unsigned, void* context) {
  FileScan& scan = *static_cast<FileScan*>(context);
  if (!scan.lines) {
    ++scan.matches;
  } else if (to > scan.line_end) {
    ++scan.matches;
    const std::size_t newline = scan.text.find('\n', to - 1);
    scan.line_end = newline == std::string_view::npos ? scan.text.size() : newline;
  }
  return 0;
}

void scan_files(const Options& options, const hs_database_t* database,
                const std::vector<std::string>& files, std::atomic<std::size_t>& next,
                Totals& totals) {
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) fail("no scratch space");
  std::vector<char> buffer;
  for (std::size_t i = next++; i < files.size(); i = next++) {
    FileScan scan{read_file(files[i], buffer), options.lines};
    if (hs_scan(database, scan.text.data(), static_cast<unsigned>(scan.text.size()), 0, scratch,
                on_match, &scan) != HS_SUCCESS) {
      fail("scan of " + files[i] + " failed");
    }
    totals.files += 1;
    totals.bytes += scan.text.size();
    totals.matches += scan.matches;
  }
  hs_free_scratch(scratch);
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parse(argc, argv);
  const std::vector<std::string> rejected = drop_rejected(options.patterns);
  const Clock::time_point compile_start = Clock::now();
  const Database database = compile(options.patterns);
  const double compile_seconds = seconds_since(compile_start);

  const Clock::time_point scan_start = Clock::now();
  const std::vector<std::string> files = list_files(options.paths);
  std::atomic<std::size_t> next{0};
  Totals totals;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < options.threads; ++i) {
      threads.emplace_back([&] { scan_files(options, database.get(), files, next, totals); });
    }
  }
  fmt::print(R"({{"files": {}, "bytes": {}, "matches": {}, "compile_seconds": {:.6f}, )"
             R"("scan_seconds": {:.6f}, "patterns": {}, "rejected": [{}]}})"
             "\n",
             totals.files.load(), totals.bytes.load(), totals.matches.load(), compile_seconds,
             seconds_since(scan_start), options.patterns.size(),
             rejected.empty() ? "" : fmt::format("\"{}\"", fmt::join(rejected, "\", \"")));
  return 0;
}
