#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "backend/cuda/translation/translate.hpp"
#include "tests/oracle/program_generator.hpp"
#include "tests/support/environment.hpp"
#include "vyre/program_text.hpp"

// What programs become is PTX that the assembler of the CUDA toolkit takes. What it does is told by
// compiled_differential_tests.cpp, on a device.
namespace vyre::backend::translation {
namespace {

constexpr u64 kOrdinaryPrograms = 20;

class Assembler : public ::testing::Test {
 protected:
  void SetUp() override {
    if (access(VYRE_PTXAS, X_OK) != 0) GTEST_SKIP() << "there is no " VYRE_PTXAS;
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] bool takes(const std::string& module) const {
    std::ofstream(folder_ / "program.ptx") << module;
    return std::system(fmt::format("'{}' -arch=sm_80 -c -maxrregcount 128 '{}/program.ptx' -o "
                                   "'{}/program.cubin' >'{}/errors' 2>&1",
                                   VYRE_PTXAS, folder_.string(), folder_.string(), folder_.string())
                           .c_str()) == 0;
  }
  [[nodiscard]] std::string errors() const {
    std::ifstream file(folder_ / "errors");
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("vyre-ptx-{}", getpid());
};

using Translation = Assembler;

TEST_F(Translation, OfRandomProgramsAssembles) {
  const u64 first = vyre::testing::number_from_environment("VYRE_DIFFERENTIAL_SEED", 1);
  const u64 count =
      vyre::testing::number_from_environment("VYRE_TRANSLATED_PROGRAMS", kOrdinaryPrograms);
  u64 translated = 0;
  for (u64 seed = first; seed < first + count; ++seed) {
    const auto program = verify(oracle::generate_program(seed).program);
    ASSERT_TRUE(program) << "seed " << seed;
    if (!can_translate(*program)) continue;
    ASSERT_TRUE(takes(translate(*program, function_name(0)))) << "seed " << seed << "\n"
                                                              << errors();
    ++translated;
  }
  EXPECT_GT(translated, count / 2);
}

TEST_F(Translation, OfExamplesAssembles) {
  u32 worthwhile = 0;
  for (const auto& entry : std::filesystem::directory_iterator(VYRE_EXAMPLES_FOLDER)) {
    if (entry.path().extension() != ".vasm") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const auto program =
        verify(assemble(std::string{std::istreambuf_iterator<char>(file), {}}).value());
    ASSERT_TRUE(program) << entry.path();
    if (!can_translate(*program)) continue;
    worthwhile += is_worthwhile(*program) ? 1 : 0;
    EXPECT_TRUE(takes(translate(*program, function_name(7)))) << entry.path() << "\n" << errors();
  }
  EXPECT_GT(worthwhile, 3u);
}

TEST_F(Translation, DirectoryNamesThePlacesThatAreTaken) {
  const std::string modules[] = {"a", "", "c"};
  const std::string directory = directory_of(modules);
  EXPECT_TRUE(takes(directory)) << errors();
  EXPECT_NE(directory.find(function_name(0)), std::string::npos);
  EXPECT_EQ(directory.find(function_name(1)), std::string::npos);
  EXPECT_NE(directory.find(function_name(2)), std::string::npos);
  EXPECT_TRUE(takes(directory_of({}))) << errors();
}

}  // namespace
}  // namespace vyre::backend::translation
