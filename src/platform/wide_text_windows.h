// SPDX-License-Identifier: BSD-3-Clause
// Text for and from Windows, which has it as UTF-16; here it is UTF-8 everywhere. And what Windows tells of its errors.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace air {

// What is no character becomes U+FFFD.
std::wstring wide(std::string_view text);
std::string narrow(std::wstring_view text);

// What Windows says of a number from GetLastError() or WSAGetLastError(), without a full stop; its number where it says nothing.
std::string system_error_text(unsigned long code);

// As an errno where one means the same, else Windows' own number and text. std::system_category() gives texts of the code page.
std::error_code system_error(unsigned long code) noexcept;

// The errno that means the same; EIO where there is none.
int errno_of(unsigned long code) noexcept;

}  // namespace air
