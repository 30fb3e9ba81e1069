#pragma once

#include <cstddef>
#include <string>

#include "runtime/replay/log_records.hpp"

// Whether records that are sound, but may hold anything, are such as a session writes. Each
// function says what is wrong; nothing where nothing is.
namespace vyre::runtime::replay {

std::string what_is_wrong(const SessionRecord& session);
/// `resources`: how many the record's tenant has before it.
std::string what_is_wrong(const ResourceRecord& resource, std::size_t resources);
/// The record alone, in a session.
std::string what_is_wrong(const SlotRecord& slot, const SessionRecord& session);
/// `most_bytes`: that one load of the program may ask for; 0 where it may not load.
std::string what_is_wrong(const LoadRecord& load, u32 most_bytes);

}  // namespace vyre::runtime::replay
