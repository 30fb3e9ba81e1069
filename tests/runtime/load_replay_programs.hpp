#pragma once

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "tests/runtime/replay_programs.hpp"

namespace vyre::test {

/// Of each tile's first 12 entries, 4 words each: loads `length` bytes (the third) from `offset`
/// (the second) of the resource `handle` (the first), appends them to the output and adds up the
/// statuses. `declarations` come first.
inline std::string follows_entries(const std::string& declarations = {}) {
  return declarations +
         ".io 4096\n.resource data\n.result statuses sum\n"
         " s.input s0, length\n s.shri s1, s0, 4\n s.const s2, 0\n s.const s3, 1\n s.const s9, 0\n"
         " repeat.scalar s1, 12\n"
         "  v.lane v0\n  m.lti m0, v0, 4\n  v.shli v1, v0, 2\n  v.splat v2, s2\n"
         "  v.add v1, v1, v2\n  v.load.u32 v3, v1, m0\n  s.const s4, 0\n  v.extract s5, v3, s4\n"
         "  v.extract s6, v3, s3\n  s.const s4, 2\n  v.extract s7, v3, s4\n"
         "  io.load s8, s5, s6, s7\n  result s8, statuses\n  branch s8, next\n"
         "  copy.inbox s9, s7\nnext:\n  s.addi s2, s2, 16\n end\n halt\n";
}

constexpr std::uint32_t kResourceBytes = 100'000;

/// A file of `bytes` bytes whose tiles begin with entries, some of which cannot be loaded: of
/// unknown resources, beyond the end, too long.
inline std::string entries(std::size_t bytes, std::uint32_t seed) {
  std::string file(bytes, '\0');
  std::mt19937 random(seed);
  for (std::size_t at = 0; at + 16 <= bytes; at += 16) {
    if (at % kTileBytes >= 12 * 16) continue;
    std::array<std::uint32_t, 4> entry{0, std::uint32_t(random() % kResourceBytes),
                                       std::uint32_t(random() % 3000), 0};
    if (random() % 8 == 0) entry[0] = random() % 2 == 0 ? 7 : 70'000;
    if (random() % 8 == 0) entry[1] = kResourceBytes - std::uint32_t(random() % 100);
    if (random() % 8 == 0) entry[2] = random() % 2 == 0 ? 0 : 5000;
    std::memcpy(file.data() + at, entry.data(), sizeof entry);
  }
  return file;
}

/// The resource, and files of none, one and many entries, of one chunk and of several.
inline std::vector<FileSource> load_files(const TemporaryTree& tree) {
  tree.add("resource", noise(kResourceBytes, 5));
  std::vector<FileSource> files;
  for (const std::size_t size : {0u, 5u, 16u, 100u, 192u, 66'000u, 200'000u, 700'000u, 1'000u}) {
    const std::string name = "file" + std::to_string(files.size());
    files.push_back(tree.add(name, entries(size, std::uint32_t(size + 1))));
  }
  return files;
}

/// Runs the program over the files, twice; what it loaded. The log has its end.
inline SessionStatistics record_loads(const std::string& text, const TemporaryTree& tree,
                                      const std::vector<FileSource>& files,
                                      const SessionOptions& options) {
  auto session = Session::open(options);
  if (!session) throw std::runtime_error(session.error().message());
  EXPECT_TRUE(session->register_resource(tree.path("resource")));
  const VerifiedProgram program = program_of(text);
  for (int round = 0; round < 2; ++round) run_program(*session, program, files);
  const SessionStatistics statistics = session->statistics();
  const Status ended = session->finish_recording();
  EXPECT_TRUE(ended.has_value()) << ended.error().message();
  return statistics;
}

}  // namespace vyre::test
