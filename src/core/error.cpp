// SPDX-License-Identifier: BSD-3-Clause
// The thread's record of its last error, and the names and ST numbers of statuses.
#include "error.h"

#include <array>

namespace air {
namespace {

struct StatusText {
  const char *name;
  int32_t st_code;
};

// In the order of air_status. ST's numbers: 801 I/O, 803 message, 804 parameter, 805 model, 810 not connected, 800 the rest.
constexpr std::array<StatusText, AIR_ERROR_INTERNAL + 1> kStatuses = {{
    {"ok", 0},
    {"invalid argument", 804},
    {"invalid descriptor", 801},
    {"invalid input", 804},
    {"not found", 801},
    {"invalid model", 801},
    {"weights", 801},
    {"unsupported", 800},
    {"incompatible", 801},
    {"run failed", 800},
    {"corrupted", 800},
    {"timeout", 801},
    {"cancelled", 800},
    {"busy", 801},
    {"permission", 801},
    {"no device", 801},
    {"no answer", 801},
    {"protocol", 803},
    {"not initialized", 805},
    {"target", 801},
    {"link lost", 801},
    {"io", 801},
    {"no memory", 800},
    {"ambiguous", 801},
    {"not connected", 810},
    {"internal", 800},
}};

struct LastError {
  air_error view = {sizeof(air_error), AIR_OK, 0, 0, "", 0, nullptr};
  std::string message;
  std::vector<std::string> causes;
  std::vector<const char *> cause_texts;
};

thread_local LastError t_last_error;

}  // namespace

void record_last_error(const Error &error) noexcept {
  LastError &last = t_last_error;
  last.view.status = error.status();
  last.view.st_code = air_status_st_code(error.status());
  last.view.vendor_code = error.vendor_code();
  try {
    last.message = error.what();
    last.causes = error.causes();
    last.cause_texts.clear();
    for (const std::string &cause : last.causes) last.cause_texts.push_back(cause.c_str());
    last.view.message = last.message.c_str();
    last.view.n_causes = static_cast<uint32_t>(last.cause_texts.size());
    last.view.causes = last.cause_texts.data();
  } catch (const std::bad_alloc &) {
    last.view.message = "out of memory while recording an error";
    last.view.n_causes = 0;
    last.view.causes = nullptr;
  }
}

const air_error *last_error() noexcept {
  return &t_last_error.view;
}

}  // namespace air

const char *air_status_name(air_status status) {
  const auto index = static_cast<size_t>(status);
  return index < air::kStatuses.size() ? air::kStatuses[index].name : "unknown status";
}

int32_t air_status_st_code(air_status status) {
  const auto index = static_cast<size_t>(status);
  return index < air::kStatuses.size() ? air::kStatuses[index].st_code : 800;
}

const air_error *air_last_error(void) {
  return air::last_error();
}
