// SPDX-License-Identifier: BSD-3-Clause
// Serial ports that are on USB: asks the manager of devices for their identity.
#include <windows.h>

#include "platform/ports/usb_serial_ports.h"
// After windows.h:
#include <cfgmgr32.h>
#include <setupapi.h>

#include <algorithm>
#include <array>
#include <cwctype>
#include <string_view>
#include <utility>

#include "common/numbers.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

namespace fs = std::filesystem;

// Written out: the headers of mingw-w64 declare them, and no library there defines them.
constexpr GUID kComPorts = {0x86e0d1e0, 0x8089, 0x11d0, {0x9c, 0xe4, 0x08, 0x00, 0x3e, 0x30, 0x1f, 0x73}};
constexpr DEVPROPKEY kProductByUsb = {{0x540b947e, 0x8b40, 0x45bc, {0xa8, 0xa2, 0x6a, 0x0b, 0x89, 0x4c, 0xbd, 0xa2}},
                                      4};

// All devices that offer a serial port.
class Devices {
 public:
  Devices() noexcept
      : set_(SetupDiGetClassDevsW(&kComPorts, nullptr, nullptr, DIGCF_PRESENT | DIGCF_DEVICEINTERFACE)) {}
  ~Devices() {
    if (set_ != INVALID_HANDLE_VALUE) SetupDiDestroyDeviceInfoList(set_);
  }
  Devices(const Devices &) = delete;
  Devices &operator=(const Devices &) = delete;

  bool get(DWORD number, SP_DEVINFO_DATA &device) const noexcept {
    device.cbSize = sizeof(device);
    return set_ != INVALID_HANDLE_VALUE && SetupDiEnumDeviceInfo(set_, number, &device) != 0;
  }
  HDEVINFO set() const noexcept { return set_; }

 private:
  HDEVINFO set_;
};

using Text = std::array<wchar_t, 512>;

std::string text_in(const Text &text) {
  return printable(narrow(text.data()));
}

std::string property(const Devices &devices, SP_DEVINFO_DATA device, DWORD which) {
  Text text{};
  const DWORD size = sizeof(text) - sizeof(wchar_t);
  SetupDiGetDeviceRegistryPropertyW(devices.set(), &device, which, nullptr, reinterpret_cast<BYTE *>(text.data()), size,
                                    nullptr);
  return text_in(text);
}

// What USB says itself; Windows' own name is the driver's.
std::string product_of(const Devices &devices, SP_DEVINFO_DATA device) {
  Text text{};
  DEVPROPTYPE type{};
  const DWORD size = sizeof(text) - sizeof(wchar_t);
  SetupDiGetDevicePropertyW(devices.set(), &device, &kProductByUsb, &type, reinterpret_cast<BYTE *>(text.data()), size,
                            nullptr, 0);
  return text[0] != 0 ? text_in(text) : property(devices, device, SPDRP_DEVICEDESC);
}

// "COM5"; "" where it has no such name.
std::string name_of(const Devices &devices, SP_DEVINFO_DATA device) {
  const HKEY key = SetupDiOpenDevRegKey(devices.set(), &device, DICS_FLAG_GLOBAL, 0, DIREG_DEV, KEY_QUERY_VALUE);
  if (key == INVALID_HANDLE_VALUE) return "";
  Text text{};
  DWORD size = sizeof(text) - sizeof(wchar_t);
  RegQueryValueExW(key, L"PortName", nullptr, nullptr, reinterpret_cast<BYTE *>(text.data()), &size);
  RegCloseKey(key);
  return text_in(text);
}

// "USB\VID_0483&PID_374B&MI_02\6&2B3F&0&0002"
std::string id_of(DEVINST device) {
  Text text{};
  CM_Get_Device_IDW(device, text.data(), static_cast<ULONG>(text.size() - 1), 0);
  return text_in(text);
}

std::optional<uint32_t> number_behind(std::string_view id, std::string_view mark) {
  const size_t at = id.find(mark);
  return at == std::string_view::npos ? std::nullopt : number_in<uint32_t>(id.substr(at + mark.size(), 4), 16);
}

// What stands behind the last backslash, unless Windows has made it up, which has an '&' then.
std::string serial_number_in(const std::string &id) {
  const std::string text = id.substr(id.rfind('\\') + 1);
  return text.find('&') == std::string::npos ? text : "";
}

// A function of a device of several has its identity, but the device alone has the serial number.
std::string serial_number_of(DEVINST device, const std::string &id) {
  DEVINST parent = 0;
  const bool is_part = id.find("&MI_") != std::string::npos && CM_Get_Parent(&parent, device, 0) == CR_SUCCESS;
  return serial_number_in(is_part ? id_of(parent) : id);
}

std::optional<UsbSerialPort> identify(const Devices &devices, const SP_DEVINFO_DATA &device) {
  const std::string id = id_of(device.DevInst);
  const auto vendor = number_behind(id, "VID_");
  const auto product = number_behind(id, "PID_");
  std::string name = name_of(devices, device);
  if (!vendor || !product || name.empty()) return std::nullopt;
  return UsbSerialPort{std::move(name),
                       *vendor,
                       *product,
                       property(devices, device, SPDRP_MFG),
                       product_of(devices, device),
                       serial_number_of(device.DevInst, id)};
}

// Also "\\.\COM5" and "com5".
bool is_same_port(std::string_view one, std::string_view other) {
  constexpr std::string_view kDevices = "\\\\.\\";
  if (one.starts_with(kDevices)) one.remove_prefix(kDevices.size());
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](char a, char b) {
    return std::towupper(static_cast<wint_t>(a)) == std::towupper(static_cast<wint_t>(b));
  });
}

}  // namespace

std::vector<UsbSerialPort> usb_serial_ports(const fs::path &, const fs::path &) {
  const Devices devices;
  std::vector<UsbSerialPort> ports;
  SP_DEVINFO_DATA device{};
  for (DWORD i = 0; devices.get(i, device); ++i) {
    if (auto port = identify(devices, device)) ports.push_back(std::move(*port));
  }
  return ports;
}

std::optional<UsbSerialPort> usb_serial_port(const fs::path &device, const fs::path &sysfs) {
  const std::string name = text_of(device);
  for (UsbSerialPort &port : usb_serial_ports(sysfs, {})) {
    if (is_same_port(name, port.device)) return std::move(port);
  }
  return std::nullopt;
}

}  // namespace air
