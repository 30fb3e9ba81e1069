#include "doctor/session.hpp"

#include <fmt/format.h>

#include "vyre/session.hpp"

namespace vyre::doctor {

Result<BackendDescription> try_session() {
  auto session =
      Session::open({.rings = 1, .workers = 1, .slots_per_ring = 2, .slot_bytes = 64 * 1024});
  if (!session) return tl::unexpected(std::move(session.error()));
  return session->backend();
}

Row session_row(const Result<BackendDescription>& opened) {
  Row row{.name = "session", .required = true, .evidence = {}, .consequence = {}, .fix = {}};
  if (!opened) {
    row.state = State::kUnavailable;
    row.evidence = opened.error().what;
    row.consequence = "`vyre scan` cannot start";
    row.fix = opened.error().fix;
    return row;
  }
  row.evidence = opened->kind == BackendKind::kCuda
                     ? fmt::format("`--backend auto` is cuda: {}, {}", opened->name, opened->uuid)
                     : "`--backend auto` is cpu";
  if (!opened->reason.empty()) row.evidence += ": " + opened->reason;
  return row;
}

}  // namespace vyre::doctor
