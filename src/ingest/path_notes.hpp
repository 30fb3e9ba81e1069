#pragma once

#include <optional>
#include <string_view>

#include "vyre/path_certificate.hpp"
#include "vyre/read_path.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// Writes into the certificate why sources take no better path than they do.
class PathNotes {
 public:
  PathNotes(PathChoice choice, bool registered_target, PathCertificate& certificate)
      : certificate_(certificate), named_(choice != PathChoice::kAuto), peer_(!registered_target) {}

  /// A file that is packed into a slot.
  void packed(u32 origin) { regular(origin, PathReason::kWholeInSlot); }
  /// A file that is streamed; `direct`: why not past the page cache, nothing where it is.
  void regular(u32 origin, std::optional<PathReason> direct) {
    if (peer_) return;
    no_peer(origin);
    certificate_.add_obstacle(origin, CertifiedPath::kPassthrough, PathReason::kRegularFile);
    if (direct) certificate_.add_obstacle(origin, CertifiedPath::kRegisteredDirect, *direct);
  }
  /// A device that is read by commands.
  void by_commands(u32 origin) {
    if (!peer_) no_peer(origin);
  }
  /// A block device that is read as one; `reason`: why not by commands.
  void as_block(u32 origin, PathReason reason, std::string_view detail) {
    if (peer_) return;
    no_peer(origin);
    certificate_.add_obstacle(origin, CertifiedPath::kPassthrough, reason, detail);
  }
  void buffered_asked(u32 origin) {
    certificate_.add_obstacle(origin, CertifiedPath::kRegisteredDirect, PathReason::kBufferedAsked);
  }
  void direct_refused(u32 origin) {
    certificate_.add_obstacle(origin, CertifiedPath::kRegisteredDirect, PathReason::kDirectRefused);
  }

 private:
  void no_peer(u32 origin) {
    certificate_.add_obstacle(origin, CertifiedPath::kPeer,
                              named_ ? PathReason::kOtherPathAsked : PathReason::kOrdinaryMemory);
  }

  PathCertificate& certificate_;
  /// The user asked for a path by name.
  bool named_;
  bool peer_;
};

}  // namespace vyre::ingest
