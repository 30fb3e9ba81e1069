#pragma once

#include <memory>

#include "base/owned_fd.hpp"
#include "ingest/chunk_plan.hpp"

namespace vyre::runtime {
class JoinedFile;
}

namespace vyre::ingest {

/// What one ring streams of a file that rings share. Only where files are separate.
struct FilePart {
  PartRange range;
  /// The file, opened once for all of its parts: its path may lead elsewhere by now.
  std::shared_ptr<const base::OwnedFd> file;
  /// Where what consumers have of the parts comes together.
  std::shared_ptr<runtime::JoinedFile> joined;
};

}  // namespace vyre::ingest
