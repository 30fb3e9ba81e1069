#include "tests/scan/support/reference_scan.hpp"

#include <cstring>

#include "wire/automaton_table.hpp"

namespace vyre::testing {
namespace {

class TableReader {
 public:
  explicit TableReader(std::span<const std::byte> bytes)
      : bytes_(bytes), header_(at<wire::AutomatonHeader>(0, 0)) {}

  template <typename T>
  [[nodiscard]] T at(u32 offset, std::size_t index) const {
    T value;
    const auto place = bytes_.subspan(offset + index * sizeof(T), sizeof(T));
    std::memcpy(&value, place.data(), sizeof(T));
    return value;
  }
  [[nodiscard]] const wire::AutomatonHeader& header() const { return header_; }

  [[nodiscard]] u32 find_step(u32 state, u8 byte) const {
    const u8 c = at<u8>(header_.byte_class_offset, byte);
    return at<u16>(header_.transitions_offset, (state << header_.class_bits) + c);
  }

  [[nodiscard]] bool check_accepts(u32 id, std::string_view rest) const {
    if (id == wire::kNoCheck) return true;
    const auto check = at<wire::AutomatonCheck>(header_.checks_offset, id);
    u32 state = check.start;
    for (std::size_t i = 0; i < rest.size() && i < check.limit && state > 1; ++i) {
      const u8 c = at<u8>(check.byte_class_offset, static_cast<u8>(rest[i]));
      state = at<u16>(check.transitions_offset, (state << check.class_bits) + c);
    }
    return state != 0;
  }

 private:
  std::span<const std::byte> bytes_;
  wire::AutomatonHeader header_;
};

}  // namespace

std::vector<wire::Record> reference_scan(std::span<const std::byte> table, std::string_view chunk) {
  const TableReader reader(table);
  const wire::AutomatonHeader& header = reader.header();
  std::vector<wire::Record> records;
  u32 state = 0;
  for (std::size_t p = 0; p < chunk.size(); ++p) {
    state = reader.find_step(state, static_cast<u8>(chunk[p]));
    if (state < header.first_accept) continue;
    const u32 accept = state - header.first_accept;
    const u32 end = reader.at<u32>(header.accept_offset, accept + 1);
    for (u32 m = reader.at<u32>(header.accept_offset, accept); m < end; ++m) {
      const auto member = reader.at<wire::AutomatonMember>(header.members_offset, m);
      if (reader.check_accepts(member.check, chunk.substr(p + 1))) {
        records.push_back({static_cast<u32>(p), member.value});
      }
    }
  }
  return records;
}

}  // namespace vyre::testing
