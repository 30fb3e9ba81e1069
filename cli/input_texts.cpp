#include "cli/input_texts.hpp"

namespace vyre::cli {

Result<const std::string*> InputTexts::next(const std::string& path, const Reader& read) {
  if (taken_ == texts_.size()) {
    auto text = read(path);
    if (!text) return tl::unexpected(std::move(text.error()));
    texts_.push_back(std::move(*text));
  }
  return &texts_[taken_++];
}

}  // namespace vyre::cli
