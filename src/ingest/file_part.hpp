#pragma once

#include <memory>

#include "ingest/chunk_plan.hpp"
#include "ingest/shared_file.hpp"

namespace vyre::runtime {
class JoinedFile;
}

namespace vyre::ingest {

/// What one ring streams of a file that rings share. Only where files are separate.
struct FilePart {
  PartRange range;
  std::shared_ptr<const SharedFile> file;
  /// Where what consumers have of the parts comes together.
  std::shared_ptr<runtime::JoinedFile> joined;
};

}  // namespace vyre::ingest
