#include "device_corpus.hpp"

#include <algorithm>
#include <thread>

#include "text.hpp"

namespace vyre::bench::gpu {
namespace {

constexpr u64 kSeed = 20261121;
/// A multiple of kRowsPage.
constexpr u64 kPart = u64{16} << 20;

/// Calls fill(part, number) for all parts of the piece, on all cores.
template <class Fill>
std::vector<u8> filled(u64 bytes, Fill fill) {
  std::vector<u8> piece(bytes);
  const u64 parts = (bytes + kPart - 1) / kPart;
  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> workers;
  for (unsigned worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&, worker] {
      for (u64 part = worker; part < parts; part += threads) {
        const u64 begin = part * kPart;
        fill(std::span(piece).subspan(begin, std::min(kPart, bytes - begin)), kSeed + part);
      }
    });
  }
  workers.clear();
  return piece;
}

}  // namespace

DeviceCorpus::DeviceCorpus(std::vector<u8> piece, u64 bytes)
    : piece_(std::move(piece)), size_(bytes), memory_(bytes + hand::kPadding) {
  const u64 first = std::min<u64>(piece_.size(), bytes);
  memory_.upload(piece_.data(), first);
  for (u64 at = first; at < bytes; at += first) {
    cuda(cudaMemcpy(memory_.data() + at, memory_.data(), std::min(first, bytes - at),
                    cudaMemcpyDeviceToDevice));
  }
  cuda(cudaMemset(memory_.data() + bytes, 0, hand::kPadding));
}

std::vector<u8> text_piece(u64 piece_bytes, const std::string& literal) {
  const TextMaker text;
  const std::vector<std::string> planted{literal + "(&thread, nullptr, start, nullptr);"};
  return filled(piece_bytes, [&](std::span<u8> part, u64 seed) { text.fill(part, seed, planted); });
}

std::vector<u8> row_piece(u64 piece_bytes) {
  return filled(piece_bytes, [](std::span<u8> part, u64 seed) { fill_with_rows(part, seed); });
}

}  // namespace vyre::bench::gpu
