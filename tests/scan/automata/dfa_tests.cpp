#include <gtest/gtest.h>

#include <random>

#include "scan/automata/dfa.hpp"

namespace vyre::scan {
namespace {

using Random = std::mt19937;

u32 below(Random& random, u32 limit) { return static_cast<u32>(random()) % limit; }

Dfa random_dfa(Random& random, u32 states, u32 classes, u32 labels) {
  Dfa dfa;
  dfa.class_count = classes;
  for (unsigned byte = 0; byte < 256; ++byte)
    dfa.byte_class[byte] = static_cast<u8>(byte % classes);
  dfa.start = below(random, states);
  for (u32 state = 0; state < states; ++state) {
    dfa.labels.push_back(below(random, labels));
    // Neighbours mostly, so that long chains occur.
    for (u32 c = 0; c < classes; ++c) {
      const u32 target = below(random, 3) == 0 ? below(random, states) : (state + 1) % states;
      dfa.transitions.push_back(target);
    }
  }
  return dfa;
}

// Pairs that some text tells apart, by the textbook's table.
std::vector<std::vector<bool>> distinguishable(const Dfa& dfa) {
  const u32 n = dfa.state_count();
  std::vector<std::vector<bool>> apart(n, std::vector<bool>(n));
  for (bool changed = true; changed;) {
    changed = false;
    for (u32 a = 0; a < n; ++a) {
      for (u32 b = 0; b < n; ++b) {
        if (apart[a][b]) continue;
        bool differ = dfa.labels[a] != dfa.labels[b];
        for (u32 c = 0; c < dfa.class_count; ++c)
          differ = differ || apart[dfa.row(a)[c]][dfa.row(b)[c]];
        apart[a][b] = differ;
        changed = changed || differ;
      }
    }
  }
  return apart;
}

u32 run(const Dfa& dfa, const std::vector<u8>& text) {
  u32 state = dfa.start;
  for (const u8 byte : text) state = dfa.row(state)[dfa.byte_class[byte]];
  return dfa.labels[state];
}

TEST(Minimised, IsTheLeastAutomatonWithTheSameLabels) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Random random(seed);
    const Dfa dfa =
        random_dfa(random, 1 + below(random, 40), 1 + below(random, 4), 1 + below(random, 3));
    const Dfa least = minimised(dfa, {});
    EXPECT_EQ(least.start, 0u);
    for (int i = 0; i < 50; ++i) {
      std::vector<u8> text(below(random, 60));
      for (u8& byte : text) byte = static_cast<u8>(random());
      ASSERT_EQ(run(dfa, text), run(least, text));
    }
    const auto apart = distinguishable(least);
    for (u32 a = 0; a < least.state_count(); ++a) {
      for (u32 b = 0; b < a; ++b) ASSERT_TRUE(apart[a][b]) << a << " and " << b << " are alike";
    }
  }
}

TEST(Minimised, KeepsTheFirstStatesFirst) {
  Random random(7);
  Dfa dfa = random_dfa(random, 12, 2, 1);
  for (u32 state = 0; state < 12; ++state) dfa.labels[state] = state;
  const u32 first[] = {9, 4};
  const Dfa least = minimised(dfa, first);
  EXPECT_EQ(least.labels[0], 9u);
  EXPECT_EQ(least.labels[1], 4u);
  EXPECT_EQ(least.labels[least.start], dfa.labels[dfa.start]);
}

TEST(Minimised, MergesEqualByteClasses) {
  Dfa dfa;
  dfa.class_count = 4;
  for (unsigned byte = 0; byte < 256; ++byte) dfa.byte_class[byte] = static_cast<u8>(byte % 4);
  dfa.labels = {0, 1};
  dfa.transitions = {0, 1, 0, 1, 1, 0, 1, 0};
  const Dfa least = minimised(dfa, {});
  EXPECT_EQ(least.class_count, 2u);
  EXPECT_EQ(least.byte_class[4], least.byte_class[2]);
  EXPECT_NE(least.byte_class[0], least.byte_class[1]);
}

TEST(Reordered, RunsTheSame) {
  Random random(3);
  const Dfa dfa = random_dfa(random, 10, 3, 4);
  const u32 order[] = {3, 1, 4, 0, 5, 9, 2, 6, 8, 7};
  const Dfa moved = reordered(dfa, order);
  for (int i = 0; i < 100; ++i) {
    std::vector<u8> text(below(random, 20));
    for (u8& byte : text) byte = static_cast<u8>(random());
    ASSERT_EQ(run(dfa, text), run(moved, text));
  }
}

}  // namespace
}  // namespace vyre::scan
