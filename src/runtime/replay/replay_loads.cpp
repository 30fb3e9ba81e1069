#include "runtime/replay/replay_loads.hpp"

#include <fmt/format.h>

#include <utility>

#include "runtime/replay/log_checks.hpp"
#include "wire/io_slot.hpp"

namespace vyre::runtime::replay {
namespace {

constexpr u32 status_of(wire::IoStatus status) { return static_cast<u32>(status); }

std::string text_of(u32 handle, u64 length, u64 offset) {
  return fmt::format("{} bytes of resource {} from offset {}", length, handle, offset);
}

std::string text_of(const LoadRecord& load) {
  return text_of(load.handle, load.length, load.offset);
}

std::string text_of(const backend::LoadRequest& request) {
  return text_of(request.resource, request.bytes, request.offset);
}

}  // namespace

std::string ReplayLoads::take(ResourceRecord resource) {
  const bool tenant = resource.tenant < resources_.size();
  std::string wrong = what_is_wrong(resource, tenant ? resources_[resource.tenant].size() : 0);
  if (wrong.empty()) resources_[resource.tenant].push_back(std::move(resource.file));
  return wrong;
}

std::string ReplayLoads::take(const LoadRecord& load, std::size_t places) {
  std::vector<u64>& positions = known_[load.number];
  if (known_.size() > places) return "loads of more slots than the session has";
  // The slot was begun once more.
  if (load.load == 0) positions.clear();
  if (load.load != positions.size()) {
    return fmt::format("load {} of slot {}, of which there are {}", load.load, load.number,
                       positions.size());
  }
  positions.push_back(log_.position());
  return {};
}

std::optional<u64> ReplayLoads::slot_left() const {
  if (known_.empty()) return std::nullopt;
  return known_.begin()->first;
}

void ReplayLoads::begin(u32 lane, const SlotRecord& slot, bool whole) {
  if (runs_.size() <= lane) runs_.resize(lane + 1);
  runs_[lane] = {.number = slot.number, .tenant = slot.tenant, .whole = whole};
  if (auto known = known_.extract(slot.number)) runs_[lane].positions = std::move(known.mapped());
}

u32 ReplayLoads::answer(u32 lane, const backend::LoadRequest& request, std::span<std::byte> inbox) {
  Run& run = runs_.at(lane);
  const auto cancel = [&run](std::string why) {
    if (!why.empty()) run.difference = LoadDifference{run.next, std::move(why)};
    return status_of(wire::IoStatus::kCancelled);
  };
  if (run.difference || !status_) return cancel({});
  if (run.next == run.positions.size()) {
    return cancel(run.whole ? "none recorded, " + text_of(request) + " now" : std::string());
  }
  LoadRecord record;
  status_ = read(run, run.next, record);
  if (!status_) return cancel({});
  if (std::string differs = compare(run, record, request, inbox); !differs.empty()) {
    return cancel(std::move(differs));
  }
  ++run.next;
  ++answered_;
  return record.status;
}

Status ReplayLoads::read(const Run& run, u64 load, LoadRecord& record) {
  const u64 position = run.positions[load];
  if (Status status = log_.again(position, record); !status) return status;
  if (record.number == run.number && record.load == load) return {};
  return tl::unexpected(log_.changed(position));
}

std::string ReplayLoads::compare(const Run& run, const LoadRecord& record,
                                 const backend::LoadRequest& request, std::span<std::byte> inbox) {
  if (record.handle != request.resource || record.length != request.bytes ||
      record.offset != request.offset) {
    return fmt::format("{} recorded, {} now", text_of(record), text_of(request));
  }
  if (record.status != status_of(wire::IoStatus::kOk)) return {};
  const Status filled = reader_.fill(record, resource(run.tenant, record.handle), inbox);
  if (filled) return {};
  return fmt::format("{}: {}", text_of(record), filled.error().what);
}

const RecordedFile* ReplayLoads::resource(u32 tenant, u32 handle) const {
  if (tenant >= resources_.size() || handle >= resources_[tenant].size()) return nullptr;
  return &resources_[tenant][handle];
}

Result<std::optional<LoadDifference>> ReplayLoads::end(u32 lane) {
  const Run run = std::exchange(runs_.at(lane), {});
  if (!status_) return tl::unexpected(status_.error());
  if (run.difference || !run.whole || run.next == run.positions.size()) return run.difference;
  LoadRecord record;
  if (Status status = read(run, run.next, record); !status) return tl::unexpected(status.error());
  return LoadDifference{run.next, text_of(record) + " recorded, none now"};
}

}  // namespace vyre::runtime::replay
