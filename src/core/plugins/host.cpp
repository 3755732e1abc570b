// SPDX-License-Identifier: BSD-3-Clause
// The services that the library offers to plugins, and the way back for the errors they record.
#include "core/plugins/host.h"

#include <chrono>
#include <optional>

#include "common/utf8.h"
#include "core/log.h"
#include "platform/threads/per_thread.h"

namespace air {
namespace {

// What the backend said during the current call of this thread.
struct Said {
  std::optional<Error> error;
  bool lost = false;  // there was no memory for it
};

PerThread<Said> g_said;

// Whatever a backend says is text, and no more than somebody reads.
std::string readable(const char *text) {
  constexpr size_t kMost = 4096;
  const std::string_view whole = text == nullptr ? "" : text;
  return valid_utf8(cut(whole, kMost)) + (whole.size() > kMost ? "..." : "");
}

void set_error(air_status status, int32_t vendor_code, const char *message) {
  Said *said = g_said.get();
  if (said == nullptr) return;
  try {
    said->error.emplace(status, readable(message), vendor_code);
  } catch (const std::bad_alloc &) {
    said->error.reset();
    said->lost = true;
  }
}

void add_cause(const char *text) {
  Said *said = g_said.find();
  if (said == nullptr || !said->error || text == nullptr) return;
  try {
    said->error->add_cause(readable(text));
  } catch (const std::bad_alloc &) {
    return;  // the error itself stays
  }
}

void write_log(void *log, air_log_level level, const char *message) {
  if (log != nullptr && message != nullptr) static_cast<const Log *>(log)->write(level, message);
}

air_log_level log_level(const void *log) {
  return log == nullptr ? AIR_LOG_DEFAULT : static_cast<const Log *>(log)->level();
}

constexpr air_host kHost = {
    .struct_size = sizeof(air_host),
    .reserved = 0,
    .now_ns = now_ns,
    .set_error = set_error,
    .add_cause = add_cause,
    .log = write_log,
    .log_level = log_level,
};

}  // namespace

const air_host &host_services() noexcept {
  return kHost;
}

uint64_t now_ns() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

void clear_backend_error() {
  Said *said = g_said.get();
  if (said == nullptr) throw std::bad_alloc();
  said->error.reset();
  said->lost = false;
}

void throw_backend_error(air_status status, std::string_view backend, const char *entry) {
  Said heard;
  if (Said *said = g_said.find(); said != nullptr) std::swap(heard, *said);
  if (heard.lost) throw std::bad_alloc();
  const std::optional<Error> &said = heard.error;
  const std::string who = backend.empty() ? "" : fmt::format("backend {}: ", backend);
  if (status < AIR_OK || status > AIR_ERROR_CALLBACK) {
    fail(AIR_ERROR_INTERNAL, "{}{} returned the unknown status {}", who, entry, static_cast<int>(status));
  }
  if (status == AIR_ERROR_CANCELLED) fail(AIR_ERROR_INTERNAL, "{}{} was cancelled, and nobody did", who, entry);
  if (!said || *said->what() == '\0')
    fail(status, "{}{} failed ({}) without a reason", who, entry, air_status_name(status));
  const bool names_it = status != AIR_ERROR_INTERNAL || std::string_view(said->what()).starts_with(who);
  const std::string message = names_it ? said->what() : fmt::format("{}{}: {}", who, entry, said->what());
  throw Error(status, message, said->vendor_code(), said->causes());
}

}  // namespace air
