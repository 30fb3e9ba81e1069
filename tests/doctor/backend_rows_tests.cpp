// The rows about backends, from made-up facts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "doctor/cuda.hpp"
#include "doctor/diagnose.hpp"
#include "doctor/session.hpp"

namespace vyre::doctor {
namespace {

using ::testing::HasSubstr;

backend::CudaDevice device(int index) {
  return {.index = index,
          .name = "NVIDIA Made Up",
          .uuid = "GPU-0000000" + std::to_string(index) + "-0000-0000-0000-000000000000",
          .compute_capability = 90,
          .multiprocessors = 132,
          .memory_bytes = u64{3} << 29,
          .driver_version = "13.0",
          .pci_address = "0000:3b:00.0"};
}

constexpr backend::CudaAbilities kAll = {
    .shares_host_memory = true, .exports_dma_buf = true, .gives_peers_access = true};

constexpr u64 kLargeBar = u64{4} << 30;

const Row& row_named(const std::vector<Row>& rows, const std::string& name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&name](const Row& row) { return row.name == name; });
  if (found == rows.end()) throw std::out_of_range("no row " + name);
  return *found;
}

TEST(CudaRows, SayWhyThereIsNoDevice) {
  const std::vector<Row> rows =
      cuda_rows({.devices = tl::unexpected(unavailable("the reason", "the way out")),
                 .abilities = {},
                 .peer_mapping = {},
                 .bar1_bytes = {},
                 .kernel_module = {}});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].name, "backend:cuda");
  EXPECT_EQ(rows[0].state, State::kUnavailable);
  EXPECT_FALSE(rows[0].required);
  EXPECT_EQ(rows[0].evidence, "the reason");
  EXPECT_EQ(rows[0].fix, "the way out");
  EXPECT_FALSE(rows[0].consequence.empty());
}

TEST(CudaRows, DescribeEachDevice) {
  const std::vector<Row> rows = cuda_rows({.devices = std::vector{device(0), device(1)},
                                           .abilities = {kAll, kAll},
                                           .peer_mapping = {{}, {}},
                                           .bar1_bytes = {kLargeBar, kLargeBar},
                                           .kernel_module = "Open Kernel Module"});
  EXPECT_THAT(row_named(rows, "backend:cuda").evidence, HasSubstr("2 devices"));
  EXPECT_THAT(row_named(rows, "backend:cuda").evidence, HasSubstr("CUDA 13.0"));
  const std::string& evidence = row_named(rows, "cuda:1").evidence;
  for (const char* told : {"NVIDIA Made Up", "GPU-00000001-", "9.0", "132", "1.5 GiB"}) {
    EXPECT_THAT(evidence, HasSubstr(told));
  }
  for (const Row& row : rows) {
    EXPECT_EQ(row.state, State::kAvailable) << row.name;
    EXPECT_TRUE(row.consequence.empty() && row.fix.empty()) << row.name;
    EXPECT_FALSE(row.required) << row.name;
  }
  EXPECT_EQ(rows.size(), 1u + 2u * 6u);
}

TEST(CudaRows, SayWhatADeviceLacks) {
  struct Case {
    backend::CudaAbilities abilities;
    std::string row;
  };
  backend::CudaAbilities no_host = kAll;
  no_host.shares_host_memory = false;
  backend::CudaAbilities no_dma_buf = kAll;
  no_dma_buf.exports_dma_buf = false;
  backend::CudaAbilities no_peers = kAll;
  no_peers.gives_peers_access = false;
  for (const Case& c : {Case{no_host, "cuda:0:host-memory"}, Case{no_dma_buf, "cuda:0:dma-buf"},
                        Case{no_peers, "cuda:0:peer-access"}}) {
    const std::vector<Row> rows = cuda_rows({.devices = std::vector{device(0)},
                                             .abilities = {c.abilities},
                                             .peer_mapping = {{}},
                                             .bar1_bytes = {kLargeBar},
                                             .kernel_module = {}});
    for (const Row& row : rows) {
      EXPECT_EQ(row.state == State::kUnavailable, row.name == c.row) << row.name;
      EXPECT_EQ(row.consequence.empty(), row.name != c.row) << row.name;
    }
  }
}

TEST(CudaRows, TellWhatCouldNotBeFoundOut) {
  const std::vector<Row> rows =
      cuda_rows({.devices = std::vector{device(0)},
                 .abilities = {tl::unexpected(unavailable("not told", "ask again"))},
                 .peer_mapping = {tl::unexpected(unavailable("not mapped", "static BAR1"))},
                 .bar1_bytes = {tl::unexpected(unavailable("no such device", ""))},
                 .kernel_module = {}});
  EXPECT_EQ(row_named(rows, "cuda:0:abilities").state, State::kDegraded);
  EXPECT_EQ(row_named(rows, "cuda:0:abilities").evidence, "not told");
  EXPECT_EQ(row_named(rows, "cuda:0:peer-mapping").state, State::kUnavailable);
  EXPECT_EQ(row_named(rows, "cuda:0:peer-mapping").evidence, "not mapped");
  EXPECT_EQ(row_named(rows, "cuda:0:peer-mapping").fix, "static BAR1");
  EXPECT_EQ(row_named(rows, "cuda:0:bar1").state, State::kDegraded);
  EXPECT_THAT(row_named(rows, "cuda:0:bar1").evidence, HasSubstr("no such device"));
}

TEST(CudaRows, CompareTheWindowWithTheMemory) {
  for (const auto& [bytes, state] :
       {std::pair(u64{256} << 20, State::kUnavailable),
        std::pair((u64{3} << 29) - 1, State::kUnavailable),
        std::pair(u64{3} << 29, State::kAvailable), std::pair(~u64{0}, State::kAvailable)}) {
    const std::vector<Row> rows = cuda_rows({.devices = std::vector{device(0)},
                                             .abilities = {kAll},
                                             .peer_mapping = {{}},
                                             .bar1_bytes = {bytes},
                                             .kernel_module = {}});
    EXPECT_EQ(row_named(rows, "cuda:0:bar1").state, state) << bytes;
    EXPECT_THAT(row_named(rows, "cuda:0:bar1").evidence, HasSubstr("0000:3b:00.0"));
  }
}

TEST(SessionRow, SaysWhatAutoChoosesAndBreaksHealthWhereNothingOpens) {
  const Row cuda = session_row(BackendDescription{
      .kind = BackendKind::kCuda, .name = "NVIDIA Made Up", .uuid = "GPU-1", .reason = {}});
  EXPECT_EQ(cuda.state, State::kAvailable);
  EXPECT_THAT(cuda.evidence, HasSubstr("cuda: NVIDIA Made Up, GPU-1"));
  const Row cpu = session_row(BackendDescription{
      .kind = BackendKind::kCpu, .name = "cpu", .uuid = {}, .reason = "there is no NVIDIA driver"});
  EXPECT_EQ(cpu.state, State::kAvailable);
  EXPECT_THAT(cpu.evidence, HasSubstr("is cpu: there is no NVIDIA driver"));
  const Row none = session_row(tl::unexpected(unavailable("io_uring refused", "allow it")));
  EXPECT_EQ(none.state, State::kUnavailable);
  EXPECT_EQ(none.evidence, "io_uring refused");
  EXPECT_EQ(none.fix, "allow it");
  EXPECT_TRUE(is_healthy(std::vector{cuda, cpu}));
  EXPECT_FALSE(is_healthy(std::vector{cuda, none}));
}

}  // namespace
}  // namespace vyre::doctor
