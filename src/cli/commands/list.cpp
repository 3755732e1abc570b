// SPDX-License-Identifier: BSD-3-Clause
// `airunner list`: the backends that are usable, and what they can connect to.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/outputs/output_files.h"
#include "cli/outputs/printing.h"
#include "cli/running/connection.h"
#include "cli/running/failure.h"
#include "cli/running/interrupt.h"
#include "cli/running/limit.h"
#include "cli/running/plugins.h"
#include "text/table.h"

namespace air::cli {
namespace {

constexpr uint32_t kScanMs = 10'000;  // of each plugin, as air_scan() does

class Devices {
 public:
  Devices(const Options &options, size_t n_plugins) {
    const SearchOptions search(options);
    const Waiting waiting;
    const Limit limit("looking for devices", kScanMs * static_cast<uint32_t>(n_plugins));
    const air_device_list *list = nullptr;
    check(air_scan(search.get(), &list), kFailed);
    list_.reset(list);
  }
  std::span<const air_device *const> all() const { return {list_->devices, list_->n_devices}; }

 private:
  struct Free {
    void operator()(const air_device_list *list) const { air_free_device_list(list); }
  };
  std::unique_ptr<const air_device_list, Free> list_;
};

Json properties_json(const air_device &device) {
  Json object = Json::object();
  for (const air_option &property : std::span(device.properties, device.n_properties)) {
    object.add(property.key, property.value);
  }
  return object;
}

void print_json(const Plugins &plugins, const Devices &devices) {
  Json backends = Json::array();
  for (const air_plugin &plugin : plugins.all()) {
    if (plugin.status == AIR_OK) backends.add(plugin_json(plugin));
  }
  Json found = Json::array();
  for (const air_device *device : devices.all()) {
    Json object = Json::object();
    object.add("descriptor", device->descriptor);
    object.add("description", device->description);
    object.add("backend", device->backend);
    object.add("properties", properties_json(*device));
    found.add(std::move(object));
  }
  Json document = Json::object();
  document.add("schema", "airunner.list/1");
  document.add("airunner", air_version());
  document.add("plugins", std::move(backends));
  document.add("devices", std::move(found));
  print(document.print(false));
}

void print_text(const Plugins &plugins, const Devices &devices) {
  const air_text_options layout = text_options(false);
  const bool colour = layout.colour != 0;
  size_t n_broken = 0;
  Table backends({{"backend"},
                  {.title = "descriptors", .min_width = 12},
                  {.title = "version", .rank = 1},
                  {.title = "what it runs", .min_width = 12}});
  for (const air_plugin &plugin : plugins.all()) {
    if (plugin.status == AIR_OK) {
      backends.add({{plugin.name, Style::kBold}, {schemes_text(plugin)}, {plugin.version}, {plugin.description}});
    } else {
      ++n_broken;
    }
  }
  print(title_line("Backends", layout.width, colour) + backends.render(layout.width, colour));
  if (n_broken > 0) print(fmt::format("  {} more cannot be used: `airunner doctor` tells why\n", n_broken));

  print("\n" + title_line("Devices", layout.width, colour));
  if (devices.all().empty()) {
    print("  none found\n");
    return;
  }
  Table found({{.title = "descriptor", .min_width = 16},
               {.title = "description", .min_width = 12},
               {.title = "backend", .rank = 1}});
  for (const air_device *device : devices.all()) {
    found.add({{device->descriptor, Style::kBold}, {device->description}, {device->backend}});
  }
  print(found.render(layout.width, colour));
}

}  // namespace

int command_list(const Options &options) {
  check_output_files({}, files_named(options));
  const Plugins plugins(options, false);
  const Devices devices(options, plugins.all().size());
  options.json ? print_json(plugins, devices) : print_text(plugins, devices);
  return kOk;
}

}  // namespace air::cli
