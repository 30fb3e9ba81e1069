#include "scan/confirm/line_scanner.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "scan/confirm/newlines.hpp"
#include "scan/report/text_format.hpp"

namespace vyre::scan {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

std::string_view own_bytes(const ChunkView& chunk) {
  return {chunk.bytes.data() + chunk.own_begin, chunk.own_end - chunk.own_begin};
}

}  // namespace

LineScanner::LineScanner(const ScanJob& job, ScanCounters& counters)
    : job_(job),
      counters_(counters),
      out_(job.sink_),
      printer_(job.request_, *job.alternation_, out_) {}

void LineScanner::on_chunk(const ChunkView& chunk) {
  delta_.bytes += chunk.own_end - chunk.own_begin;
  delta_.candidates += chunk.records.size();
  if (chunk.first) begin_file(chunk);
  if (!state_.done && !job_.stopped()) {
    text_.use(chunk.file, &chunk);
    state_.end = chunk.file_offset + chunk.own_end;
    if (utf16_) {
      scan_utf16(chunk.file, own_bytes(chunk), false);
    } else {
      if (job_.every_line_ || chunk.overflow) {
        scan_every_line(chunk);
      } else {
        scan_candidates(chunk);
      }
      end_chunk(chunk);
    }
  }
  publish();
}

void LineScanner::begin_file(const ChunkView& chunk) {
  out_.begin_file(chunk.file);
  state_ = {};
  utf16_.reset();
  const std::string_view front(chunk.bytes.data(), chunk.bytes.size());
  if (front.starts_with(kUtf8Mark)) {
    state_.line_start = state_.counted_to = kUtf8Mark.size();
  } else if (const auto order = Utf16Text::detect(front)) {
    utf16_.emplace(*order);
    transcoded_.clear();
  }
}

void LineScanner::scan_every_line(const ChunkView& chunk) {
  const std::string_view bytes(chunk.bytes.data(), chunk.own_end);
  std::size_t cursor = chunk.own_begin;
  while (cursor < bytes.size() && !state_.done) {
    const std::size_t newline = next_newline(bytes, cursor);
    if (newline == std::string_view::npos) {
      state_.pending = true;
      return;
    }
    decide(chunk.file, &chunk, chunk.file_offset + newline, true);
    cursor = newline + 1;
  }
}

void LineScanner::scan_candidates(const ChunkView& chunk) {
  const std::string_view bytes(chunk.bytes.data(), chunk.own_end);
  std::size_t cursor = chunk.own_begin;
  const auto decide_line_of = [&](std::size_t position) {
    const std::size_t newline = next_newline(bytes, position);
    if (newline == std::string_view::npos) {
      state_.pending = true;
      return false;
    }
    decide(chunk.file, &chunk, chunk.file_offset + newline, true);
    cursor = newline + 1;
    return !state_.done;
  };

  if (state_.pending && !decide_line_of(cursor)) return;
  for (const Record& record : chunk.records) {
    if (record.offset < cursor) continue;
    const std::size_t before = last_newline(bytes, cursor, record.offset);
    if (before != std::string_view::npos) state_.line_start = chunk.file_offset + before + 1;
    if (!decide_line_of(record.offset)) return;
  }
}

// Leaves `line_start` at the line that the next chunk continues, and counts what no later chunk
// can.
void LineScanner::end_chunk(const ChunkView& chunk) {
  if (state_.done) return;
  if (chunk.last) {
    if (state_.pending) decide(chunk.file, &chunk, state_.end, false);
    return;
  }
  const std::string_view bytes(chunk.bytes.data(), chunk.own_end);
  const std::size_t newline = last_newline(bytes, chunk.own_begin, chunk.own_end);
  if (newline != std::string_view::npos) {
    state_.line_start = std::max(state_.line_start, chunk.file_offset + newline + 1);
  }
  if (printer_.needs_number() && state_.counted_to < state_.end) {
    state_.newlines += count_newlines(
        bytes.substr(static_cast<std::size_t>(state_.counted_to - chunk.file_offset)));
    state_.counted_to = state_.end;
  }
}

void LineScanner::decide(const StreamedFile& file, const ChunkView* chunk, std::uint64_t end,
                         bool terminated) {
  const std::uint64_t start = std::exchange(state_.line_start, end + (terminated ? 1 : 0));
  state_.pending = false;
  // The bytes after the last newline are a line only where there are any.
  if (start >= end && !terminated) return;
  const auto text = text_.view(start, end);
  if (!text) {
    fail(file, text.error());
    return;
  }
  if (!matches(*text)) return;
  // No newline lies between the counted bytes and a line that began before them.
  if (printer_.needs_number() && chunk != nullptr && state_.counted_to < start) {
    const auto from = static_cast<std::size_t>(state_.counted_to - chunk->file_offset);
    const auto length = static_cast<std::size_t>(start - state_.counted_to);
    state_.newlines += count_newlines({chunk->bytes.data() + from, length});
    state_.counted_to = start;
  }
  count_match(file, {*text, file.first_offset() + start, state_.newlines + 1, terminated});
}

bool LineScanner::matches(std::string_view line) {
  ++delta_.confirmations;
  return job_.alternation_->Match(line, 0, line.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

void LineScanner::count_match(const StreamedFile& file, const Line& line) {
  ++delta_.matches;
  ++state_.matched_lines;
  if (job_.request_.mode == ScanMode::kFilesOnly) {
    state_.done = true;
  } else {
    printer_.print(file.path(), line);
  }
}

// Every line is tested: the program saw the file's bytes, not its text.
void LineScanner::scan_utf16(const StreamedFile& file, std::string_view own, bool finish) {
  utf16_->append(own, transcoded_);
  if (finish) utf16_->finish(transcoded_);
  std::size_t cursor = 0;
  while (cursor < transcoded_.size() && !state_.done) {
    const std::size_t newline = next_newline(transcoded_, cursor);
    const bool terminated = newline != std::string::npos;
    if (!terminated && !finish) break;
    const std::size_t end = terminated ? newline : transcoded_.size();
    const Line line{std::string_view(transcoded_).substr(cursor, end - cursor),
                    file.first_offset() + state_.line_start + cursor, ++state_.newlines,
                    terminated};
    if (matches(line.text)) count_match(file, line);
    cursor = terminated ? newline + 1 : end;
  }
  state_.line_start += cursor;
  transcoded_.erase(0, cursor);
}

void LineScanner::on_read_error(const StreamedFile& file, const Error& error) {
  report(file, error);
}

void LineScanner::on_file_end(const StreamedFile& file, const Error* error) {
  if (error != nullptr) report(file, *error);
  if (!state_.done && !job_.stopped()) {
    text_.use(file, nullptr);
    if (utf16_) {
      scan_utf16(file, {}, true);
    } else if (state_.pending) {
      decide(file, nullptr, state_.end, false);
    }
  }
  ++delta_.files;
  if (state_.matched_lines > 0) {
    ++delta_.files_with_matches;
    std::string text;
    if (job_.request_.mode == ScanMode::kCount) {
      append_count(text, file.path(), state_.matched_lines);
    } else if (job_.request_.mode == ScanMode::kFilesOnly) {
      text.append(file.path()).push_back('\n');
    }
    out_.append(text);
  }
  delta_.bytes_read_again += text_.take_bytes_read_again();
  publish();
  out_.end_file(file.mark(), std::exchange(file_totals_, {}));
  text_.trim();
  state_ = {};
  utf16_.reset();
}

void LineScanner::publish() {
  counters_.publish(delta_);
  file_totals_ += std::exchange(delta_, {});
}

void LineScanner::fail(const StreamedFile& file, const Error& error) {
  if (!std::exchange(state_.failed, true)) report(file, error);
}

void LineScanner::report(const StreamedFile& file, const Error& error) {
  ++delta_.errors;
  job_.errors_.report(file.path(), error);
  if (!job_.request_.json) return;
  std::string text;
  append_json_error(text, file.path(), error);
  out_.append(text);
}

}  // namespace vyre::scan
