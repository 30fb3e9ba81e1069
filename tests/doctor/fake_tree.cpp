#include "tests/doctor/fake_tree.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace vyre::doctor {

namespace fs = std::filesystem;

FakeTree::FakeTree(const std::vector<Entry>& entries) {
  std::string pattern = testing::TempDir() + "vyre-tree-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  folder_ = pattern;
  for (const Entry& entry : entries) put(entry);
}

FakeTree::~FakeTree() { fs::remove_all(folder_); }

void FakeTree::put(const Entry& entry) {
  const std::string target = path(entry.path);
  fs::remove_all(target);
  fs::create_directories(fs::path(target).parent_path());
  switch (entry.kind) {
    case Entry::Kind::kFile:
      std::ofstream(target, std::ios::binary) << entry.content;
      break;
    case Entry::Kind::kFolder:
      fs::create_directory(target);
      break;
    case Entry::Kind::kLink:
      fs::create_symlink(entry.content, target);
      break;
    case Entry::Kind::kFifo:
      if (::mkfifo(target.c_str(), 0600) != 0) throw std::runtime_error("mkfifo " + target);
      break;
  }
}

Roots FakeTree::roots() const {
  return {.sys = path("sys"),
          .proc = path("proc"),
          .boot = path("boot"),
          .modules = path("modules"),
          .dev = path("dev")};
}

std::string FakeTree::path(std::string_view relative) const {
  return folder_ + "/" + std::string(relative);
}

std::vector<Entry> hostile_entries(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return {
      {path, ""},
      {path, "\n\n\n"},
      {path, std::string("\0\0\0\0", 4)},
      {path, "99999999999999999999999999999999"},
      {path, "-1\n"},
      {path, "0x"},
      {path, "18446744073709551616\n"},
      {path, "1 2 3"},
      {path, "1e9"},
      {path, "\x1b[2J\x1b]0;owned\x07\xff\xfe"},
      {path, std::string(5000, '7')},
      {path, std::string(3u << 20, '\n')},
      {path, "", Entry::Kind::kFolder},
      {path, name, Entry::Kind::kLink},
      {path, "/nowhere/at/all", Entry::Kind::kLink},
      {path, "", Entry::Kind::kFifo},
  };
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  // 16 more than the window's size asks for gzip's head.
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string source = text;
  std::string packed(deflateBound(&stream, source.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(source.data());
  stream.avail_in = static_cast<uInt>(source.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int state = deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  if (state != Z_STREAM_END) throw std::runtime_error("deflate");
  return packed;
}

}  // namespace vyre::doctor
