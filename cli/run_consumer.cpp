#include "cli/run_consumer.hpp"

#include <fmt/format.h>

#include "base/append_format.hpp"
#include "scan/report/text_format.hpp"

namespace vyre::cli {
namespace {

// A file's output up to here is dropped where the file fails; beyond it, what there is is printed.
constexpr std::size_t kHoldBytes = 64 * 1024;

}  // namespace

RunConsumer::~RunConsumer() {
  text_.clear();
  if (streamed_) end_streamed();
}

void RunJob::report(const std::string& path, const Error& error) const {
  errors.report(path, error);
  if (output != RunOutput::kJson) return;
  std::string text;
  scan::append_json_error(text, path, error);
  sink.write(text);
}

void RunConsumer::on_chunk(const ChunkView& chunk) {
  end_.bytes += chunk.own_end - chunk.own_begin;
  records_ += chunk.record_count;
  output_bytes_ += chunk.output.size();
  end_.fold.add(chunk.results);
  append_part(chunk);
  if (text_.size() < kHoldBytes) return;
  buffer_.append(text_);
  text_.clear();
  streamed_ = true;
}

void RunConsumer::append_part(const ChunkView& chunk) {
  if (job_.output == RunOutput::kRaw) {
    text_.append(chunk.output.data(), chunk.output.size());
    return;
  }
  if (!job_.print_records || chunk.records.empty()) return;
  if (job_.output == RunOutput::kText) {
    append_text_records(text_, chunk.file.path(), chunk);
  } else {
    append_json_part(chunk);
  }
  printed_records_ += chunk.records.size();
}

void RunConsumer::append_json_part(const ChunkView& chunk) {
  const bool first = !open_;
  if (first) {
    open_object(chunk.file.path());
    text_.append(",\"records\":[");
  }
  append_json_records(text_, first, chunk);
}

void RunConsumer::open_object(const std::string& path) {
  open_ = true;
  text_.append("{\"type\":\"file\",");
  append_json_path(text_, path);
}

void RunConsumer::on_program_fault(const StreamedFile&, const ProgramFault& fault) {
  end_.fault = fault;
}

void RunConsumer::on_read_error(const StreamedFile& file, const Error& error) {
  job_.report(file.path(), error);
}

void RunConsumer::on_file_end(const StreamedFile& file, const Error* error) {
  if (error != nullptr) end_.error = *error;
  if (runtime::join_parts(file, end_)) end(file);
  begin();
}

void RunConsumer::end(const StreamedFile& file) {
  job_.totals.files.fetch_add(1, std::memory_order_relaxed);
  job_.totals.bytes.fetch_add(end_.bytes, std::memory_order_relaxed);
  if (end_.error) {
    end_failed(file);
  } else {
    end_whole(file);
  }
}

void RunConsumer::end_whole(const StreamedFile& file) {
  job_.totals.records.fetch_add(records_, std::memory_order_relaxed);
  job_.totals.output_bytes.fetch_add(output_bytes_, std::memory_order_relaxed);
  if (job_.output == RunOutput::kText) end_text(file.path());
  if (job_.output == RunOutput::kJson) end_json(file.path());
  buffer_.append(text_);
  buffer_.end_file();
  if (job_.output == RunOutput::kRaw || !job_.print_records || printed_records_ == records_) return;
  job_.report(file.path(),
              unavailable(fmt::format("{} of its {} records are missing: some chunk has more than "
                                      "there is room for",
                                      records_ - printed_records_, records_),
                          "emit fewer per tile, or count them with --no-records"));
}

void RunConsumer::end_text(const std::string& path) {
  const ProgramBounds& bounds = job_.program.bounds();
  const bool counted = bounds.records_per_tile != 0 && !job_.print_records;
  if (bounds.result_words == 0 && bounds.output_per_tile == 0 && !counted) return;
  text_.append(path).push_back(':');
  job_.format.append_text(text_, end_.fold.finish(end_.bytes));
  if (counted) base::append_format(text_, " records={}", records_);
  if (bounds.output_per_tile != 0) base::append_format(text_, " output_bytes={}", output_bytes_);
  text_.push_back('\n');
}

void RunConsumer::end_json(const std::string& path) {
  const ProgramBounds& bounds = job_.program.bounds();
  if (open_) {
    text_.push_back(']');
  } else {
    open_object(path);
    if (bounds.records_per_tile != 0 && job_.print_records) text_.append(",\"records\":[]");
  }
  if (bounds.records_per_tile != 0) base::append_format(text_, ",\"record_count\":{}", records_);
  if (job_.print_records && printed_records_ != records_) {
    text_.append(",\"records_truncated\":true");
  }
  base::append_format(text_, ",\"bytes\":{}", end_.bytes);
  if (bounds.result_words != 0) {
    text_.append(",\"results\":");
    job_.format.append_json(text_, end_.fold.finish(end_.bytes));
  }
  if (bounds.output_per_tile != 0) {
    base::append_format(text_, ",\"output_bytes\":{}", output_bytes_);
  }
  text_.append("}\n");
}

void RunConsumer::end_streamed() {
  if (open_) text_.append("],\"incomplete\":true}\n");
  buffer_.append(text_);
}

void RunConsumer::end_failed(const StreamedFile& file) {
  job_.totals.failed_files.fetch_add(1, std::memory_order_relaxed);
  if (streamed_) end_streamed();
  buffer_.end_file();
  Error told = *end_.error;
  const std::string place =
      end_.fault ? job_.program.place_of(end_.fault->instruction) : std::string();
  if (!place.empty()) told.what += fmt::format(" (it stands at {})", place);
  job_.report(file.path(), told);
}

void RunConsumer::begin() {
  end_.begin();
  text_.clear();
  streamed_ = false;
  open_ = false;
  records_ = 0;
  printed_records_ = 0;
  output_bytes_ = 0;
}

}  // namespace vyre::cli
