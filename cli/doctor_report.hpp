#pragma once

#include <string>

#include "doctor/diagnose.hpp"

namespace vyre::cli {

/// For people: first what was required and whether it is there, then a line per row with what it
/// means and what to do about it, then whether `vyre scan` works.
std::string doctor_text(const doctor::Report& report);

/// One JSON document: "requirements", "healthy", "rows", and "backend" where a session opens.
std::string doctor_json(const doctor::Report& report);

}  // namespace vyre::cli
