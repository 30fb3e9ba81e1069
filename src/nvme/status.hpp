#pragma once

#include <string>
#include <string_view>

#include "wire/platform.hpp"

namespace vyre::nvme {

/// What a device said of a command: the status field of its completion as Linux hands it on, which
/// is do-not-retry (bit 14), the status code type (bits 8 to 10) and the status code (bits 0 to 7).
/// (NVM Express Base Specification, section "Status Field Definition".)
class DeviceStatus {
 public:
  DeviceStatus() noexcept = default;
  explicit constexpr DeviceStatus(u16 raw) noexcept : raw_(raw) {}

  [[nodiscard]] constexpr u16 raw() const noexcept { return raw_; }
  [[nodiscard]] constexpr bool success() const noexcept { return type() == 0 && code() == 0; }
  [[nodiscard]] constexpr u8 type() const noexcept { return static_cast<u8>((raw_ >> 8) & 7); }
  [[nodiscard]] constexpr u8 code() const noexcept { return static_cast<u8>(raw_ & 0xFF); }
  [[nodiscard]] constexpr bool do_not_retry() const noexcept { return (raw_ & 0x4000) != 0; }

  /// Blocks could not be read or did not hold what their protection says; other blocks may.
  [[nodiscard]] bool is_media_error() const noexcept;
  /// The way to the device failed, or the host took the command back: another attempt may succeed.
  [[nodiscard]] bool is_transient() const noexcept;

  friend bool operator==(DeviceStatus, DeviceStatus) = default;

 private:
  u16 raw_ = 0;
};

/// The specification's name: "LBA Out of Range"; empty where it names none.
std::string_view name_of(DeviceStatus status) noexcept;

/// "Unrecovered Read Error (SCT 2, SC 0x81)", with ", do not retry" where that is set.
std::string to_string(DeviceStatus status);

}  // namespace vyre::nvme
