#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backend/cuda/cuda_abilities.hpp"
#include "backend/cuda/cuda_backend.hpp"
#include "backend/cuda/cuda_devices.hpp"
#include "backend/cuda/cuda_refusal.hpp"

namespace vyre::backend {
namespace {

using ::testing::HasSubstr;

CudaDevice device(int index, std::string uuid) {
  return {.index = index,
          .name = "Made Up " + std::to_string(index),
          .uuid = std::move(uuid),
          .driver_version = {}};
}

const std::vector<CudaDevice> kThree = {device(0, "GPU-1a2b3c4d-0000-0000-0000-000000000000"),
                                        device(1, "GPU-1a2b9999-0000-0000-0000-000000000000"),
                                        device(2, "GPU-77777777-0000-0000-0000-000000000000")};

struct Choice {
  std::string wanted;
  /// Nothing: refused.
  std::optional<int> index;
  std::string told;
};

class ChooseCudaDevice : public ::testing::TestWithParam<Choice> {};

TEST_P(ChooseCudaDevice, ByIndexUuidOrItsBeginning) {
  const Choice& choice = GetParam();
  const auto chosen = choose_cuda_device(kThree, choice.wanted);
  ASSERT_EQ(chosen.has_value(), choice.index.has_value());
  if (chosen) {
    EXPECT_EQ(chosen->index, *choice.index);
    return;
  }
  EXPECT_EQ(chosen.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(chosen.error().what, HasSubstr(choice.told));
  for (const CudaDevice& there : kThree) EXPECT_THAT(chosen.error().fix, HasSubstr(there.uuid));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ChooseCudaDevice,
    ::testing::Values(Choice{"", 0, {}}, Choice{"0", 0, {}}, Choice{"2", 2, {}},
                      Choice{"02", 2, {}}, Choice{"3", {}, "device 3"},
                      Choice{"99999999999999999999", {}, "99999999999999999999"},
                      Choice{"-1", {}, "'-1'"}, Choice{"1x", {}, "'1x'"}, Choice{" 1", {}, "' 1'"},
                      Choice{"GPU-1a2b9999-0000-0000-0000-000000000000", 1, {}},
                      Choice{"GPU-1a2b3", 0, {}}, Choice{"GPU-7", 2, {}},
                      Choice{"GPU-1a2b", {}, "more than one"}, Choice{"GPU-", {}, "more than one"},
                      Choice{"GPU-8", {}, "'GPU-8'"}, Choice{"1a2b3c4d", {}, "'1a2b3c4d'"},
                      Choice{"GPU-77777777-0000-0000-0000-0000000000000", {}, "begins with"}));

TEST(ChooseCudaDevice, AWholeUuidIsChosenThoughItBeginsAnother) {
  const std::vector<CudaDevice> devices = {device(0, "GPU-12"), device(1, "GPU-1")};
  const auto chosen = choose_cuda_device(devices, "GPU-1");
  ASSERT_TRUE(chosen.has_value());
  EXPECT_EQ(chosen->index, 1);
}

TEST(ChooseCudaDevice, OfNoneThereIsNothingToChoose) {
  for (const char* wanted : {"", "0", "GPU-1"}) {
    const auto chosen = choose_cuda_device({}, wanted);
    ASSERT_FALSE(chosen.has_value());
    EXPECT_EQ(chosen.error().code, ErrorCode::kUnavailable);
  }
}

TEST(CudaRefusal, TellsApartWhatIsMissing) {
  struct Case {
    CudaRefusalFacts facts;
    std::vector<std::string> told;
  };
  const std::vector<Case> cases = {
      {{kCudaErrorInsufficientDriver, "", 0, 13000, {}}, {"no NVIDIA driver", "libcuda.so.1"}},
      {{kCudaErrorInsufficientDriver, "", 0, 13000, ""}, {"no NVIDIA driver"}},
      {{kCudaErrorInsufficientDriver, "", 12040, 13020, {}}, {"too old", "12.4", "13.0"}},
      {{kCudaErrorNoDevice, "", 13000, 13000, {}}, {"sees no device", "nvidia-smi -L"}},
      {{kCudaErrorNoDevice, "", 13000, 13000, ""}, {"visible", "CUDA_VISIBLE_DEVICES is ''"}},
      {{kCudaErrorNoDevice, "", 13000, 13000, "-1"}, {"CUDA_VISIBLE_DEVICES is '-1'", "unset"}},
      {{999, "cudaErrorUnknown: unknown error", 13000, 13000, "0"}, {"cudaErrorUnknown"}},
  };
  std::set<std::string> whats;
  for (const Case& c : cases) {
    const Error error = cuda_refusal(c.facts);
    EXPECT_EQ(error.code, ErrorCode::kUnavailable);
    EXPECT_FALSE(error.fix.empty());
    for (const std::string& text : c.told) EXPECT_THAT(error.message(), HasSubstr(text));
    whats.insert(error.what);
  }
  EXPECT_EQ(whats.size(), cases.size() - 1) << "only the two without a driver say the same";
}

TEST(CudaVersion, IsMajorAndMinor) {
  EXPECT_EQ(cuda_version_text(13000), "13.0");
  EXPECT_EQ(cuda_version_text(12080), "12.8");
  EXPECT_EQ(cuda_version_text(11100), "11.10");
}

bool is_uuid(const std::string& text) {
  const std::string_view form = "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (form[i] == 'x' ? !digit : text[i] != form[i]) return false;
  }
  return true;
}

TEST(CudaDevices, OfThisMachineAreWholeOrRefusedWithAFix) {
  const auto devices = cuda_devices();
  if (!devices) {
    EXPECT_EQ(devices.error().code, ErrorCode::kUnavailable);
    EXPECT_FALSE(devices.error().fix.empty());
    const auto backend = make_cuda_backend({});
    ASSERT_FALSE(backend.has_value());
    EXPECT_EQ(backend.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(cuda_abilities(0).error().code, ErrorCode::kUnavailable);
    return;
  }
  ASSERT_FALSE(devices->empty());
  for (std::size_t i = 0; i < devices->size(); ++i) {
    const CudaDevice& found = (*devices)[i];
    EXPECT_EQ(found.index, static_cast<int>(i));
    EXPECT_FALSE(found.name.empty());
    EXPECT_TRUE(is_uuid(found.uuid)) << found.uuid;
    EXPECT_GE(found.compute_capability, 50);
    EXPECT_GT(found.multiprocessors, 0);
    EXPECT_GT(found.memory_bytes, 0u);
    EXPECT_THAT(found.driver_version, HasSubstr("."));
    EXPECT_EQ(choose_cuda_device(*devices, found.uuid)->index, found.index);
    EXPECT_TRUE(cuda_abilities(found.index).has_value());
  }
  EXPECT_FALSE(cuda_abilities(static_cast<int>(devices->size())).has_value());
}

}  // namespace
}  // namespace vyre::backend
