// SPDX-License-Identifier: BSD-3-Clause
// One loaded plugin: the module, kept open while in use, its table with every entry filled, and the border that calls into it cross.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "airunner_backend.h"
#include "core/plugins/host.h"
#include "core/plugins/manifest.h"
#include "platform/libraries/shared_library.h"

namespace air {

class Plugin {
 public:
  // Loads the module, agrees on an ABI version and checks what it says of itself. Throws AIR_ERROR_INCOMPATIBLE, saying what is wrong.
  explicit Plugin(const std::filesystem::path &path);

  // Optional entries that the plugin does not have answer AIR_ERROR_UNSUPPORTED; prepare and make_memory are NULL then. To be called within enter() only.
  const air_backend &backend() const noexcept { return backend_; }
  const Manifest &manifest() const noexcept { return manifest_; }
  const std::string &name() const noexcept { return manifest_.name; }
  const std::vector<std::string> &schemes() const noexcept { return manifest_.schemes; }
  // AIR_CAP_... bits whose entries the plugin does not have: no model of it can have them.
  uint32_t lacking() const noexcept { return lacking_; }
  // The table that the plugin gives under the name of an extension; NULL: it has none. Thread-safe. Throws
  // AIR_ERROR_INTERNAL for one that cannot be a table.
  const void *extension(const char *name) const;

  // The border that every call into the plugin crosses: `call` may return an air_status, or nothing where the entry does not. What is thrown
  // becomes the error of the backend, naming plugin and entry, and AIR_ERROR_INTERNAL.
  template <class Call>
  air_status enter(const char *entry, Call call) const noexcept {
    return enter_plugin(who_, entry, call);
  }

 private:
  // Within a catch: records what was caught.
  static air_status record_thrown(std::string_view who, const char *entry) noexcept;

  template <class Call>
  static air_status enter_plugin(std::string_view who, const char *entry, Call call) noexcept {
    try {
      clear_backend_error();
      if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
        call();
        return AIR_OK;
      } else {
        return call();
      }
    } catch (...) {
      return record_thrown(who, entry);
    }
  }

  void negotiate(air_backend_query_fn query);
  void check_required() const;
  void fill_defaults();

  LoadedLibrary module_;
  std::string who_;  // "backend <name>: "; empty while it is being loaded
  air_backend backend_{};
  Manifest manifest_;
  uint32_t lacking_ = 0;
  mutable std::mutex extensions_mutex_;
  mutable std::map<std::string, const void *, std::less<>> extensions_;  // tables that it has given
};

}  // namespace air
