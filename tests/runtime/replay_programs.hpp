#pragma once

#include <string>
#include <vector>

#include "tests/runtime/program_harness.hpp"
#include "tests/runtime/replay_log.hpp"
#include "vyre/replay.hpp"

namespace vyre::test {

/// A program that leaves something that a log holds.
struct ReplayedProgram {
  const char* name;
  std::string text;
  FilePlacement placement = FilePlacement::kSeparate;
};

inline void PrintTo(const ReplayedProgram& program, std::ostream* out) { *out << program.name; }

inline const std::string kSumLines =
    ".metadata \"lines\"\n.result lines sum\n count.byte s0, '\\n'\n result s0, lines\n halt\n";
inline const std::string kMarks =
    ".table mark\n .text \"#!\"\n s.const s0, 77\n find.emit s0, mark\n halt\n";
/// Reads outside the tile in the tile at file offset 5 * 65536.
inline std::string faults_in_the_sixth_tile(const std::string& declarations) {
  return declarations +
         ".result tiles sum\n s.input s0, offset\n s.shri s2, s0, 16\n s.eqi s1, s2, 5\n"
         " branch.zero s1, fine\n v.splat v0, s0\n m.const m0, 1\n v.load.u8 v1, v0, m0\nfine:\n"
         " s.const s2, 1\n result s2, tiles\n halt\n";
}
/// Folds every tile's length into window word 3, one after the other.
inline const std::string kStateWindow =
    ".window fold state 3\n v.const v0, 0\n v.lane v1\n m.eqi m0, v1, 0\n"
    " w.load v2, v0, m0, fold\n v.muli v2, v2, 31\n s.input s0, length\n s.addi s0, s0, 1\n"
    " v.splat v3, s0\n v.add v2, v2, v3\n w.store v2, v0, m0, fold\n halt\n";
/// Adds to word 0 the newlines, times the word 10 that the host sets.
inline const std::string kSharedWindow =
    ".window total add 0 2\n.window factor read 10\n v.lane v0\n m.eqi m0, v0, 0\n v.const v1, 0\n"
    " w.load v2, v1, m0, factor\n count.byte s0, '\\n'\n v.splat v3, s0\n v.mul v3, v3, v2\n"
    " w.add v3, v1, m0, total\n halt\n";

inline const std::vector<ReplayedProgram>& replayed_programs() {
  static const std::vector<ReplayedProgram> kPrograms{
      {"results", kSumLines},
      {"crc", ".result crc crc32c\n crc32c s0\n result s0, crc\n halt\n"},
      {"carry", ".result hash xor\n.carry 4\n xxh64 s0, 0\n result s0, hash\n halt\n"},
      {"output", " s.input s0, length\n s.const s1, 0\n copy s1, s0\n halt\n"},
      {"records", kMarks},
      {"packed_records", kMarks, FilePlacement::kPacked},
      {"overflow", ".table n\n .text \"\\n\"\n s.const s0, 1\n find.emit s0, n\n halt\n",
       FilePlacement::kPacked},
      {"state_window", kStateWindow},
      {"shared_window", kSharedWindow},
      {"faults", faults_in_the_sixth_tile("")},
      {"faults_with_carry", faults_in_the_sixth_tile(".carry 1\n")},
      {"faults_with_state", faults_in_the_sixth_tile(".window w state 0\n")},
      {"faults_with_shared_window", faults_in_the_sixth_tile(".window w add 0\n")},
  };
  return kPrograms;
}

/// Files around the sizes of tiles and slots, with newlines and marks.
inline std::vector<FileSource> replayed_files(const TemporaryTree& tree) {
  std::vector<FileSource> files;
  for (const std::size_t size : {0u, 1u, 700u, 65'536u, 65'537u, 140'000u, 500'000u, 20'000u}) {
    std::string text = noise(size, size + 1);
    for (std::size_t at = 5; at + 2 < size; at += 97) text.replace(at, 3, "#!\n");
    files.push_back(tree.add("file" + std::to_string(files.size()), text));
  }
  return files;
}

/// Small slots, so that files have chunks and records overflow.
inline SessionOptions recording_to(const std::string& log, bool inputs = false) {
  return {.rings = 2,
          .workers = 3,
          .slots_per_ring = 4,
          .slot_bytes = 128u << 10,
          .records_per_slot = 200,
          .record = {.path = log, .inputs = inputs}};
}

/// Runs the program over the files twice, on the machine under test, and ends the log.
inline void record(const ReplayedProgram& replayed, const std::vector<FileSource>& files,
                   const SessionOptions& options) {
  const VerifiedProgram program = program_of(replayed.text);
  Session session = open_session(options);
  const auto loaded = session.load(program);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message();
  for (std::uint32_t round = 0; round < 2; ++round) {
    const std::uint32_t factor = 3 + round;
    ASSERT_TRUE(session.write_window(10, std::span(&factor, 1)));
    ListFeed feed(files);
    Gather gather(program.program());
    const Status done =
        session.stream(feed, *loaded, gather.factory(), {.placement = replayed.placement});
    ASSERT_TRUE(done.has_value()) << done.error().message();
  }
  const Status ended = session.finish_recording();
  ASSERT_TRUE(ended.has_value()) << ended.error().message();
}

/// A replay that must not fail.
inline ReplayReport replayed(const std::string& log, const BackendChoice& backend,
                             std::uint32_t workers = 3) {
  auto report = vyre::replay(log, {.backend = backend, .workers = workers});
  if (!report) throw std::runtime_error(report.error().message());
  return std::move(*report);
}

inline std::string words_of(const ReplayReport& report) {
  std::string text;
  if (!report.difference) return text;
  for (const std::string& word : report.difference->words) text += word + "\n";
  return text;
}

}  // namespace vyre::test
