#pragma once

#include <span>
#include <string>

#include "vyre/program.hpp"

// Programs as PTX, the virtual machine code that the driver compiles for its device.
namespace vyre::backend::translation {

/// False for programs that load: they are parked, which machine code is not.
[[nodiscard]] bool can_translate(const VerifiedProgram& program);

/// True for programs whose time goes into single instructions, those with a loop: without one, a
/// tile's time goes into macro-instructions, which are machine code already.
[[nodiscard]] bool is_worthwhile(const VerifiedProgram& program);

/// What directory_of() takes the function of the program at place `index` to be called.
[[nodiscard]] std::string function_name(std::size_t index);

/// One program as a PTX module with one function
///   .visible .func (.param .b64 ended) name(.param .b64 frame)
/// which every thread of a block calls with a device::TranslationFrame, and which runs one tile.
/// Results, records, output, carry, window, fuel and faults are the interpreter's, bit for bit.
/// For programs of which can_translate() is true. Cost: about 1 us an instruction.
[[nodiscard]] std::string translate(const VerifiedProgram& program, const std::string& name);

/// A PTX module of the function vyre_run_translation(), which calls those of `modules`, each named
/// by its place, by it. Empty ones are left out.
[[nodiscard]] std::string directory_of(std::span<const std::string> modules);

}  // namespace vyre::backend::translation
