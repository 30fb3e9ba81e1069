#include "backend/cuda/translation/translate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "backend/cuda/translation/translator.hpp"
#include "wire/fault.hpp"

namespace vyre::backend::translation {
namespace {

// The oldest that knows all that is used (redux.sync: PTX 7.0, sm_80), so that every driver and
// device that runs the kernels takes it.
constexpr const char* kVersion =
    ".version 7.0\n"
    ".target sm_80\n"
    ".address_size 64\n";

constexpr const char* kFunctions =
    ".extern .func (.param .b32 gives) vyre_run_instruction(.param .b64 run, .param .b64 word);\n"
    ".extern .func (.param .b32 gives) vyre_class_bits(.param .b64 run, .param .b64 start, "
    ".param .b32 table);\n"
    ".extern .func (.param .b32 gives) vyre_byte_bits(.param .b64 run, .param .b64 start, "
    ".param .b32 byte);\n";

}  // namespace

bool can_translate(const VerifiedProgram& program) { return program.bounds().io_bytes == 0; }

bool is_worthwhile(const VerifiedProgram& program) { return program.bounds().loop_depth != 0; }

std::string function_name(std::size_t index) { return fmt::format("vyre_translation_{}", index); }

std::string translate(const VerifiedProgram& program, const std::string& name) {
  return std::string(kVersion) + kFunctions + Translator(program).write(name);
}

std::string directory_of(std::span<const std::string> modules) {
  std::string text = kVersion;
  std::string calls;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    if (modules[i].empty()) continue;
    text +=
        fmt::format(".extern .func (.param .b64 ended) {}(.param .b64 frame);\n", function_name(i));
    calls += fmt::format(
        "  setp.ne.u32 %other, %index, {0};\n  @%other bra.uni L{0};\n"
        "  {{\n  .param .b64 gives;\n  .param .b64 a;\n  st.param.b64 [a], %frame;\n"
        "  call.uni (gives), {1}, (a);\n  ld.param.b64 %ended, [gives];\n  }}\n"
        "  bra.uni DONE;\nL{0}:\n",
        i, function_name(i));
  }
  text +=
      ".visible .func (.param .b64 ended) vyre_run_translation(.param .b32 index, "
      ".param .b64 frame)\n{\n"
      "  .reg .b32 %index;\n  .reg .b64 %frame, %ended;\n  .reg .pred %other;\n"
      "  ld.param.b32 %index, [index];\n  ld.param.b64 %frame, [frame];\n";
  calls +=
      fmt::format("  mov.b64 %ended, {};\n", static_cast<u32>(wire::FaultCode::kUnknownProgram));
  return text + calls + "DONE:\n  st.param.b64 [ended], %ended;\n  ret;\n}\n";
}

}  // namespace vyre::backend::translation
