#include "nvme/status.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vyre::nvme {
namespace {

enum StatusType : u8 { kGeneric = 0, kCommandSpecific = 1, kMedia = 2, kPath = 3 };

struct NamedStatus {
  u8 type;
  u8 code;
  std::string_view name;
};

// NVM Express Base Specification, figures "Generic Command Status Values", "Path Related Status
// Values"; NVM Command Set Specification, the values of that command set.
constexpr NamedStatus kNames[] = {
    {kGeneric, 0x00, "Successful Completion"},
    {kGeneric, 0x01, "Invalid Command Opcode"},
    {kGeneric, 0x02, "Invalid Field in Command"},
    {kGeneric, 0x03, "Command ID Conflict"},
    {kGeneric, 0x04, "Data Transfer Error"},
    {kGeneric, 0x05, "Commands Aborted due to Power Loss Notification"},
    {kGeneric, 0x06, "Internal Error"},
    {kGeneric, 0x07, "Command Abort Requested"},
    {kGeneric, 0x08, "Command Aborted due to SQ Deletion"},
    {kGeneric, 0x09, "Command Aborted due to Failed Fused Command"},
    {kGeneric, 0x0A, "Command Aborted due to Missing Fused Command"},
    {kGeneric, 0x0B, "Invalid Namespace or Format"},
    {kGeneric, 0x0C, "Command Sequence Error"},
    {kGeneric, 0x0D, "Invalid SGL Segment Descriptor"},
    {kGeneric, 0x0E, "Invalid Number of SGL Descriptors"},
    {kGeneric, 0x0F, "Data SGL Length Invalid"},
    {kGeneric, 0x10, "Metadata SGL Length Invalid"},
    {kGeneric, 0x11, "SGL Descriptor Type Invalid"},
    {kGeneric, 0x12, "Invalid Use of Controller Memory Buffer"},
    {kGeneric, 0x13, "PRP Offset Invalid"},
    {kGeneric, 0x14, "Atomic Write Unit Exceeded"},
    {kGeneric, 0x15, "Operation Denied"},
    {kGeneric, 0x16, "SGL Offset Invalid"},
    {kGeneric, 0x18, "Host Identifier Inconsistent Format"},
    {kGeneric, 0x19, "Keep Alive Timer Expired"},
    {kGeneric, 0x1A, "Keep Alive Timeout Invalid"},
    {kGeneric, 0x1B, "Command Aborted due to Preempt and Abort"},
    {kGeneric, 0x1C, "Sanitize Failed"},
    {kGeneric, 0x1D, "Sanitize In Progress"},
    {kGeneric, 0x1E, "SGL Data Block Granularity Invalid"},
    {kGeneric, 0x1F, "Command Not Supported for Queue in CMB"},
    {kGeneric, 0x20, "Namespace is Write Protected"},
    {kGeneric, 0x21, "Command Interrupted"},
    {kGeneric, 0x22, "Transient Transport Error"},
    {kGeneric, 0x80, "LBA Out of Range"},
    {kGeneric, 0x81, "Capacity Exceeded"},
    {kGeneric, 0x82, "Namespace Not Ready"},
    {kGeneric, 0x83, "Reservation Conflict"},
    {kGeneric, 0x84, "Format In Progress"},
    {kCommandSpecific, 0x80, "Conflicting Attributes"},
    {kCommandSpecific, 0x81, "Invalid Protection Information"},
    {kCommandSpecific, 0x82, "Attempted Write to Read Only Range"},
    {kCommandSpecific, 0x83, "Command Size Limit Exceeded"},
    {kMedia, 0x80, "Write Fault"},
    {kMedia, 0x81, "Unrecovered Read Error"},
    {kMedia, 0x82, "End-to-end Guard Check Error"},
    {kMedia, 0x83, "End-to-end Application Tag Check Error"},
    {kMedia, 0x84, "End-to-end Reference Tag Check Error"},
    {kMedia, 0x85, "Compare Failure"},
    {kMedia, 0x86, "Access Denied"},
    {kMedia, 0x87, "Deallocated or Unwritten Logical Block"},
    {kPath, 0x00, "Internal Path Error"},
    {kPath, 0x01, "Asymmetric Access Persistent Loss"},
    {kPath, 0x02, "Asymmetric Access Inaccessible"},
    {kPath, 0x03, "Asymmetric Access Transition"},
    {kPath, 0x60, "Controller Pathing Error"},
    {kPath, 0x70, "Host Pathing Error"},
    {kPath, 0x71, "Command Aborted By Host"},
};

constexpr u8 kCommandInterrupted = 0x21;
constexpr u8 kTransientTransportError = 0x22;
constexpr u8 kNamespaceNotReady = 0x82;

}  // namespace

bool DeviceStatus::is_media_error() const noexcept { return type() == kMedia; }

bool DeviceStatus::is_transient() const noexcept {
  if (success() || do_not_retry()) return false;
  if (type() == kPath) return true;
  return type() == kGeneric && (code() == kCommandInterrupted ||
                                code() == kTransientTransportError || code() == kNamespaceNotReady);
}

std::string_view name_of(DeviceStatus status) noexcept {
  const auto* const found =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const NamedStatus& named) {
        return named.type == status.type() && named.code == status.code();
      });
  return found == std::end(kNames) ? std::string_view{} : found->name;
}

std::string to_string(DeviceStatus status) {
  const std::string_view name = name_of(status);
  return fmt::format("{} (SCT {}, SC {:#04x}{})", name.empty() ? "unnamed status" : name,
                     status.type(), status.code(), status.do_not_retry() ? ", do not retry" : "");
}

}  // namespace vyre::nvme
