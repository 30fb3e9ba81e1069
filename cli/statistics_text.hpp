#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "vyre/backend.hpp"
#include "vyre/statistics.hpp"

namespace vyre::cli {

// What the statistics of all commands have in common: lines with a head of 12 columns.

/// "1.2 GB": decimal units, three digits.
std::string byte_text(double bytes);
std::string byte_text(std::uint64_t bytes);
/// "1.2 GB/s"; "0 B/s" where no time has passed.
std::string rate_text(double bytes, double seconds);
double seconds_of(std::uint64_t nanoseconds) noexcept;

/// What ran the programs, by name and UUID; where `auto` chose the CPU, why.
std::string backend_line(const BackendDescription& backend);
/// {"kind", "name"}, and "uuid" and "reason" where there is one.
nlohmann::ordered_json backend_json(const BackendDescription& backend);

/// Rings, slots, workers, huge pages.
std::string threads_line(const SessionStatistics& session);
/// The slots that the workers ended, by opcode, those that there were.
std::string opcodes_line(const OpcodeCounts& counts);
/// By opcode's name, those that there were.
nlohmann::ordered_json opcodes_json(const OpcodeCounts& counts);

/// Workers that were lost, chunks that ran again or were given up; empty where all went well.
std::string recovery_line(const SessionStatistics& session);
/// The same as fields of a summary: always there.
void add_recovery(nlohmann::ordered_json& object, const SessionStatistics& session);
/// What the user should know of lost workers; empty where none was.
std::string loss_warning(const SessionStatistics& session);
/// Where the time went; `consuming` is what the command calls the time inside its consumer.
std::string time_lines(const SessionStatistics& session, std::string_view consuming);

}  // namespace vyre::cli
