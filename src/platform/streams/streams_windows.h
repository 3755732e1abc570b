// SPDX-License-Identifier: BSD-3-Clause
// What the files about standard streams have in common.
#pragma once

#include "platform/files/file_handle.h"

namespace air {

// By their numbers in the C library, which follows when one is led elsewhere.
constexpr int kStandardInput = 0, kStandardOutput = 1, kStandardError = 2;

// The number of Windows' handle that a stream leads to; -1: it is closed.
int stream_handle(int stream) noexcept;

// A handle of one's own.
FileHandle copy_of_stream(int stream) noexcept;

// From now on the stream leads where the handle does, which its holder keeps.
void lead_stream(int stream, int handle) noexcept;

// Whether it leads to a console, not just to some device.
bool is_console(int stream) noexcept;

}  // namespace air
