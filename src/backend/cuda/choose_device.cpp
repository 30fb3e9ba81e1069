#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "backend/cuda/cuda_devices.hpp"
#include "base/append_format.hpp"

namespace vyre::backend {
namespace {

std::string list_text(const std::vector<CudaDevice>& devices) {
  std::string text;
  for (const CudaDevice& device : devices) {
    base::append_format(text, "{}{} ({}, {})", text.empty() ? "" : "; ", device.index, device.name,
                        device.uuid);
  }
  return text;
}

tl::unexpected<Error> refused(std::string what, const std::vector<CudaDevice>& devices) {
  return tl::unexpected(invalid_argument(
      std::move(what), "name one of these by index or UUID: " + list_text(devices)));
}

bool is_number(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<CudaDevice> with_index(const std::vector<CudaDevice>& devices, std::string_view wanted) {
  int index = -1;
  const auto parsed = std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
  if (parsed.ec == std::errc()) {
    for (const CudaDevice& device : devices) {
      if (device.index == index) return device;
    }
  }
  return refused(fmt::format("there is no CUDA device {}", wanted), devices);
}

Result<CudaDevice> with_uuid(const std::vector<CudaDevice>& devices, std::string_view wanted) {
  const CudaDevice* found = nullptr;
  for (const CudaDevice& device : devices) {
    if (device.uuid == wanted) return device;
    if (!device.uuid.starts_with(wanted)) continue;
    if (found != nullptr) {
      return refused(fmt::format("'{}' begins the UUID of more than one CUDA device", wanted),
                     devices);
    }
    found = &device;
  }
  if (found != nullptr) return *found;
  return refused(fmt::format("no CUDA device has a UUID that begins with '{}'", wanted), devices);
}

}  // namespace

Result<CudaDevice> choose_cuda_device(const std::vector<CudaDevice>& devices,
                                      std::string_view wanted) {
  if (devices.empty()) {
    return tl::unexpected(unavailable("there is no CUDA device to choose from",
                                      "see what `vyre doctor` says of backend:cuda"));
  }
  if (wanted.empty()) return devices.front();
  return is_number(wanted) ? with_index(devices, wanted) : with_uuid(devices, wanted);
}

}  // namespace vyre::backend
