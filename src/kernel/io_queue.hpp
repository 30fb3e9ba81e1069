#pragma once

#include "kernel/context.hpp"
#include "wire/atomics.hpp"

// The workers' side of the io queue: who waits, who has an io slot, who may go on.
//
// A worker that parks a slot puts it on the stack `incoming` and is done with it. Whoever finds
// something to move takes the lock, if nobody has it, and moves the queue on: requests from the
// stack to the end of those that wait, io slots that the host has completed back to free, requests
// that wait into free io slots, oldest first. Nobody waits for the lock.
//
// No request is lost. Each reason to move the queue on is a word that stays until it has been moved
// on (`incoming`, `runnable_first`, the host's `completed` against ours), and a worker neither
// sleeps nor leaves while it sees one: see wants_moving(). Who makes such a reason is a worker,
// which is awake, or the host, which rings the doorbell after it. Between them nothing else is
// needed: the moves leave no request waiting beside a free io slot.
//
// Ownership: an io slot's words are the host's from PUBLISHED to OK or ERROR. The inbox is the
// kernel's and the host's from the park until the slot goes on.
namespace vyre::kernel {

VYRE_HOST_DEVICE inline Park& park_of(const Context& context, u32 link) {
  const u32 destination = destination_of(link);
  return context.regions[wire::io_destination_region(destination)]
      .parks[wire::io_destination_outcome(destination)];
}

/// Slots wait for I/O; a drain is not over.
VYRE_HOST_DEVICE inline bool any_parked(const Context& context) {
  return wire::load_acquire(&context.io.state->parked) != 0;
}

/// True where the queue has to be moved on, or a slot may go on. One load where nothing is parked.
VYRE_HOST_DEVICE inline bool wants_moving(const IoView& io) {
  const IoState& state = *io.state;
  if (wire::load_acquire(&state.parked) == 0) return false;
  return wire::load_acquire(&state.incoming) != 0 ||
         wire::load_acquire(&state.runnable_first) != kNoLink ||
         wire::load_acquire(&io.header->completed) != wire::load_acquire(&state.completed);
}

/// Puts a slot, whose Park is whole, on the stack. It may be taken up at once: its worker touches
/// nothing of it any more.
VYRE_HOST_DEVICE inline void push_request(const Context& context, u32 destination) {
  IoState& state = *context.io.state;
  wire::fetch_add(&state.parked, 1);
  Park& park = park_of(context, link_of(destination));
  u32 first;
  do {
    first = wire::load_acquire(&state.incoming);
    park.next = first;
  } while (!wire::compare_exchange(&state.incoming, first, link_of(destination)));
}

// The rest is for who holds the lock.

VYRE_HOST_DEVICE inline void append_link(const Context& context, u32& first, u32& last, u32 link) {
  park_of(context, link).next = kNoLink;
  if (first == kNoLink) {
    last = link;
    wire::store_release_to_workers(&first, link);
  } else {
    park_of(context, last).next = link;
    last = link;
  }
}

VYRE_HOST_DEVICE inline u32 take_link(const Context& context, u32& first) {
  const u32 link = first;
  if (link != kNoLink) wire::store_release_to_workers(&first, park_of(context, link).next);
  return link;
}

/// Takes the whole stack, whose newest is first, to the end of those that wait.
VYRE_HOST_DEVICE inline void take_incoming(const Context& context) {
  IoState& state = *context.io.state;
  u32 link = wire::load_acquire(&state.incoming);
  while (link != kNoLink && !wire::compare_exchange(&state.incoming, link, kNoLink)) {
    link = wire::load_acquire(&state.incoming);
  }
  u32 oldest = kNoLink;
  while (link != kNoLink) {
    Park& park = park_of(context, link);
    const u32 next = park.next;
    park.next = oldest;
    oldest = link;
    link = next;
  }
  while (oldest != kNoLink) {
    const u32 next = park_of(context, oldest).next;
    append_link(context, state.waiting_first, state.waiting_last, oldest);
    oldest = next;
  }
}

VYRE_HOST_DEVICE inline void make_runnable(const Context& context, u32 link, u32 status) {
  IoState& state = *context.io.state;
  park_of(context, link).status = status;
  append_link(context, state.runnable_first, state.runnable_last, link);
}

/// Frees the io slots whose requests are over. The word `completed` is read before them: what
/// changes later changes it again.
VYRE_HOST_DEVICE inline void take_completed(const Context& context) {
  const IoView& io = context.io;
  IoState& state = *io.state;
  const u32 completed = wire::load_acquire(&io.header->completed);
  if (completed == state.completed) return;
  for (u32 i = 0; i < wire::kIoSlots; ++i) {
    if ((state.busy >> i & 1) == 0) continue;
    wire::IoSlot& slot = io.slots[i];
    const u32 status = wire::load_acquire(&slot.status);
    const bool ok = status == static_cast<u32>(wire::IoSlotStatus::kOk);
    if (!ok && status != static_cast<u32>(wire::IoSlotStatus::kError)) continue;
    const u32 result = ok ? static_cast<u32>(wire::IoStatus::kOk) : slot.bytes;
    wire::store_release(&slot.status, static_cast<u32>(wire::IoSlotStatus::kFree));
    state.busy &= ~(static_cast<u64>(1) << i);
    make_runnable(context, state.owners[i], result);
  }
  wire::store_release_to_workers(&state.completed, completed);
}

VYRE_HOST_DEVICE inline void publish_request(wire::IoSlot& slot, u32 link,
                                             const IoRequest& request) {
  slot.operation = static_cast<u32>(wire::IoOperation::kRead);
  slot.source = request.source;
  slot.destination = destination_of(link);
  slot.offset_low = static_cast<u32>(request.offset);
  slot.offset_high = static_cast<u32>(request.offset >> 32);
  slot.bytes = request.bytes;
  ++slot.tag;
  wire::store_release(&slot.status, static_cast<u32>(wire::IoSlotStatus::kPublished));
}

/// Moves requests that wait into free io slots; where nobody serves them they are cancelled. True
/// where the host has something new.
VYRE_HOST_DEVICE inline bool publish_waiting(const Context& context) {
  const IoView& io = context.io;
  IoState& state = *io.state;
  const bool served = wire::load_acquire(&io.header->served) != 0;
  bool published = false;
  for (u32 i = 0; state.waiting_first != kNoLink; ++i) {
    if (!served) {
      make_runnable(context, take_link(context, state.waiting_first),
                    static_cast<u32>(wire::IoStatus::kCancelled));
      continue;
    }
    while (i < wire::kIoSlots && (state.busy >> i & 1) != 0) ++i;
    if (i >= wire::kIoSlots) break;
    const u32 link = take_link(context, state.waiting_first);
    state.owners[i] = link;
    state.busy |= static_cast<u64>(1) << i;
    publish_request(io.slots[i], link, park_of(context, link).request);
    published = true;
  }
  return published;
}

/// Moves the queue on; the platform wakes the host where there is something new for it.
template <class Platform>
VYRE_HOST_DEVICE void move_requests(const Context& context, Platform& platform) {
  take_incoming(context);
  take_completed(context);
  if (publish_waiting(context)) platform.io_published(context.io);
}

/// A slot that may go on, which is then the caller's; kNoLink where there is none, or another is
/// looking.
template <class Platform>
VYRE_HOST_DEVICE u32 take_runnable(const Context& context, Platform& platform) {
  IoState& state = *context.io.state;
  if (!wants_moving(context.io)) return kNoLink;
  if (!wire::compare_exchange(&state.lock, 0, 1)) return kNoLink;
  move_requests(context, platform);
  const u32 link = take_link(context, state.runnable_first);
  if (link != kNoLink) wire::fetch_add(&state.parked, 0u - 1);
  wire::store_release_to_workers(&state.lock, 0);
  return link;
}

}  // namespace vyre::kernel
