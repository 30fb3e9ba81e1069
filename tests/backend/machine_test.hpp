#pragma once

#include <gtest/gtest.h>

#include "tests/backend/machine.hpp"

namespace vyre::backend {

/// A test that needs the machine; skipped with the reason where there is none.
class MachineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = missing_machine(); !missing.empty()) GTEST_SKIP() << missing;
  }
};

}  // namespace vyre::backend
