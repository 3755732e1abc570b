// SPDX-License-Identifier: BSD-3-Clause
// The thread's record of its last error, and the names and ST numbers of statuses.
#include "error.h"

#include <array>

#include "common/per_thread.h"

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

constexpr air_error kNoError = {sizeof(air_error), AIR_OK, 0, 0, "", 0, nullptr};

struct LastError {
  air_error view = kNoError;
  std::string message;
  std::vector<std::string> causes;
  std::vector<const char *> cause_texts;
};

constexpr air_error kNoMemory = {
    sizeof(air_error), AIR_ERROR_NO_MEMORY, 800, 0, "out of memory, also for the record of an error", 0, nullptr};

PerThread<LastError> g_last_error;
// Not even the record could be made. Of this model it needs no memory when a thread first looks at it.
[[gnu::tls_model("initial-exec")]] thread_local bool t_unrecorded = false;

// Begins a record that needs no memory; NULL where there is none at all.
LastError *begin_record(air_status status, int32_t vendor_code, const char *message) noexcept {
  LastError *last = g_last_error.get();
  t_unrecorded = last == nullptr;
  if (last != nullptr) {
    last->view = {sizeof(air_error), status, air_status_st_code(status), vendor_code, message, 0, nullptr};
  }
  return last;
}

}  // namespace

void record_last_error(const Error &error) noexcept {
  LastError *last = begin_record(error.status(), error.vendor_code(), "out of memory while recording an error");
  if (last == nullptr) return;
  try {
    last->message = error.what();
    last->causes = error.causes();
    last->cause_texts.clear();
    for (const std::string &cause : last->causes) last->cause_texts.push_back(cause.c_str());
    last->view.message = last->message.c_str();
    last->view.n_causes = static_cast<uint32_t>(last->cause_texts.size());
    last->view.causes = last->cause_texts.data();
  } catch (const std::bad_alloc &) {
    return;  // the status has been recorded
  }
}

void record_no_memory() noexcept {
  begin_record(AIR_ERROR_NO_MEMORY, 0, "out of memory");
}

const air_error *last_error() noexcept {
  if (t_unrecorded) return &kNoMemory;
  const LastError *last = g_last_error.find();
  return last == nullptr ? &kNoError : &last->view;
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
