#include "runtime/delivery.hpp"

#include <algorithm>

namespace vyre::runtime {
namespace {

std::span<const char> characters(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void Delivery::deliver(std::span<const std::byte> bytes, std::span<const ingest::Extent> extents,
                       const SlotOutcome& outcome) {
  for (const ingest::Extent& extent : extents) {
    deliver_extent(bytes, extent, outcome);
    if (extent.last) end_file(extent, outcome);
  }
}

void Delivery::deliver_extent(std::span<const std::byte> bytes, const ingest::Extent& extent,
                              const SlotOutcome& outcome) {
  if (outcome.fault != nullptr && !extent.last && !stream_fault_) {
    stream_fault_ = *outcome.fault;
  }
  if (extent.length == 0 || outcome.fault != nullptr || stream_fault_) return;
  const ChunkView view{.file = *extent.file,
                       .file_offset = extent.file_offset,
                       .bytes = characters(bytes.subspan(extent.slot_offset, extent.length)),
                       .own_begin = extent.own_begin,
                       .own_end = extent.own_end,
                       .records = records_of(extent, outcome.records),
                       .overflow = outcome.overflow,
                       .first = extent.first,
                       .last = extent.last};
  consumer_.on_chunk(view);
}

void Delivery::end_file(const ingest::Extent& extent, const SlotOutcome& outcome) {
  const Error* error = extent.error;
  if (error == nullptr && extent.length != 0) error = outcome.fault;
  if (error == nullptr && stream_fault_) error = &*stream_fault_;
  ++statistics_.files;
  if (error != nullptr) ++statistics_.failed_files;
  consumer_.on_file_end(*extent.file, error);
  stream_fault_.reset();
}

std::span<const Record> Delivery::records_of(const ingest::Extent& extent,
                                             std::span<const wire::Record> records) {
  const std::uint32_t begin = extent.slot_offset + extent.own_begin;
  const std::uint32_t end = extent.slot_offset + extent.own_end;
  const auto before = [](const wire::Record& record, std::uint32_t offset) {
    return record.offset < offset;
  };
  auto from = std::lower_bound(records.begin(), records.end(), begin, before);
  const auto to = std::lower_bound(from, records.end(), end, before);
  scratch_.clear();
  for (; from != to; ++from) {
    scratch_.push_back({from->offset - extent.slot_offset, from->value});
  }
  return scratch_;
}

}  // namespace vyre::runtime
