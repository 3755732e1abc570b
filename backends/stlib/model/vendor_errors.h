// SPDX-License-Identifier: BSD-3-Clause
// Texts of the error codes of the two ABIs.
#pragma once

#include <cstdint>
#include <string>

#include "stlib/abi/legacy.h"

namespace air::stlib {

inline bool is_error(ai_error error) noexcept {
  return error.type != AI_ERROR_NONE || error.code != AI_ERROR_CODE_NONE;
}
inline bool is_stai_error(int32_t code) noexcept {
  return code < 0 || code >= 0x020000;
}

// `type="init failed"(0x30), code="network weights"(0x12)`.
std::string legacy_error_text(ai_error error);
// The word the library returned.
int32_t legacy_error_word(ai_error error) noexcept;

// "STAI_ERROR_NETWORK_INVALID_IN_PTR (0x040010)".
std::string stai_error_text(int32_t code);

}  // namespace air::stlib
