#include "doctor/nvme_tree.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "doctor/text_file.hpp"

namespace vyre::doctor {
namespace {

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

bool take_number(std::string_view& text) {
  u64 number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return true;
}

/// PREFIX, a number, "n", a number.
bool is_namespace_name(std::string_view text, std::string_view prefix) {
  return take_word(text, prefix) && take_number(text) && take_word(text, "n") &&
         take_number(text) && text.empty();
}

bool is_controller_name(std::string_view text) {
  return take_word(text, "nvme") && take_number(text) && text.empty();
}

/// "nvme0c1n1": one controller's way to a namespace that several have.
bool is_hidden_name(std::string_view text) {
  return take_word(text, "nvme") && take_number(text) && take_word(text, "c") &&
         take_number(text) && take_word(text, "n") && take_number(text) && text.empty();
}

std::string attribute(const std::string& folder, const char* name) {
  const auto text = read_text(fmt::format("{}/{}", folder, name));
  return text ? printable(*text) : std::string();
}

NvmeController controller(const std::string& folder, const std::string& name) {
  NvmeController made{.name = name,
                      .model = attribute(folder, "model"),
                      .firmware = attribute(folder, "firmware_rev"),
                      .transport = attribute(folder, "transport"),
                      .address = attribute(folder, "address"),
                      .state = attribute(folder, "state"),
                      .queues = {}};
  const auto entries = folder_entries(folder);
  if (!entries) return made;
  for (const std::string& entry : *entries) {
    if (!is_namespace_name(entry, "nvme") && !is_hidden_name(entry)) continue;
    made.queues.push_back({entry, read_number(fmt::format("{}/{}/queue/io_poll", folder, entry))});
  }
  return made;
}

}  // namespace

std::string block_of_generic(const std::string& generic) {
  return is_namespace_name(generic, "ng") ? "nvme" + generic.substr(2) : std::string();
}

std::string generic_of_block(const std::string& block) {
  return is_namespace_name(block, "nvme") ? "ng" + block.substr(4) : std::string();
}

NvmeTree nvme_tree(const Roots& roots) {
  NvmeTree tree;
  const std::string controllers = roots.sys + "/class/nvme";
  for (const std::string& name : folder_entries(controllers).value_or(std::vector<std::string>{})) {
    if (!is_controller_name(name)) continue;
    tree.controllers.push_back(controller(fmt::format("{}/{}", controllers, name), name));
  }
  const auto generics = folder_entries(roots.sys + "/class/nvme-generic");
  for (const std::string& name : generics.value_or(std::vector<std::string>{})) {
    std::string block = block_of_generic(name);
    if (block.empty()) continue;
    struct stat status {};
    const std::string folder = fmt::format("{}/class/block/{}", roots.sys, block);
    if (::stat(folder.c_str(), &status) != 0) block.clear();
    tree.namespaces.push_back({name, std::move(block)});
  }
  return tree;
}

}  // namespace vyre::doctor
