// SPDX-License-Identifier: BSD-3-Clause
// `airunner list`: the backends that are usable, and what they can connect to.
#include <fmt/format.h>

#include "commands.h"
#include "connection.h"
#include "failure.h"
#include "interrupt.h"
#include "output_files.h"
#include "plugins.h"
#include "report/table.h"
#include "text.h"

namespace air::cli {
namespace {

class Devices {
 public:
  explicit Devices(const Options &options) {
    const SearchOptions search(options);
    const Waiting waiting;
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

void print_json(const Plugins &plugins, const Devices &devices) {
  report::Json backends = report::Json::array();
  for (const air_plugin *plugin : plugins.all()) {
    if (plugin->status == AIR_OK) backends.add(plugin_json(*plugin));
  }
  report::Json found = report::Json::array();
  for (const air_device *device : devices.all()) {
    report::Json object = report::Json::object();
    object.add("descriptor", device->descriptor);
    object.add("description", device->description);
    object.add("backend", device->backend);
    found.add(std::move(object));
  }
  report::Json document = report::Json::object();
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
  report::Table backends({{"backend"},
                          {.title = "descriptors", .min_width = 12},
                          {.title = "version", .rank = 1},
                          {.title = "what it runs", .min_width = 12}});
  for (const air_plugin *plugin : plugins.all()) {
    if (plugin->status == AIR_OK) {
      backends.add(
          {{plugin->name, report::Style::kBold}, {schemes_text(*plugin)}, {plugin->version}, {plugin->description}});
    } else {
      ++n_broken;
    }
  }
  print(report::title_line("Backends", layout.width, colour) + backends.render(layout.width, colour));
  if (n_broken > 0) print(fmt::format("  {} more cannot be used: `airunner doctor` tells why\n", n_broken));

  print("\n" + report::title_line("Devices", layout.width, colour));
  if (devices.all().empty()) {
    print("  none found\n");
    return;
  }
  report::Table found({{.title = "descriptor", .min_width = 16},
                       {.title = "description", .min_width = 12},
                       {.title = "backend", .rank = 1}});
  for (const air_device *device : devices.all()) {
    found.add({{device->descriptor, report::Style::kBold}, {device->description}, {device->backend}});
  }
  print(found.render(layout.width, colour));
}

}  // namespace

int command_list(const Options &options) {
  check_output_files({}, files_named(options));
  const Plugins plugins(options);
  const Devices devices(options);
  options.json ? print_json(plugins, devices) : print_text(plugins, devices);
  return kOk;
}

}  // namespace air::cli
