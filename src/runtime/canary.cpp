#include "runtime/canary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "nvme/read_command.hpp"
#include "nvme/refusal.hpp"
#include "wire/atomics.hpp"

namespace vyre::runtime {
namespace {

using namespace std::chrono_literals;

// Somebody may write to the source between two reads of it.
constexpr int kAttempts = 3;
constexpr std::chrono::nanoseconds kLongestSleep = 500ms;
constexpr const char* kOtherMemory = "; or use another device's memory, if there is one";
constexpr const char* kOtherWay =
    "read it with `--path mapped`; where an IOMMU stands between the devices, switch it off";

nvme::BlockSpan blocks_at(const ingest::DeviceShape& shape, u64 offset, std::size_t bytes) {
  return {(shape.first_offset + offset) / shape.block_bytes, bytes / shape.block_bytes};
}

Error read_error(const ingest::OpenSource& source, u64 offset, std::size_t bytes,
                 const uring::Completion& completion, bool into_peer) {
  const ingest::DeviceShape* const shape = source.device();
  if (shape != nullptr && shape->name_space != nullptr) {
    const nvme::BlockSpan blocks = blocks_at(*shape, offset, bytes);
    return completion.device_status.success()
               ? nvme::command_refused(-completion.result, blocks, {.peer = into_peer})
               : nvme::device_error(completion.device_status, blocks);
  }
  return syscall_error(
      fmt::format("a read of {} bytes at {}", bytes, offset), -completion.result,
      into_peer ? "let the source's device and the peer memory be behind one PCIe switch" : "");
}

/// Where reads are tried, one after the other, until one of ordinary memory succeeds: some blocks
/// may be bad.
std::array<u64, 3> places(u64 size) {
  constexpr u64 kStep = kCanaryBytes;
  const u64 last = size <= kStep ? 0 : (size - kStep) / kStep * kStep;
  return {0, last / 2 / kStep * kStep, last};
}

}  // namespace

Result<std::unique_ptr<Canary>> Canary::create(std::span<std::byte> peer,
                                               std::unique_ptr<uring::Ring> ring,
                                               const ingest::SourceRules& rules,
                                               const ingest::DeviceAccess& devices) {
  auto ordinary = memory::MappedBuffer::anonymous(kCanaryBytes);
  if (!ordinary) return tl::unexpected(std::move(ordinary.error()));
  return std::unique_ptr<Canary>(
      new Canary(peer.first(kCanaryBytes), std::move(*ordinary), std::move(ring), rules, devices));
}

Canary::Canary(std::span<std::byte> peer, memory::MappedBuffer ordinary,
               std::unique_ptr<uring::Ring> ring, const ingest::SourceRules& rules,
               const ingest::DeviceAccess& devices)
    : peer_(peer),
      ordinary_(std::move(ordinary)),
      ring_(std::move(ring)),
      opener_(rules, devices, telemetry_, certificate_),
      random_(std::random_device{}()) {}

Status Canary::try_source(const FileSource& source) {
  const auto opened = opener_.open(source);
  if (!opened) return {};
  const ingest::OpenSource& open = **opened;
  if (open.current_size() == 0) return {};
  Result<std::size_t> brought = std::size_t{0};
  for (const u64 place : places(open.current_size())) {
    brought = read(open, place, ordinary_.data());
    if (brought) return *brought == 0 ? Status{} : compare(open, place, *brought);
  }
  return tl::unexpected(unavailable(
      "no read into ordinary memory succeeds, so none into peer memory can be checked: " +
          brought.error().what,
      brought.error().fix));
}

Status Canary::compare(const ingest::OpenSource& source, u64 offset, std::size_t bytes) {
  std::size_t missing = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (auto painted = paint(peer_.first(bytes)); !painted) return painted;
    const auto arrived = read(source, offset, peer_.data());
    if (!arrived) {
      return tl::unexpected(unavailable(
          "peer memory cannot be read into: " + arrived.error().what,
          arrived.error().fix.empty() ? kOtherWay : arrived.error().fix + kOtherMemory));
    }
    if (*arrived == bytes && std::memcmp(peer_.data(), ordinary_.data(), bytes) == 0) return {};
    missing = 0;
    for (std::size_t i = 0; i < bytes; ++i) missing += peer_[i] != ordinary_.bytes()[i] ? 1u : 0u;
    const auto again = read(source, offset, ordinary_.data());
    if (!again) return tl::unexpected(again.error());
    bytes = *again;
  }
  return tl::unexpected(
      unavailable(fmt::format("a canary read of {} bytes into peer memory reported success, and {} "
                              "of them did not arrive",
                              bytes, missing),
                  kOtherWay));
}

Status Canary::paint(std::span<std::byte> target) {
  std::array<std::byte, kCanaryBytes> pattern;
  for (std::byte& byte : pattern) byte = static_cast<std::byte>(random_() >> 56);
  std::memcpy(target.data(), pattern.data(), target.size());
  // The processor may keep its writes back, and then they would land on what the device brought; a
  // read of the same bytes pushes them out.
  wire::full_fence();
  if (std::memcmp(target.data(), pattern.data(), target.size()) == 0) return {};
  return tl::unexpected(
      unavailable("peer memory does not keep what the processor writes into it", kOtherWay));
}

Result<std::size_t> Canary::read(const ingest::OpenSource& source, u64 offset, std::byte* target) {
  const ingest::DeviceShape* const shape = source.device();
  const u64 left = source.current_size() - offset;
  const u64 most =
      shape == nullptr ? kCanaryBytes : std::min<u64>(kCanaryBytes, shape->largest_read);
  const auto bytes = static_cast<std::size_t>(std::min(most, left));
  const bool into_peer = target == peer_.data();
  uring::Submission submission{.operation = uring::Operation::kRead,
                               .file = source.descriptor(),
                               .offset = offset + source.first_offset(),
                               .address = target,
                               .length = kCanaryBytes};
  if (shape == nullptr || shape->name_space == nullptr) {
    // As much also of a file's end, since O_DIRECT takes nothing but whole blocks.
    if (shape != nullptr) submission.length = static_cast<u32>(bytes);
    auto completion = complete(submission);
    if (!completion) return tl::unexpected(std::move(completion.error()));
    if (completion->result >= 0) return static_cast<std::size_t>(completion->result);
    return tl::unexpected(read_error(source, offset, bytes, *completion, into_peer));
  }
  const auto command = nvme::encode_nvme_read(*shape->name_space, blocks_at(*shape, offset, bytes),
                                              {.address = target, .bytes = bytes});
  if (!command) return tl::unexpected(command.error());
  submission.operation = uring::Operation::kNvmeRead;
  submission.command = &*command;
  auto completion = complete(submission);
  if (!completion) return tl::unexpected(std::move(completion.error()));
  if (completion->result == 0 && completion->device_status.success()) return bytes;
  return tl::unexpected(read_error(source, offset, bytes, *completion, into_peer));
}

Result<uring::Completion> Canary::complete(const uring::Submission& submission) {
  ring_->queue(submission);
  std::array<uring::Completion, 1> completion;
  while (true) {
    if (auto waited = ring_->wait(kLongestSleep); !waited) return tl::unexpected(waited.error());
    const auto count = ring_->reap(completion);
    if (!count) return tl::unexpected(count.error());
    if (*count != 0) return completion.front();
  }
}

}  // namespace vyre::runtime
