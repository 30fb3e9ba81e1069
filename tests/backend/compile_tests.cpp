#include <algorithm>
#include <future>
#include <string>
#include <vector>

#include "tests/backend/forwarding_backend.hpp"
#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_text.hpp"

// What a Megakernel has compiled, and when. The compiler is one that only notes what it is asked:
// the machine under test interprets the programs all the same.
namespace vyre::backend {
namespace {

using CompileTest = MachineTest;

/// "code of place 0" is what it makes of a program that begins with a loop.
class NotingCompiler final : public ProgramCompiler {
 public:
  std::string translate(const VerifiedProgram& program, std::size_t place) const override {
    return program.bounds().loop_depth == 0 ? std::string()
                                            : "code of place " + std::to_string(place);
  }
  Status link(std::span<const std::string> translations) override {
    linked.emplace_back(translations.begin(), translations.end());
    if (before_link) before_link();
    if (refuses_link) return tl::unexpected(unavailable("no linker", "none"));
    return {};
  }
  Status install() override {
    if (refuses_install) return tl::unexpected(unavailable("no room", "none"));
    installed.push_back(linked.size());
    return {};
  }

  void release_replaced() override { ++released; }

  u32 released = 0;
  std::vector<std::vector<std::string>> linked;
  /// Which link each was of, from 1.
  std::vector<std::size_t> installed;
  std::function<void()> before_link;
  bool refuses_link = false;
  bool refuses_install = false;
};

class CompilingBackend final : public ForwardingBackend {
 public:
  CompilingBackend(std::unique_ptr<Backend> machine, NotingCompiler& compiler)
      : ForwardingBackend(std::move(machine)), compiler_(compiler) {}
  ProgramCompiler* compiler() noexcept override { return &compiler_; }

 private:
  NotingCompiler& compiler_;
};

VerifiedProgram program_of(const std::string& text) {
  return verify(assemble(text).value()).value();
}

VerifiedProgram looping() {
  return program_of(
      ".result tiles sum\n s.const s0, 0\n repeat 3\n s.addi s0, s0, 1\n end\n"
      " result s0, tiles\n halt\n");
}
VerifiedProgram straight() { return program_of(" halt\n"); }

struct Compiled {
  explicit Compiled(bool at_load = false)
      : kernel(
            Megakernel::create(std::make_unique<CompilingBackend>(make_test_backend(1), compiler),
                               {.queue_capacity = 8, .tenants = 3, .compile_at_load = at_load})
                .value()) {}

  /// The program's only result word, of a file of one tile.
  u64 run(u32 opcode) {
    const TextBuffer text(*kernel, "abc");
    const Region region = kernel->add_region(text.bytes(), 1, 8).value();
    EXPECT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, region, 3))));
    return region.results(0)[0];
  }

  NotingCompiler compiler;
  std::unique_ptr<Megakernel> kernel;
};

using Texts = std::vector<std::string>;

TEST_F(CompileTest, OnlyWhatIsNew) {
  Compiled test;
  ASSERT_TRUE(test.kernel->compile());
  ASSERT_TRUE(test.kernel->load(straight(), 0));
  ASSERT_TRUE(test.kernel->compile());
  EXPECT_TRUE(test.compiler.linked.empty());
  ASSERT_TRUE(test.kernel->load(looping(), 0));
  ASSERT_TRUE(test.kernel->load(looping(), 1));
  ASSERT_TRUE(test.kernel->compile());
  ASSERT_TRUE(test.kernel->compile());
  ASSERT_EQ(test.compiler.linked.size(), 1u);
  EXPECT_EQ(test.compiler.linked[0], (Texts{"code of place 0", "code of place 1"}));
  EXPECT_EQ(test.compiler.installed, std::vector<std::size_t>{1});
  EXPECT_FALSE(test.kernel->running()) << "nobody has launched it";
}

TEST_F(CompileTest, GoesOnWhereItRan) {
  Compiled test(true);
  ASSERT_TRUE(test.kernel->launch());
  const u32 opcode = test.kernel->load(looping(), 0).value();
  EXPECT_EQ(test.compiler.installed.size(), 1u);
  EXPECT_TRUE(test.kernel->running());
  EXPECT_EQ(test.run(opcode), 3u);
  EXPECT_EQ(test.compiler.released, 0u) << "while others wait";
  ASSERT_TRUE(test.kernel->quiesce());
  EXPECT_EQ(test.compiler.released, 1u);
}

TEST_F(CompileTest, APlaceIsTakenAgain) {
  Compiled test(true);
  ASSERT_TRUE(test.kernel->load(looping(), 0));
  ASSERT_TRUE(test.kernel->load(looping(), 1));
  ASSERT_TRUE(test.kernel->load(looping(), 2));
  ASSERT_TRUE(test.kernel->revoke(1));
  ASSERT_TRUE(test.kernel->load(looping(), 2));
  ASSERT_EQ(test.compiler.linked.size(), 4u);
  EXPECT_EQ(test.compiler.linked[3],
            (Texts{"code of place 0", "code of place 1", "code of place 2"}));
  ASSERT_TRUE(test.kernel->revoke(0));
  ASSERT_TRUE(test.kernel->load(straight(), 2));
  EXPECT_EQ(test.compiler.linked.size(), 4u);
}

TEST_F(CompileTest, WhatIsLoadedMeanwhileIsCompiledNext) {
  Compiled test;
  ASSERT_TRUE(test.kernel->load(looping(), 0));
  test.compiler.before_link = [&] {
    test.compiler.before_link = nullptr;
    ASSERT_TRUE(test.kernel->load(looping(), 1));
  };
  ASSERT_TRUE(test.kernel->compile());
  ASSERT_TRUE(test.kernel->compile());
  ASSERT_EQ(test.compiler.linked.size(), 2u);
  EXPECT_EQ(test.compiler.linked[0].size(), 1u);
  EXPECT_EQ(test.compiler.linked[1].size(), 2u);
}

TEST_F(CompileTest, ARefusalLeavesProgramsInterpreted) {
  Compiled test;
  ASSERT_TRUE(test.kernel->launch());
  const u32 opcode = test.kernel->load(looping(), 0).value();
  for (bool* const refuses : {&test.compiler.refuses_link, &test.compiler.refuses_install}) {
    *refuses = true;
    const Status status = test.kernel->compile();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(test.kernel->running());
    EXPECT_EQ(test.run(opcode), 3u);
    *refuses = false;
  }
  ASSERT_TRUE(test.kernel->compile()) << "it is tried again";
  EXPECT_EQ(test.compiler.installed.size(), 1u);
}

TEST_F(CompileTest, ALoadWhoseCompilationIsRefusedIsInterpretedAndNotTriedAgain) {
  Compiled test(true);
  test.compiler.refuses_link = true;
  ASSERT_TRUE(test.kernel->launch());
  EXPECT_FALSE(test.kernel->compile_refusal());
  const u32 opcode = test.kernel->load(looping(), 0).value();
  ASSERT_TRUE(test.kernel->compile_refusal());
  EXPECT_EQ(test.kernel->compile_refusal()->what, "no linker");
  EXPECT_EQ(test.run(opcode), 3u);
  ASSERT_TRUE(test.kernel->load(straight(), 0));
  ASSERT_TRUE(test.kernel->load(looping(), 1));
  EXPECT_EQ(test.compiler.linked.size(), 1u);
  test.compiler.refuses_link = false;
  ASSERT_TRUE(test.kernel->compile());
  EXPECT_FALSE(test.kernel->compile_refusal());
  EXPECT_EQ(test.compiler.linked.back().size(), 2u);
  EXPECT_EQ(test.run(opcode), 3u);
}

// What was published before it runs, and nothing starts the workers again.
TEST_F(CompileTest, AShutdownSlotIsObeyed) {
  for (u32 round = 0; round < 20; ++round) {
    Compiled test;
    ASSERT_TRUE(test.kernel->launch());
    ASSERT_TRUE(test.kernel->load(looping(), 0));
    WorkQueue& queue = test.kernel->queue(0);
    std::vector<u32> positions;
    std::future<Status> compiled =
        std::async(std::launch::async, [&] { return test.kernel->compile(); });
    for (u32 i = 0; i < 4; ++i) {
      positions.push_back(queue.publish(item(wire::Opcode::kStoreU32, 0, {i, 7})).value());
    }
    positions.push_back(queue.publish(item(wire::Opcode::kShutdown)).value());
    ASSERT_TRUE(compiled.get());
    for (const u32 position : positions) ASSERT_TRUE(wait_finished(queue, position));
    const auto limit = std::chrono::steady_clock::now() + patience();
    while (test.kernel->running() && std::chrono::steady_clock::now() < limit) {
    }
    EXPECT_FALSE(test.kernel->running());
    std::vector<u32> words(4);
    ASSERT_TRUE(test.kernel->read_window(0, 0, words));
    EXPECT_EQ(words, std::vector<u32>(4, 7));
  }
}

TEST_F(CompileTest, QueuesGoOnBesideIt) {
  Compiled test;
  ASSERT_TRUE(test.kernel->launch());
  WorkQueue& queue = test.kernel->queue(0);
  std::future<bool> compiled = std::async(std::launch::async, [&] {
    bool all = true;
    for (u32 i = 0; i < 20; ++i) {
      all = all && test.kernel->load(looping(), i % 3) && test.kernel->compile();
    }
    return all;
  });
  const u32 first = queue.next_position();
  u32 done = 0;
  while (compiled.wait_for(std::chrono::seconds(0)) != std::future_status::ready || done < 500) {
    const u32 position = queue.publish(item(wire::Opcode::kNop)).value();
    ASSERT_TRUE(wait_finished(queue, position));
    queue.release(position);
    ++done;
  }
  EXPECT_TRUE(compiled.get());
  EXPECT_EQ(queue.next_position() - first, done);
  EXPECT_EQ(test.compiler.installed.size(), 20u);
}

}  // namespace
}  // namespace vyre::backend
