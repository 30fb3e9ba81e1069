#pragma once

#include <cstddef>
#include <memory>
#include <random>
#include <span>

#include "ingest/device_access.hpp"
#include "ingest/source_opener.hpp"
#include "memory/mapped_buffer.hpp"
#include "uring/ring.hpp"
#include "vyre/error.hpp"
#include "vyre/source.hpp"

namespace vyre::runtime {

/// Peer memory that a canary needs for itself.
inline constexpr std::size_t kCanaryBytes = std::size_t{64} << 10;

/// Tries, before a source's bytes in peer memory are trusted, whether they arrive there. Some
/// machines report success and deliver nothing: an IOMMU between two devices, for one. One thread.
class Canary {
 public:
  /// `peer`: kCanaryBytes that nothing else uses; they outlive the canary. `ring` is the canary's
  /// own, of the same kind as that which will read the source.
  static Result<std::unique_ptr<Canary>> create(
      std::span<std::byte> peer, std::unique_ptr<uring::Ring> ring,
      const ingest::SourceRules& rules,
      const ingest::DeviceAccess& devices = ingest::system_devices());
  Canary(const Canary&) = delete;
  Canary& operator=(const Canary&) = delete;

  /// Opens the source as the driver will, reads its beginning into ordinary memory, and the
  /// same by the same way into peer memory, which holds a random pattern until then. Unavailable,
  /// with the reason, where the second read is refused or does not bring what the first did. A
  /// source that cannot be opened, or has no
  /// bytes, is left to the driver.
  Status try_source(const FileSource& source);

 private:
  Canary(std::span<std::byte> peer, memory::MappedBuffer ordinary,
         std::unique_ptr<uring::Ring> ring, const ingest::SourceRules& rules,
         const ingest::DeviceAccess& devices);
  /// Up to kCanaryBytes of the source from `offset` on into either memory; the bytes that came.
  Result<std::size_t> read(const ingest::OpenSource& source, u64 offset, std::byte* target);
  Result<uring::Completion> complete(const uring::Submission& submission);
  /// Holds what arrives in peer memory to the `bytes` in ordinary memory, which lie at `offset`.
  Status compare(const ingest::OpenSource& source, u64 offset, std::size_t bytes);
  /// Fills it with a new pattern.
  Status paint(std::span<std::byte> target);

  std::span<std::byte> peer_;
  memory::MappedBuffer ordinary_;
  /// After the memory, which it must not outlive.
  std::unique_ptr<uring::Ring> ring_;
  IngestTelemetry telemetry_;
  PathCertificate certificate_;
  ingest::SourceOpener opener_;
  std::mt19937_64 random_;
};

}  // namespace vyre::runtime
