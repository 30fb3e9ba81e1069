#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::doctor {

// Reading what the kernel, or whoever answers in its place, says in small files. Nothing here
// waits: a FIFO in the place of a file is an error.

/// The bytes of a regular file of at most `limit` bytes. Errors: Syscall with the errno;
/// InvalidArgument where it is no regular file or longer.
Result<std::string> read_bytes(const std::string& path, std::size_t limit);

/// As read_bytes(), up to 4096 bytes, without white space and zeros at its end.
Result<std::string> read_text(const std::string& path);

/// A file that holds one number, decimal or hexadecimal after "0x". InvalidArgument, with what it
/// holds instead, where it is none or does not fit in 64 bits.
Result<u64> read_number(const std::string& path);

/// `text`, white space around it aside, as an unsigned number; nothing where it is anything else.
std::optional<u64> parse_number(std::string_view text) noexcept;

/// The names in a folder, "." and ".." aside, shorter ones first, so that 2 comes before 10; at
/// most 65536 of them. Syscall with the errno where it cannot be read.
Result<std::vector<std::string>> folder_entries(const std::string& folder);

/// Text of somebody else's, for a terminal: printable ASCII as it is, other bytes as \xNN, at most
/// 200 bytes of it, then "...".
std::string printable(std::string_view text);

/// What an error says, without its operation where that is a file which does not exist: "PATH does
/// not exist", else its `what`.
std::string told_absence(const std::string& path, const Error& error);

/// True where the error says that there is no such file, or no such folder on the way to it.
bool is_absence(const Error& error) noexcept;

/// "64.0 MiB", "512 bytes".
std::string size_text(u64 bytes);

}  // namespace vyre::doctor
