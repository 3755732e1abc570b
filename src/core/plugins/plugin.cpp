// SPDX-License-Identifier: BSD-3-Clause
// One loaded plugin: the module, kept open while in use, its table with every entry filled, and the border that calls into it cross.
#include "core/plugins/plugin.h"

#include <algorithm>
#include <cstring>

#include "common/path_text.h"
#include "core/error.h"
#include "core/plugins/library_file.h"

namespace air {
namespace {

// A table must reach at least over its required entries.
constexpr uint32_t kRequiredSize = offsetof(air_backend, cancel);

air_status unsupported(const char *what) {
  host_services().set_error(AIR_ERROR_UNSUPPORTED, 0, fmt::format("this backend has no {}", what).c_str());
  return AIR_ERROR_UNSUPPORTED;
}

uint32_t claims_what_fits_a_pattern(const char *) {
  return 100;
}
void cancels_between_runs(air_connection *) {}
air_status no_reset_states(air_connection *, uint32_t) {
  return unsupported("states to reset");
}
air_status no_ping(air_connection *) {
  return unsupported("other side to ask");
}
air_status finds_nothing(const air_scan_request *) {
  return AIR_OK;
}
air_status no_reconnect(air_connection *) {
  return unsupported("link that could be lost");
}
const void *no_extension(const char *) {
  return nullptr;
}

air_status record(air_status status, std::string_view who, const char *entry, std::string_view what) {
  host_services().set_error(status, 0, fmt::format("{}{} threw: {}", who, entry, what).c_str());
  return status;
}

}  // namespace

Plugin::Plugin(const std::filesystem::path &path) {
  check_not_truncated(path);
  std::string reason;
  module_.reset(load_library(text_of(path).c_str(), reason));
  if (module_ == nullptr) fail(AIR_ERROR_INCOMPATIBLE, "cannot be loaded: {}", reason);
  void *symbol = symbol_of(module_.get(), AIR_BACKEND_ENTRY);
  if (symbol == nullptr) fail(AIR_ERROR_INCOMPATIBLE, "not an airunner plugin: it exports no {}()", AIR_BACKEND_ENTRY);
  negotiate(reinterpret_cast<air_backend_query_fn>(symbol));
  check_required();
  fill_defaults();
  manifest_ = manifest_of(backend_);
  who_ = fmt::format("backend {}: ", manifest_.name);
}

void Plugin::negotiate(air_backend_query_fn query) {
  const air_backend *table = nullptr;
  uint32_t asked = AIR_BACKEND_ABI_VERSION + 1;
  while (table == nullptr && asked > 1) {
    --asked;
    const air_status status = enter_plugin(who_, AIR_BACKEND_ENTRY, [&] { table = query(asked, &host_services()); });
    if (status != AIR_OK) throw_backend_error(status, "", AIR_BACKEND_ENTRY);
  }
  if (table == nullptr) {
    fail(AIR_ERROR_INCOMPATIBLE, "it has none of the plugin ABIs 1..{}: rebuild it for this airunner",
         AIR_BACKEND_ABI_VERSION);
  }
  if (asked < AIR_BACKEND_ABI_VERSION) {
    fail(AIR_ERROR_INCOMPATIBLE,
         "it was made for plugin ABI {}, which this airunner no longer has: rebuild it for plugin ABI {}", asked,
         AIR_BACKEND_ABI_VERSION);
  }
  if (table->struct_size < kRequiredSize || table->abi_version != asked) {
    fail(AIR_ERROR_INCOMPATIBLE,
         "asked for plugin ABI {}, it returned a table of ABI {} with {} bytes (at least {} expected)", asked,
         table->abi_version, table->struct_size, kRequiredSize);
  }
  std::memcpy(&backend_, table, std::min<size_t>(table->struct_size, sizeof(backend_)));
}

void Plugin::check_required() const {
  const std::pair<const char *, bool> entries[] = {{"connect", backend_.connect != nullptr},
                                                   {"disconnect", backend_.disconnect != nullptr},
                                                   {"get_info", backend_.get_info != nullptr},
                                                   {"run", backend_.run != nullptr}};
  for (const auto &[name, is_there] : entries) {
    if (!is_there) fail(AIR_ERROR_INCOMPATIBLE, "its table lacks the entry {}, which is required", name);
  }
  if (backend_.make_memory != nullptr && backend_.free_memory == nullptr) {
    fail(AIR_ERROR_INCOMPATIBLE, "its table lacks the entry free_memory, which is required with make_memory");
  }
}

void Plugin::fill_defaults() {
  lacking_ = (backend_.reset_states == nullptr ? AIR_CAP_RESET_STATES : 0u) |
             (backend_.prepare == nullptr ? AIR_CAP_GIVEN : 0u) |
             (backend_.get_extension == nullptr ? AIR_CAP_MEMORY_RW | AIR_CAP_SELF_TEST : 0u);
  if (backend_.claims == nullptr) backend_.claims = claims_what_fits_a_pattern;
  if (backend_.cancel == nullptr) backend_.cancel = cancels_between_runs;
  if (backend_.reset_states == nullptr) backend_.reset_states = no_reset_states;
  if (backend_.ping == nullptr) backend_.ping = no_ping;
  if (backend_.scan == nullptr) backend_.scan = finds_nothing;
  if (backend_.reconnect == nullptr) backend_.reconnect = no_reconnect;
  if (backend_.get_extension == nullptr) backend_.get_extension = no_extension;
}

const void *Plugin::extension(const char *name) const {
  constexpr uint32_t kLargest = 4096;
  const std::lock_guard lock(extensions_mutex_);
  if (const auto known = extensions_.find(name); known != extensions_.end()) return known->second;
  const void *table = nullptr;
  const air_status status = enter("get_extension", [&] { table = backend_.get_extension(name); });
  if (status != AIR_OK) throw_backend_error(status, this->name(), "get_extension");
  judged(this->name(), "get_extension", [&] {
    if (table == nullptr) return;
    if (reinterpret_cast<uintptr_t>(table) % alignof(void *) != 0) {
      fail(AIR_ERROR_INTERNAL, "the table of extension \"{}\" lies at {}, which is not aligned", name, table);
    }
    const uint32_t size = *static_cast<const uint32_t *>(table);
    if (size < 2 * sizeof(uint32_t) || size > kLargest || size % alignof(void *) != 0) {
      fail(AIR_ERROR_INTERNAL, "struct_size of the table of extension \"{}\" is {}, which is none", name, size);
    }
  });
  if (table != nullptr) extensions_.emplace(name, table);
  return table;
}

air_status Plugin::record_thrown(std::string_view who, const char *entry) noexcept try {
  try {
    throw;
  } catch (const std::bad_alloc &) {
    throw;
  } catch (const std::exception &error) {
    return record(AIR_ERROR_INTERNAL, who, entry, error.what());
  } catch (...) {
    return record(AIR_ERROR_INTERNAL, who, entry, "something that is no exception");
  }
} catch (const std::bad_alloc &) {
  host_services().set_error(AIR_ERROR_NO_MEMORY, 0, "out of memory in the backend");
  return AIR_ERROR_NO_MEMORY;
}

}  // namespace air
