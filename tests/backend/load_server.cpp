#include "tests/backend/load_server.hpp"

#include <algorithm>
#include <chrono>

#include "base/check.hpp"
#include "wire/io_slot.hpp"

namespace vyre::backend {

LoadServer::LoadServer(Megakernel& kernel, Resources resources)
    : kernel_(kernel), resources_(std::move(resources)) {
  kernel_.io_queue().begin_service();
  thread_ = std::thread([this] { serve(); });
}

LoadServer::~LoadServer() {
  VYRE_CHECK(kernel_.quiesce());
  stops_ = true;
  thread_.join();
  kernel_.io_queue().end_service();
}

void LoadServer::replace(Resources resources) {
  const std::lock_guard lock(mutex_);
  resources_ = std::move(resources);
}

void LoadServer::serve() {
  while (!stops_) {
    const auto request = holds_ ? std::nullopt : kernel_.io_queue().claim();
    if (request) {
      answer(*request);
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }
}

void LoadServer::answer(const LoadRequest& request) {
  const u32 status = answer_ != 0 ? answer_.load() : bring(request);
  ++served_;
  kernel_.io_queue().complete(request.slot, status);
}

u32 LoadServer::bring(const LoadRequest& request) {
  const std::lock_guard lock(mutex_);
  const auto tenant = resources_.find(request.tenant);
  if (tenant == resources_.end() || request.resource >= tenant->second.size()) {
    return static_cast<u32>(wire::IoStatus::kUnknownResource);
  }
  const std::string& bytes = tenant->second[request.resource];
  if (request.offset > bytes.size() || request.bytes > bytes.size() - request.offset) {
    return static_cast<u32>(wire::IoStatus::kOutOfRange);
  }
  const auto inbox = kernel_.pin_inbox(request.region, request.outcome, request.bytes);
  if (!inbox) return static_cast<u32>(wire::IoStatus::kCancelled);
  std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()) + request.offset, request.bytes,
              inbox->data());
  kernel_.unpin_inbox(request.region);
  return static_cast<u32>(wire::IoStatus::kOk);
}

}  // namespace vyre::backend
