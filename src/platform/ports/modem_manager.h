// SPDX-License-Identifier: BSD-3-Clause
// ModemManager, a service of desktops: sends modem commands through each serial port that appears, unless it was told to leave it alone.
#pragma once

#include <filesystem>

namespace air {

// `proc` is where Linux tells of processes.
bool modem_manager_runs(const std::filesystem::path &proc);

// By a rule of udev, which keeps what its rules say in the folder `udev`.
bool modem_manager_ignores(const std::filesystem::path &device, const std::filesystem::path &sysfs,
                           const std::filesystem::path &udev);

}  // namespace air
