#include "backend/cpu/injector.hpp"

#include <chrono>
#include <cstring>
#include <thread>

namespace vyre::backend {
namespace {

bool begins_with(u64 marker, const kernel::TileView& tile) {
  return tile.length >= sizeof marker && std::memcmp(tile.bytes(), &marker, sizeof marker) == 0;
}

}  // namespace

void Injector::begin_tile(const kernel::TileView& tile) {
  if (lost()) throw WorkerEnds{};
  const bool here = injection_.marker != 0 ? begins_with(injection_.marker, tile)
                                           : tiles_.fetch_add(1) == injection_.at_tile;
  if (!here) return;
  if (may_lose()) lost_.store(true);
  if (may_lose() || injection_.kind == FaultInjection::Kind::kEnd) throw WorkerEnds{};
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

}  // namespace vyre::backend
