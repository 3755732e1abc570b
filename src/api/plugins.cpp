// SPDX-License-Identifier: BSD-3-Clause
// Public functions that list plugins and devices.
#include <deque>
#include <filesystem>

#include "boundary.h"
#include "host.h"
#include "registry.h"
#include "token.h"

using air::guarded;
using air::required;

namespace {

// The lists own their texts; the public struct is their first part.
struct PluginList : air_plugin_list {
  PluginList(const air::Registry &registry);

  std::deque<std::string> texts;
  std::deque<std::vector<const char *>> schemes;
  std::deque<air_search_place> place_items;
  std::deque<air_plugin> plugin_items;
  std::vector<const air_search_place *> place_pointers;
  std::vector<const air_plugin *> plugin_pointers;

 private:
  const char *keep(std::string text) { return texts.emplace_back(std::move(text)).c_str(); }
  void add(const air::SearchPlace &place);
  void add(const air::PluginFinding &finding);
};

void PluginList::add(const air::SearchPlace &place) {
  std::error_code error;
  const bool exists = std::filesystem::exists(place.path, error);
  place_pointers.push_back(
      &place_items.emplace_back(air_search_place{keep(place.path.string()), keep(place.origin), exists ? 1u : 0u, 0}));
}

void PluginList::add(const air::PluginFinding &finding) {
  air_plugin info{};
  info.status = finding.plugin != nullptr ? AIR_OK : AIR_ERROR_INCOMPATIBLE;
  info.path = keep(finding.path.string());
  info.name = info.version = info.description = "";
  info.error = keep(finding.error);
  if (finding.plugin != nullptr) {
    const air_backend &backend = finding.plugin->backend();
    info.name = keep(backend.name);
    info.version = keep(backend.version);
    info.description = keep(backend.description);
    info.abi_version = backend.abi_version;
    std::vector<const char *> &names = schemes.emplace_back();
    for (const std::string &scheme : finding.plugin->schemes()) names.push_back(keep(scheme));
    info.n_schemes = static_cast<uint32_t>(names.size());
    info.schemes = names.data();
  }
  plugin_pointers.push_back(&plugin_items.emplace_back(info));
}

PluginList::PluginList(const air::Registry &registry) : air_plugin_list{} {
  for (const air::SearchPlace &place : registry.places()) add(place);
  for (const air::PluginFinding &finding : registry.findings()) add(finding);
  n_places = static_cast<uint32_t>(place_pointers.size());
  places = place_pointers.data();
  n_plugins = static_cast<uint32_t>(plugin_pointers.size());
  plugins = plugin_pointers.data();
}

struct DeviceList : air_device_list {
  DeviceList() : air_device_list{} {}

  std::string backend;  // that is being asked
  std::deque<std::string> texts;
  std::deque<air_device> items;
  std::vector<const air_device *> pointers;

  bool incomplete = false;  // there was no memory for one that was found

  void add(const char *descriptor, const char *description);
};

void DeviceList::add(const char *descriptor, const char *description) {
  const auto keep = [this](const char *text) { return texts.emplace_back(text == nullptr ? "" : text).c_str(); };
  pointers.push_back(&items.emplace_back(air_device{keep(descriptor), keep(description), keep(backend.c_str())}));
  devices = pointers.data();
  n_devices = static_cast<uint32_t>(pointers.size());
}

void found_device(void *sink, const char *descriptor, const char *description) {
  auto &list = *static_cast<DeviceList *>(sink);
  list.incomplete = guarded([&] { list.add(descriptor, description); }) != AIR_OK || list.incomplete;
}

struct Search {
  explicit Search(const air_connect_options *given)
      : options(air::read_struct(given, air_connect_options{}, "air_connect_options")),
        token(air::Token::retain(air::token_of(options.token))),
        log(options.log),
        registry(air::plugin_paths(options), log) {
    check();
  }

  void check() const {
    if (token != nullptr && token->is_cancelled()) air::fail(AIR_ERROR_CANCELLED, "the token was cancelled");
  }

  air_connect_options options;
  air::Holder<air::Token> token;
  air::Log log;
  air::Registry registry;
};

// One backend that cannot look must not hide what the others see.
void log_failure(const air::Log &log, const air::PluginFinding &finding, air_status status) {
  try {
    air::throw_backend_error(status, "scan");
  } catch (const air::Error &error) {
    if (status == AIR_ERROR_NO_MEMORY) throw;
    log.write(AIR_LOG_WARNING, "plugin {}: scan failed: {}", finding.path.string(), error.what());
  }
}

}  // namespace

air_status air_list_plugins(const air_connect_options *options, const air_plugin_list **out_list) {
  return guarded([&] {
    const air_plugin_list *&out = required(out_list, "out_list");
    const Search search(options);
    out = std::make_unique<PluginList>(search.registry).release();
  });
}

void air_free_plugin_list(const air_plugin_list *list) {
  const std::unique_ptr<const PluginList> owned(static_cast<const PluginList *>(list));
}

air_status air_scan(const air_connect_options *options, const air_device_list **out_list) {
  return guarded([&] {
    const air_device_list *&out = required(out_list, "out_list");
    Search search(options);
    auto list = std::make_unique<DeviceList>();
    for (const air::PluginFinding &finding : search.registry.findings()) {
      if (finding.plugin == nullptr) continue;
      list->backend = finding.plugin->backend().name;
      air::clear_backend_error();
      const air_status status = finding.plugin->backend().scan(&search.log, list.get(), found_device);
      if (status != AIR_OK) log_failure(search.log, finding, status);
      search.check();
    }
    if (list->incomplete) throw std::bad_alloc();
    out = list.release();
  });
}

void air_free_device_list(const air_device_list *list) {
  const std::unique_ptr<const DeviceList> owned(static_cast<const DeviceList *>(list));
}
