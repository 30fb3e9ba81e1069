#include <gtest/gtest.h>

#include "runtime/injections.hpp"

namespace vyre::runtime {
namespace {

TEST(Injections, AreSingleWhereTheyNameATile) {
  for (const char* single : {"VYRE_CUDA_INJECT=bad-store:5", "VYRE_CUDA_INJECT=hang:0",
                             "VYRE_CPU_INJECT=lose:7", "VYRE_CPU_INJECT=end:1"}) {
    EXPECT_TRUE(is_single_injection(single)) << single;
  }
  for (const char* other : {"VYRE_CUDA_INJECT=hang=POISONED", "VYRE_CPU_INJECT=lose=POISONED",
                            "VYRE_CPU_INJECT=", "VYRE_CPU_INJECT", "VYRE_CPU_INJECT=nonsense:1",
                            "VYRE_CPU_INJECTION=lose:7", "PATH=lose:7", "=lose:7", ""}) {
    EXPECT_FALSE(is_single_injection(other)) << other;
  }
}

}  // namespace
}  // namespace vyre::runtime
