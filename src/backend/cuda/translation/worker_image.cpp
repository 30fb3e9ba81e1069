#include "backend/cuda/translation/worker_image.hpp"

// VYRE_WORKER_IMAGE: the file's path, by CMake.
asm(".pushsection .rodata\n"
    ".balign 64\n"
    ".global vyre_worker_image_begin\n"
    ".global vyre_worker_image_end\n"
    "vyre_worker_image_begin:\n"
    ".incbin \"" VYRE_WORKER_IMAGE
    "\"\n"
    "vyre_worker_image_end:\n"
    ".popsection\n");

extern "C" const std::byte vyre_worker_image_begin[];
extern "C" const std::byte vyre_worker_image_end[];

namespace vyre::backend::translation {

std::span<const std::byte> worker_image() noexcept {
  return {vyre_worker_image_begin, vyre_worker_image_end};
}

}  // namespace vyre::backend::translation
