// SPDX-License-Identifier: BSD-3-Clause
// Public functions that list plugins and devices.
#include <deque>
#include <filesystem>

#include "api/boundary.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "core/connect_options.h"
#include "core/descriptor.h"
#include "core/plugins/host.h"
#include "core/plugins/plugin_struct.h"
#include "core/plugins/registry.h"
#include "core/run/call_limits.h"
#include "platform/files/absolute_path.h"

using air::guarded;
using air::required;

namespace {

constexpr uint32_t kScanMs = 10'000;
constexpr size_t kMostDevices = 1000;  // of one plugin
constexpr uint32_t kMostProperties = 1000;

// The lists own their texts; the public struct is their first part.
struct PluginList : air_plugin_list {
  PluginList() : air_plugin_list{} {}

  void add(const air::SearchPlace &place);
  void add(const air::PluginFinding &finding);

 private:
  const char *keep(std::string text) { return texts_.emplace_back(std::move(text)).c_str(); }
  const char *const *keep(const std::vector<std::string> &list);
  const air_option_info *const *keep(const std::vector<air::OptionFacts> &options);

  std::deque<std::string> texts_;
  std::deque<std::vector<const char *>> lists_;
  std::deque<air_search_place> place_items_;
  std::deque<air_plugin> plugin_items_;
  std::deque<air_option_info> option_items_;
  std::deque<std::vector<const air_option_info *>> option_lists_;
  std::vector<const air_search_place *> place_pointers_;
  std::vector<const air_plugin *> plugin_pointers_;
};

const char *const *PluginList::keep(const std::vector<std::string> &list) {
  std::vector<const char *> &pointers = lists_.emplace_back();
  for (const std::string &text : list) pointers.push_back(keep(text));
  return pointers.data();
}

const air_option_info *const *PluginList::keep(const std::vector<air::OptionFacts> &options) {
  std::vector<const air_option_info *> &pointers = option_lists_.emplace_back();
  for (const air::OptionFacts &option : options) {
    pointers.push_back(&option_items_.emplace_back(air_option_info{
        .key = keep(option.key),
        .default_value = option.default_value ? keep(*option.default_value) : nullptr,
        .text = keep(option.text),
        .type = option.type,
        .n_choices = static_cast<uint32_t>(option.choices.size()),
        .choices = keep(option.choices),
    }));
  }
  return pointers.data();
}

void PluginList::add(const air::SearchPlace &place) {
  std::error_code error;
  const bool exists = std::filesystem::exists(place.path, error);
  place_pointers_.push_back(&place_items_.emplace_back(
      air_search_place{keep(air::text_of(place.path)), keep(place.origin), exists ? 1u : 0u, 0}));
  places = place_pointers_.data();
  n_places = static_cast<uint32_t>(place_pointers_.size());
}

void PluginList::add(const air::PluginFinding &finding) {
  const air::Manifest told = finding.manifest.value_or(air::Manifest{});
  plugin_pointers_.push_back(&plugin_items_.emplace_back(air_plugin{
      .status = finding.usable ? AIR_OK : AIR_ERROR_INCOMPATIBLE,
      .abi_version = told.abi_version,
      .path = keep(finding.path),
      .name = keep(told.name),
      .version = keep(told.version),
      .description = keep(told.description),
      .error = keep(finding.error),
      .n_schemes = static_cast<uint32_t>(told.schemes.size()),
      .n_patterns = static_cast<uint32_t>(told.patterns.size()),
      .n_options = static_cast<uint32_t>(told.options.size()),
      .has_manifest = finding.has_manifest ? 1u : 0u,
      .schemes = keep(told.schemes),
      .patterns = keep(told.patterns),
      .options = keep(told.options),
  }));
  plugins = plugin_pointers_.data();
  n_plugins = static_cast<uint32_t>(plugin_pointers_.size());
}

struct DeviceList : air_device_list {
  DeviceList() : air_device_list{} {}

  void add(const air_backend_device &device, const std::string &backend);

 private:
  const char *keep(const char *text) {
    return texts_.emplace_back(air::valid_utf8(text == nullptr ? "" : text)).c_str();
  }

  std::deque<std::string> texts_;
  std::deque<std::vector<air_option>> properties_;
  std::deque<air_device> items_;
  std::vector<const air_device *> pointers_;
};

void DeviceList::add(const air_backend_device &device, const std::string &backend) {
  std::vector<air_option> &properties = properties_.emplace_back();
  for (const air_option &property : std::span(device.properties, device.n_properties)) {
    properties.push_back({keep(property.key), keep(property.value)});
  }
  pointers_.push_back(&items_.emplace_back(air_device{
      .descriptor = keep(device.descriptor),
      .description = keep(device.description),
      .backend = keep(backend.c_str()),
      .n_properties = device.n_properties,
      .reserved = 0,
      .properties = properties.data(),
  }));
  devices = pointers_.data();
  n_devices = static_cast<uint32_t>(pointers_.size());
}

struct Search {
  explicit Search(const air_connect_options *given)
      : options(air::read_connect_options(given)),
        limits(options.token, 0),
        log(options.log),
        registry(air::plugin_paths(options), log) {
    limits.check("looking for plugins");
  }

  air_connect_options options;
  air::Limits limits;  // each plugin that is asked has a time of its own
  air::Log log;
  air::Registry registry;
};

// One plugin is being asked.
class Scan {
 public:
  Scan(Search &search, const air::PluginFinding &finding, DeviceList &list)
      : search_(search), finding_(finding), list_(list) {}

  // One backend that cannot look must not hide what the others see.
  void run();

 private:
  static air_status check(void *sink);
  static void found(void *sink, const air_backend_device *device);
  void take(const air_backend_device *device);

  Search &search_;
  const air::PluginFinding &finding_;
  DeviceList &list_;
  air::Limits limits_{search_.options.token, search_.options.timeout_ms == 0 ? kScanMs : search_.options.timeout_ms};
  size_t n_found_ = 0;
  bool has_memory_ = true;
};

void Scan::run() {
  const air_scan_request request = {
      .struct_size = sizeof(request),
      .timeout_ms = limits_.timeout_ms(),
      .deadline_ns = limits_.deadline_ns(),
      .log = &search_.log,
      .sink = this,
      .check = check,
      .found = found,
  };
  const air::Plugin &plugin = *finding_.plugin;
  const air_status status = plugin.enter("scan", [&] { return plugin.backend().scan(&request); });
  if (!has_memory_ || status == AIR_ERROR_NO_MEMORY) throw std::bad_alloc();
  search_.limits.check("scanning");
  if (status == AIR_OK) return;
  try {
    air::throw_backend_error(status, plugin.name(), "scan");
  } catch (const air::Error &error) {
    search_.log.write(AIR_LOG_WARNING, "plugin {}: scan failed: {}", finding_.path, error.what());
  }
}

air_status Scan::check(void *sink) {
  return air::answered([&] { static_cast<const Scan *>(sink)->limits_.check("scanning"); });
}

void Scan::found(void *sink, const air_backend_device *device) {
  auto &self = *static_cast<Scan *>(sink);
  if (self.n_found_ > kMostDevices) return;
  try {
    air::judged(self.finding_.plugin->name(), "scan", [&] { self.take(device); });
  } catch (const air::Error &error) {
    self.search_.log.write(AIR_LOG_WARNING, "plugin {}: {}", self.finding_.path, error.what());
  } catch (const std::bad_alloc &) {
    self.has_memory_ = false;
  }
}

void Scan::take(const air_backend_device *given) {
  if (++n_found_ > kMostDevices) air::fail(AIR_ERROR_INTERNAL, "more than {} devices", kMostDevices);
  const auto device = air::read_plugin_struct(given, offsetof(air_backend_device, properties), "a device");
  const std::string descriptor = device.descriptor == nullptr ? "" : device.descriptor;
  const auto &schemes = finding_.plugin->schemes();
  if (std::find(schemes.begin(), schemes.end(), air::parse_descriptor(descriptor).scheme) == schemes.end()) {
    air::fail(AIR_ERROR_INTERNAL, "found \"{}\", which has none of its schemes", descriptor);
  }
  if (device.n_properties > kMostProperties || (device.n_properties > 0 && device.properties == nullptr)) {
    air::fail(AIR_ERROR_INTERNAL, "{} has {} properties, and a list that is {}", descriptor, device.n_properties,
              device.properties == nullptr ? "NULL" : "too long");
  }
  list_.add(device, finding_.plugin->name());
}

}  // namespace

air_status air_list_plugins(const air_connect_options *options, const air_plugin_list **out_list) {
  return guarded([&] {
    Search search(options);
    const air_plugin_list *&out = required(out_list, "out_list");
    auto list = std::make_unique<PluginList>();
    for (const air::SearchPlace &place : search.registry.places()) list->add(place);
    for (const air::PluginFinding &finding : search.registry.list()) list->add(finding);
    out = list.release();
  });
}

air_status air_load_plugin(const char *path, const air_plugin_list **out_list) {
  return guarded([&] {
    const air_plugin_list *&out = required(out_list, "out_list");
    auto list = std::make_unique<PluginList>();
    list->add(air::load_plugin(air::absolute_path(air::path_of(&required(path, "path")))));
    out = list.release();
  });
}

void air_free_plugin_list(const air_plugin_list *list) {
  const std::unique_ptr<const PluginList> owned(static_cast<const PluginList *>(list));
}

air_status air_scan(const air_connect_options *options, const air_device_list **out_list) {
  return guarded([&] {
    Search search(options);
    const air_device_list *&out = required(out_list, "out_list");
    auto list = std::make_unique<DeviceList>();
    for (const air::PluginFinding *finding : search.registry.load_all()) {
      Scan(search, *finding, *list).run();
    }
    out = list.release();
  });
}

void air_free_device_list(const air_device_list *list) {
  const std::unique_ptr<const DeviceList> owned(static_cast<const DeviceList *>(list));
}
