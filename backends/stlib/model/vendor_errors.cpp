// SPDX-License-Identifier: BSD-3-Clause
// Texts of the error codes of the two ABIs.
#include "stlib/model/vendor_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "stlib/abi/stai.h"

namespace air::stlib {
namespace {

struct CodeText {
  int32_t code;
  const char *text;
};

constexpr CodeText kLegacyTypes[] = {{AI_ERROR_NONE, "none"},
                                     {AI_ERROR_TOOL_PLATFORM_API_MISMATCH, "tool/platform API mismatch"},
                                     {AI_ERROR_TYPES_MISMATCH, "types mismatch"},
                                     {AI_ERROR_INVALID_HANDLE, "invalid handle"},
                                     {AI_ERROR_INVALID_STATE, "invalid state"},
                                     {AI_ERROR_INVALID_INPUT, "invalid input"},
                                     {AI_ERROR_INVALID_OUTPUT, "invalid output"},
                                     {AI_ERROR_INVALID_PARAM, "invalid param"},
                                     {AI_ERROR_INVALID_SIGNATURE, "invalid signature"},
                                     {AI_ERROR_INVALID_SIZE, "invalid size"},
                                     {AI_ERROR_INVALID_VALUE, "invalid value"},
                                     {AI_ERROR_INIT_FAILED, "init failed"},
                                     {AI_ERROR_ALLOCATION_FAILED, "allocation failed"},
                                     {AI_ERROR_DEALLOCATION_FAILED, "deallocation failed"},
                                     {AI_ERROR_CREATE_FAILED, "create failed"}};

constexpr CodeText kLegacyCodes[] = {{AI_ERROR_CODE_NONE, "none"},
                                     {AI_ERROR_CODE_NETWORK, "network"},
                                     {AI_ERROR_CODE_NETWORK_PARAMS, "network params"},
                                     {AI_ERROR_CODE_NETWORK_WEIGHTS, "network weights"},
                                     {AI_ERROR_CODE_NETWORK_ACTIVATIONS, "network activations"},
                                     {AI_ERROR_CODE_LAYER, "layer"},
                                     {AI_ERROR_CODE_TENSOR, "tensor"},
                                     {AI_ERROR_CODE_ARRAY, "array"},
                                     {AI_ERROR_CODE_INVALID_PTR, "invalid pointer"},
                                     {AI_ERROR_CODE_INVALID_SIZE, "invalid size"},
                                     {AI_ERROR_CODE_INVALID_FORMAT, "invalid format"},
                                     {AI_ERROR_CODE_OUT_OF_RANGE, "out of range"},
                                     {AI_ERROR_CODE_INVALID_BATCH, "invalid batch"},
                                     {AI_ERROR_CODE_MISSED_INIT, "missed init"},
                                     {AI_ERROR_CODE_IN_USE, "in use"},
                                     {AI_ERROR_CODE_LOCK, "code lock"}};

#define STAI_CODE(name) \
  { name, #name }
constexpr CodeText kStaiCodes[] = {STAI_CODE(STAI_SUCCESS),
                                   STAI_CODE(STAI_RUNNING_NO_WFE),
                                   STAI_CODE(STAI_RUNNING_WFE),
                                   STAI_CODE(STAI_DONE),
                                   STAI_CODE(STAI_ERROR_GENERIC),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_API_ARGUMENTS),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_CONTEXT_SIZE),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_CONTEXT_ALIGNMENT),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_INFO),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_RUN),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_RUNTIME),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_ACTIVATIONS_PTR),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_ACTIVATIONS_NUM),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_IN_PTR),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_IN_NUM),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_OUT_PTR),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_OUT_NUM),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_STATES_PTR),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_STATES_NUM),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_WEIGHTS_PTR),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_WEIGHTS_NUM),
                                   STAI_CODE(STAI_ERROR_NETWORK_INVALID_CALLBACK),
                                   STAI_CODE(STAI_ERROR_NOT_IMPLEMENTED),
                                   STAI_CODE(STAI_ERROR_INVALID_BUFFER_ALIGNMENT),
                                   STAI_CODE(STAI_ERROR_NETWORK_STILL_RUNNING),
                                   STAI_CODE(STAI_ERROR_STAI_INIT_FAILED),
                                   STAI_CODE(STAI_ERROR_STAI_DEINIT_FAILED)};
#undef STAI_CODE

template <size_t N>
const char *find_text(const CodeText (&table)[N], uint32_t code) {
  const auto *found = std::find_if(std::begin(table), std::end(table),
                                   [code](const CodeText &entry) { return static_cast<uint32_t>(entry.code) == code; });
  return found == std::end(table) ? "unknown" : found->text;
}

}  // namespace

std::string legacy_error_text(ai_error error) {
  const uint32_t type = error.type;
  const uint32_t code = error.code;
  return fmt::format("type=\"{}\"(0x{:02x}), code=\"{}\"(0x{:02x})", find_text(kLegacyTypes, type), type,
                     find_text(kLegacyCodes, code), code);
}

int32_t legacy_error_word(ai_error error) noexcept {
  return static_cast<int32_t>(error.type | (error.code << 8));
}

std::string stai_error_text(int32_t code) {
  const auto word = static_cast<uint32_t>(code);
  return fmt::format("{} (0x{:06x})", find_text(kStaiCodes, word), word);
}

}  // namespace air::stlib
