// Prints where a word of at most 16 bytes ends in each of the files: stream_files WORD FILE...

#include <atomic>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vyre/pattern_program.hpp>
#include <vyre/session.hpp>

// Hands out the command line's files; every ring of the session asks it for more.
struct Arguments final : vyre::FileFeed {
  explicit Arguments(std::span<char*> paths) : paths_(paths) {}
  bool next(std::vector<vyre::FileSource>& batch, std::size_t) override {
    const std::size_t mine = next_++;
    if (mine < paths_.size()) batch.push_back({paths_[mine]});
    return mine < paths_.size();
  }
  std::span<char*> paths_;
  std::atomic<std::size_t> next_ = 0;
};

struct Printer final : vyre::ChunkConsumer {
  void on_chunk(const vyre::ChunkView& chunk) override {
    for (const vyre::Record& record : chunk.records)
      std::printf("%s:%llu\n", chunk.file.path().c_str(), chunk.file_offset + record.offset + 0ull);
  }
  void on_file_end(const vyre::StreamedFile& file, const vyre::Error* error) override {
    if (error != nullptr)
      std::fprintf(stderr, "%s: %s\n", file.path().c_str(), error->message().c_str());
  }
};

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string word = argv[1];
  Arguments files({argv + 2, argv + argc});
  const auto status = vyre::candidate_program({&word, 1}).and_then([&](const auto& program) {
    return vyre::Session::open({}).and_then([&](vyre::Session session) {
      return session.load(program).and_then([&](vyre::LoadedProgram loaded) {
        return session.stream(files, loaded, [](auto) { return std::make_unique<Printer>(); });
      });
    });
  });
  if (!status) std::fprintf(stderr, "%s\n", status.error().message().c_str());
  return status ? 0 : 1;
}
