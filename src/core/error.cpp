// SPDX-License-Identifier: BSD-3-Clause
// The thread's record of its last error, and the names of statuses.
#include "core/error.h"

#include <array>
#include <utility>

#include "core/values/counted.h"
#include "platform/threads/per_thread.h"

namespace air {
namespace {

// In the order of air_status.
constexpr std::array<const char *, AIR_ERROR_CALLBACK + 1> kStatuses = {
    "ok",
    "invalid argument",
    "invalid descriptor",
    "invalid input",
    "not found",
    "invalid model",
    "weights",
    "unsupported",
    "incompatible",
    "run failed",
    "corrupted",
    "timeout",
    "cancelled",
    "busy",
    "permission",
    "no device",
    "no answer",
    "protocol",
    "not initialized",
    "target",
    "link lost",
    "io",
    "no memory",
    "ambiguous",
    "not connected",
    "internal",
    "callback",
};

// An error with its texts. One that was made without memory, because there was none, is nobody's to release.
class ErrorValue : public air_error, public Counted<ErrorValue> {
 public:
  explicit ErrorValue(const Error &error) : air_error{}, text_(error.what()), causes_(error.causes()) {
    for (const std::string &cause : causes_) cause_texts_.push_back(cause.c_str());
    status = error.status();
    vendor_code = error.vendor_code();
    message = text_.c_str();
    n_causes = static_cast<uint32_t>(cause_texts_.size());
    causes = cause_texts_.data();
  }
  ErrorValue(const ErrorValue &) = delete;
  ErrorValue &operator=(const ErrorValue &) = delete;

  static void let_go(const ErrorValue *error) { const std::unique_ptr<const ErrorValue> owned(error); }

 private:
  std::string text_;
  std::vector<std::string> causes_;
  std::vector<const char *> cause_texts_;
};

constexpr air_error kNoError = {AIR_OK, 0, "", 0, nullptr};

template <air_status status>
constexpr air_error kUnrecorded = {status, 0, "out of memory while recording an error", 0, nullptr};
constexpr air_error kNoMemory = {AIR_ERROR_NO_MEMORY, 0, "out of memory", 0, nullptr};

// What stands for an error whose record found no memory: its status, as a value that needs none.
template <size_t... statuses>
constexpr auto unrecorded_errors(std::index_sequence<statuses...>) {
  return std::array<air_error, sizeof...(statuses)>{
      kUnrecorded<static_cast<air_status>(static_cast<int32_t>(statuses))>...};
}
constexpr auto kUnrecordedErrors = unrecorded_errors(std::make_index_sequence<kStatuses.size()>());

bool is_constant(const air_error *error) noexcept {
  return error == nullptr || error == &kNoError || error == &kNoMemory ||
         (error >= kUnrecordedErrors.data() && error < kUnrecordedErrors.data() + kUnrecordedErrors.size());
}

struct LastError {
  Holder<ErrorValue> held;
  const air_error *view = &kNoError;
};

PerThread<LastError> g_last_error;
// Not even the record could be made.
AIR_THREAD_LOCAL const air_error *t_unrecorded = nullptr;

AIR_THREAD_LOCAL uint64_t t_n_set_errors = 0;

void record_constant(const air_error &error) noexcept {
  LastError *last = g_last_error.get();
  t_unrecorded = last == nullptr ? &error : nullptr;
  if (last == nullptr) return;
  last->held.reset();
  last->view = &error;
}

}  // namespace

void record_last_error(const Error &error) noexcept {
  try {
    Holder<ErrorValue> held(new ErrorValue(error));
    LastError *last = g_last_error.get();
    if (last == nullptr) throw std::bad_alloc();
    t_unrecorded = nullptr;
    last->view = held.get();
    last->held = std::move(held);
  } catch (const std::bad_alloc &) {
    const auto status = static_cast<size_t>(error.status());
    record_constant(status < kUnrecordedErrors.size() ? kUnrecordedErrors[status] : kNoMemory);
  }
}

void record_no_memory() noexcept {
  record_constant(kNoMemory);
}

uint64_t n_set_errors() noexcept {
  return t_n_set_errors;
}

const air_error *last_error() noexcept {
  if (t_unrecorded != nullptr) return t_unrecorded;
  const LastError *last = g_last_error.find();
  return last == nullptr ? &kNoError : last->view;
}

}  // namespace air

const char *air_status_name(air_status status) {
  const auto index = static_cast<size_t>(status);
  return index < air::kStatuses.size() ? air::kStatuses[index] : "unknown status";
}

const air_error *air_last_error(void) {
  return air::last_error();
}

const air_error *air_retain_error(const air_error *error) {
  if (!air::is_constant(error)) air::ErrorValue::retain(static_cast<const air::ErrorValue *>(error));
  return error;
}

void air_release_error(const air_error *error) {
  if (!air::is_constant(error)) air::ErrorValue::release(static_cast<const air::ErrorValue *>(error));
}

void air_set_error(air_status status, int32_t vendor_code, const char *message) {
  ++air::t_n_set_errors;
  try {
    air::record_last_error(air::Error(status, message == nullptr ? "" : message, vendor_code));
  } catch (const std::bad_alloc &) {
    air::record_no_memory();
  }
}
