#include "backend/cuda/translation/linked_kernels_image.hpp"

// VYRE_LINKED_KERNELS: the file's path, by CMake.
asm(".pushsection .rodata\n"
    ".balign 64\n"
    ".global vyre_linked_kernels_begin\n"
    ".global vyre_linked_kernels_end\n"
    "vyre_linked_kernels_begin:\n"
    ".incbin \"" VYRE_LINKED_KERNELS
    "\"\n"
    "vyre_linked_kernels_end:\n"
    ".popsection\n");

extern "C" const std::byte vyre_linked_kernels_begin[];
extern "C" const std::byte vyre_linked_kernels_end[];

namespace vyre::backend::translation {

std::span<const std::byte> linked_kernels_image() noexcept {
  return {vyre_linked_kernels_begin, vyre_linked_kernels_end};
}

}  // namespace vyre::backend::translation
