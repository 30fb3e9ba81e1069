#include "tests/simulation/simulated_files.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.hpp"
#include "base/owned_fd.hpp"
#include "base/units.hpp"

namespace vyre::simulation {
namespace {

struct MemoryFile {
  base::OwnedFd descriptor;
  ino_t inode = 0;
  std::string path;
};

std::vector<MemoryFile>& memory_files() {
  static std::vector<MemoryFile> files;
  return files;
}

/// Numbers of those that nobody has borrowed.
std::vector<std::size_t> free_memory_files;

MemoryFile make_memory_file() {
  MemoryFile made;
  made.descriptor = base::OwnedFd(::memfd_create("simulated", MFD_CLOEXEC));
  VYRE_CHECK(made.descriptor);
  struct stat state {};
  VYRE_CHECK(::fstat(made.descriptor.get(), &state) == 0);
  made.inode = state.st_ino;
  made.path = fmt::format("/proc/self/fd/{}", made.descriptor.get());
  return made;
}

std::size_t borrow() {
  if (free_memory_files.empty()) {
    memory_files().push_back(make_memory_file());
    return memory_files().size() - 1;
  }
  const std::size_t number = free_memory_files.back();
  free_memory_files.pop_back();
  return number;
}

void set_size(std::size_t number, u64 size) {
  VYRE_CHECK(::ftruncate(memory_files()[number].descriptor.get(), static_cast<off_t>(size)) == 0);
}

u64 word_at(u64 key, u64 index) {
  u64 word = key + index * 0x9E3779B97F4A7C15;
  word = (word ^ word >> 32) * 0xD6E8FEB86659FD93;
  return word ^ word >> 32;
}

/// Calls use(place, word, from, count) for each word of the file that the bytes touch: `count` of
/// its bytes, from its byte `from` on, lie at `place`. Stops where `use` says false.
template <class Use>
void each_word(u64 key, u64 offset, std::size_t bytes, Use use) {
  std::size_t place = 0;
  while (place < bytes) {
    const u64 at = offset + place;
    const std::size_t from = at % sizeof(u64);
    const std::size_t count = std::min(sizeof(u64) - from, bytes - place);
    if (!use(place, word_at(key, at / sizeof(u64)), from, count)) return;
    place += count;
  }
}

}  // namespace

SimulatedFiles::~SimulatedFiles() {
  for (const Borrowed& each : borrowed_) {
    set_size(each.memory, 0);
    free_memory_files.push_back(each.memory);
  }
}

SimulatedFile* SimulatedFiles::make_one(const FilePlan& plan) {
  auto made = std::make_unique<SimulatedFile>();
  made->number = static_cast<u32>(files_.size());
  made->key = chance_.bits();
  const bool large = chance_.percent(plan.large);
  if (large && plan.huge_bytes != 0) {
    made->size = plan.huge_bytes;
  } else if (large) {
    made->size = chance_.between(plan.slot_bytes, 4 * plan.slot_bytes);
    // Ends at a chunk's edge, or a byte beside it.
    if (chance_.percent(20)) {
      const u64 own = plan.slot_bytes - 2 * u64{kHaloBytes};
      made->size = own * chance_.between(1, 4) + kHaloBytes + chance_.below(3) - 1;
    }
  } else {
    const u32 most = chance_.percent(30) ? plan.slot_bytes - 1 : plan.slot_bytes / 8;
    made->size = chance_.percent(8) ? 0 : chance_.between(1, most);
  }
  made->hint = made->size;
  if (chance_.percent(plan.odd)) {
    switch (chance_.below(4)) {
      case 0:
        made->missing = true;
        break;
      case 1:
        made->open_error = chance_.one_of({EACCES, EMFILE, ELOOP});
        break;
      case 2:
        made->hint = 0;
        break;
      default:
        made->hint = chance_.below(2 * static_cast<u32>(std::min<u64>(made->size, 1u << 20)) + 2);
        break;
    }
  }
  made->least = std::min(made->hint, made->size);
  made->most = std::max(made->hint, made->size);
  files_.push_back(std::move(made));
  return files_.back().get();
}

std::vector<SimulatedFile*> SimulatedFiles::make(const FilePlan& plan) {
  std::vector<SimulatedFile*> made;
  for (u32 i = 0; i < plan.files; ++i) {
    SimulatedFile* const file = make_one(plan);
    made.push_back(file);
    if (file->missing) {
      file->path = fmt::format("/proc/self/fd/missing-{}", file->number);
    } else {
      const std::size_t number = borrow();
      borrowed_.push_back({number, file});
      file->path = memory_files()[number].path;
      set_size(number, file->size);
    }
    by_path_[file->path] = file;
  }
  coverage_.files += plan.files;
  return made;
}

SimulatedFile* SimulatedFiles::find(std::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : found->second;
}

SimulatedFile* SimulatedFiles::find(int descriptor) const {
  struct stat state {};
  if (::fstat(descriptor, &state) != 0) return nullptr;
  for (const Borrowed& each : borrowed_) {
    if (memory_files()[each.memory].inode == state.st_ino) return each.file;
  }
  return nullptr;
}

void SimulatedFiles::resize(SimulatedFile& file, u64 size) {
  if (file.missing || size == file.size) return;
  ++(size > file.size ? coverage_.grown_files : coverage_.shrunk_files);
  file.size = size;
  file.least = std::min(file.least, size);
  file.most = std::max(file.most, size);
  const auto found = std::find_if(borrowed_.begin(), borrowed_.end(),
                                  [&file](const Borrowed& each) { return each.file == &file; });
  set_size(found->memory, size);
}

void fill_bytes(const SimulatedFile& file, u64 offset, std::span<std::byte> target) {
  each_word(file.key, offset, target.size(),
            [&](std::size_t place, u64 word, std::size_t from, std::size_t count) {
              std::memcpy(target.data() + place, reinterpret_cast<const std::byte*>(&word) + from,
                          count);
              return true;
            });
}

std::optional<u64> first_wrong_byte(const SimulatedFile& file, u64 offset,
                                    std::span<const char> bytes) {
  std::optional<u64> wrong;
  each_word(file.key, offset, bytes.size(),
            [&](std::size_t place, u64 word, std::size_t from, std::size_t count) {
              const auto* expected = reinterpret_cast<const char*>(&word) + from;
              if (std::memcmp(bytes.data() + place, expected, count) != 0) wrong = offset + place;
              return !wrong;
            });
  return wrong;
}

}  // namespace vyre::simulation
