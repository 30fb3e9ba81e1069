#include "tests/backend/mixed_load.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/check.hpp"
#include "vyre/program_text.hpp"

namespace vyre::backend {
namespace {

using wire::FaultCode;
using wire::Opcode;

constexpr u32 kMostTiles = 40;
constexpr u32 kRecords = 512;
constexpr u32 kOutput = kMostTiles * 100;
constexpr u32 kWindowProgram = 2;

const char* const kTexts[] = {
    ".result lines sum\n.result least min\n.result crc crc32c\n.table mark\n .text \"#!\"\n"
    " count.byte s0, '\\n'\n result s0, lines\n result s0, least\n crc32c s1\n result s1, crc\n"
    " s.const s0, 77\n find.emit s0, mark\n halt\n",
    ".result hash xor\n.carry 4\n xxh64 s0, 0\n result s0, hash\n halt\n",
    ".window total add 0\n count.byte s0, '\\n'\n v.splat v0, s0\n v.const v1, 0\n v.lane v2\n"
    " m.eqi m0, v2, 5\n w.add v0, v1, m0, total\n halt\n",
    " s.input s0, length\n s.const s1, 100\n s.min s1, s0, s1\n s.const s0, 0\n copy s0, s1\n "
    "halt\n",
};

}  // namespace

MixedPrograms::MixedPrograms(u64 seed) {
  std::mt19937_64 random(seed);
  text_.resize(std::size_t{kMostTiles} * kTileBytes);
  for (char& byte : text_) byte = static_cast<char>('a' + random() % 26);
  for (std::size_t at = 0; at < text_.size(); at += 1 + random() % 300) text_[at] = '\n';
  for (std::size_t at = 0; at + 2 < text_.size(); at += 1 + random() % 20000) {
    text_.replace(at, 2, "#!");
  }
  for (const char* text : kTexts) programs_.push_back(verify(assemble(text).value()).value());
  for (const u32 tiles : {1u, 1u, 1u, 2u, 3u, 7u, 16u, 25u, 40u}) {
    const u32 length = tiles * kTileBytes - static_cast<u32>(random() % (kTileBytes - 100));
    for (u32 i = 0; i < programs_.size(); ++i) {
      u32 window = 0;
      testing::ChunkOptions options;
      options.record_capacity = kRecords;
      options.output_capacity = kOutput;
      options.window = {&window, 1};
      answers_.push_back(
          {i, length,
           testing::run_chunk(testing::ProgramImage(programs_[i]),
                              std::string_view(text_).substr(0, length), {0, length}, options)});
    }
  }
}

u32 MixedPrograms::window_addend(const Answer& answer) const {
  if (answer.program != kWindowProgram) return 0;
  return static_cast<u32>(std::count(text_.begin(), text_.begin() + answer.length, '\n'));
}

MixedProducer::MixedProducer(Megakernel& kernel, const MixedPrograms& programs,
                             const TextBuffer& text, u32 index, u64 seed)
    : kernel_(kernel),
      programs_(programs),
      queue_(kernel.queue(index)),
      tenant_(index),
      random_(seed + index),
      region_(kernel.add_region(text.bytes(), kBatch, kRecords, kOutput).value()) {
  for (const VerifiedProgram& program : programs.programs()) {
    opcodes_.push_back(kernel.load(program, tenant_).value());
  }
}

wire::Priority MixedProducer::any_priority() {
  return static_cast<wire::Priority>(below(wire::kBands));
}

void MixedProducer::add(WorkItem work, Check check) {
  work.priority = any_priority();
  pending_.push_back({queue_.publish(work).value(), std::move(check)});
}

void MixedProducer::add_packed(u32 word, u32 value) {
  const u32 store[] = {word, value};
  const u32 load[] = {word};
  const PackedOperation operations[] = {{Opcode::kStoreU32, store}, {Opcode::kLoadU32, load}};
  window_[word] = value;
  pending_.push_back({queue_.publish_packed(tenant_, operations, any_priority()).value(),
                      [value](const wire::WorkSlot& slot) {
                        EXPECT_TRUE(is_done(slot));
                        EXPECT_EQ(slot.arguments[5], value);
                      }});
}

/// Words in which no two slots of a batch meet, except the counters.
void MixedProducer::add_memory(u32 number, u32 kind) {
  const u32 value = static_cast<u32>(random_());
  const u32 own = kStores + parity_ * kBatch + number;
  const auto expect_result = [](u32 expected) {
    return [expected](const wire::WorkSlot& slot) {
      EXPECT_TRUE(is_done(slot));
      EXPECT_EQ(slot.arguments[0], expected);
    };
  };
  if (kind == 0) {
    window_[own] = value;
    add(item(Opcode::kStoreU32, tenant_, {own, value}), expect_result(own));
  } else if (kind == 1) {
    const u32 word = settled_word();
    add(item(Opcode::kLoadU32, tenant_, {word}), expect_result(window_[word]));
  } else if (kind == 2) {
    const u32 word = kSwaps + number;
    const u32 previous = window_[word];
    const u32 expected = previous + below(2);
    if (expected == previous) window_[word] = value;
    add(item(Opcode::kCompareSwap, tenant_, {word, expected, value}), expect_result(previous));
  } else if (kind == 3) {
    const u32 source = kStores + (1 - parity_) * kBatch;
    const u32 target = kCopies + (parity_ * kBatch + number) * kMostCopied;
    const u32 count = below(kMostCopied + 1);
    std::copy_n(window_.begin() + source, count, window_.begin() + target);
    add(item(Opcode::kMemcpy, tenant_, {target, source, count}), expect_result(target));
  } else {
    add_packed(own, value);
  }
}

void MixedProducer::add_program(u32 number) {
  const auto& answer = programs_.answers()[below(static_cast<u32>(programs_.answers().size()))];
  ++programs_run_;
  window_[0] += programs_.window_addend(answer);
  std::ranges::fill(region_.carry(number), u64{0});
  add(chunk_item(opcodes_[answer.program], region_, answer.length, number, tenant_),
      [this, &answer, number](const wire::WorkSlot& slot) {
        ASSERT_TRUE(is_done(slot)) << "program " << answer.program;
        const wire::OutcomeHeader& expected = answer.run.outcome;
        const wire::OutcomeHeader& outcome = region_.outcome(number);
        EXPECT_EQ(outcome.tiles, expected.tiles);
        EXPECT_EQ(outcome.fuel, expected.fuel);
        EXPECT_EQ(outcome.result_count, expected.result_count);
        EXPECT_TRUE(
            std::equal(outcome.results, outcome.results + expected.result_count, expected.results));
        EXPECT_TRUE(std::ranges::equal(region_.carry(number), expected.carry));
        EXPECT_TRUE(std::ranges::equal(region_.records(number), answer.run.records));
        EXPECT_TRUE(std::ranges::equal(region_.output(number), answer.run.output));
      });
}

void MixedProducer::add_any(u32 number) {
  const u32 chance = below(100);
  if (chance < 12) return add_program(number);
  if (chance < 60) return add_memory(number, chance % 5);
  if (chance < 80) {
    const u32 counter = below(kCounterCount);
    return add(item(Opcode::kAtomicAdd, tenant_, {kCounters + counter, 1}),
               [this, counter](const wire::WorkSlot& slot) {
                 EXPECT_TRUE(is_done(slot));
                 counted_[counter].push_back(slot.arguments[0]);
               });
  }
  if (chance < 95) {
    const Opcode opcode = chance < 90 ? Opcode::kNop : Opcode::kPrintf;
    return add(item(opcode, tenant_),
               [](const wire::WorkSlot& slot) { EXPECT_TRUE(is_done(slot)); });
  }
  ++faults_;
  add(item(Opcode::kLoadU32, tenant_, {kWindowWords + number}),
      [](const wire::WorkSlot& slot) { EXPECT_EQ(fault_of(slot), FaultCode::kIndexOutOfRange); });
}

bool MixedProducer::run_batch() {
  for (u32 number = 0; number < kBatch; ++number) add_any(number);
  const u32 fence = queue_.publish(item(Opcode::kBatchFence, tenant_)).value();
  slots_ += kBatch + 1;
  parity_ = 1 - parity_;
  if (!wait_finished(queue_, fence)) return false;
  for (const Pending& pending : pending_) {
    EXPECT_TRUE(queue_.finished(pending.position)) << "behind its fence";
    if (!wait_finished(queue_, pending.position)) return false;
    wire::WorkSlot slot = queue_.slot(pending.position);
    slot.status = static_cast<u32>(queue_.status(pending.position));
    pending.check(slot);
    queue_.release(pending.position);
  }
  queue_.release(fence);
  pending_.clear();
  return true;
}

void MixedProducer::check_window() {
  for (u32 i = 0; i < kCounterCount; ++i) {
    std::ranges::sort(counted_[i]);
    for (u32 k = 0; k < counted_[i].size(); ++k) ASSERT_EQ(counted_[i][k], k) << "counter " << i;
    window_[kCounters + i] = static_cast<u32>(counted_[i].size());
  }
  std::vector<u32> words(kWindowWords);
  ASSERT_TRUE(kernel_.read_window(tenant_, 0, words));
  for (u32 i = 0; i < kWindowWords; ++i) EXPECT_EQ(words[i], window_[i]) << "word " << i;
}

}  // namespace vyre::backend
