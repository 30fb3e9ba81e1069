#include "runtime/delivery.hpp"

#include <algorithm>
#include <utility>

#include "ingest/file_part.hpp"
#include "runtime/joined_file.hpp"

namespace vyre::runtime {
namespace {

std::span<const char> characters(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A source of which nothing was read.
class UnreadFile final : public StreamedFile {
 public:
  explicit UnreadFile(const FileSource& source) : source_(source) {}
  [[nodiscard]] const std::string& path() const noexcept override { return source_.path; }
  Result<std::size_t> read_again(std::uint64_t, std::span<char>) const override {
    return tl::unexpected(unavailable("the source was not read", {}));
  }
  [[nodiscard]] SourceMark mark() const noexcept override { return source_.mark; }
  [[nodiscard]] const ingest::FilePart* part() const noexcept override {
    return source_.part.get();
  }

 private:
  const FileSource& source_;
};

}  // namespace

void Delivery::deliver(std::span<const std::byte> bytes, std::span<const ingest::Extent> extents,
                       const SlotOutcome& outcome) {
  for (const ingest::Extent& extent : extents) {
    deliver_extent(bytes, extent, outcome);
    in_file_ = !extent.last;
    if (extent.last) end_file(extent);
  }
  if (!in_file_) end_refused();
}

void Delivery::refuse(FileSource source, Error error) {
  refused_.push_back({std::move(source), std::move(error)});
  if (!in_file_) end_refused();
}

void Delivery::end_refused() {
  for (const Refused& refused : refused_) {
    const UnreadFile file(refused.source);
    count_end(file, true);
    consumer_.on_file_end(file, &refused.error);
  }
  refused_.clear();
}

void Delivery::deliver_extent(std::span<const std::byte> bytes, const ingest::Extent& extent,
                              const SlotOutcome& outcome) {
  // In a packed slot a file without bytes is not what the program ran over.
  if (!outcome.executed || (extent.length == 0 && !separate_)) return;
  if (outcome.fault != nullptr && !file_fault_) file_fault_ = *outcome.fault;
  if (file_fault_) return;
  ChunkView view{.file = *extent.file,
                 .file_offset = extent.file_offset,
                 .bytes = characters(bytes.subspan(extent.slot_offset, extent.length)),
                 .own_begin = extent.own_begin,
                 .own_end = extent.own_end,
                 .records = records_of(extent, outcome.records),
                 .overflow = outcome.overflow,
                 .first = extent.first,
                 .last = extent.last};
  view.record_count = outcome.overflow ? outcome.record_count : view.records.size();
  if (separate_) {
    view.results = outcome.results;
    view.output = characters(outcome.output);
  }
  consumer_.on_chunk(view);
}

void Delivery::end_file(const ingest::Extent& extent) {
  const Error* error = extent.error;
  if (error == nullptr && file_fault_) {
    error = &file_fault_->error;
    if (file_fault_->program) consumer_.on_program_fault(*extent.file, *file_fault_->program);
  }
  for (const Error& earlier : extent.earlier_errors) {
    consumer_.on_read_error(*extent.file, earlier);
  }
  count_end(*extent.file, error != nullptr);
  consumer_.on_file_end(*extent.file, error);
  file_fault_.reset();
}

// A file in parts counts once.
void Delivery::count_end(const StreamedFile& file, bool failed) {
  const ingest::FilePart* const part = file.part();
  const std::optional<bool> whole = part == nullptr ? failed : part->joined->count(failed);
  if (!whole) return;
  ++statistics_.files;
  if (*whole) ++statistics_.failed_files;
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
