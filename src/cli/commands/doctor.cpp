// SPDX-License-Identifier: BSD-3-Clause
// `airunner doctor`: versions, where plugins are looked for, each plugin and why it is not usable.
#include <fmt/format.h>

#include "airunner_backend.h"
#include "cli/commands/commands.h"
#include "cli/outputs/output_files.h"
#include "cli/outputs/printing.h"
#include "cli/running/child.h"
#include "cli/running/connection.h"
#include "cli/running/failure.h"
#include "cli/running/interrupt.h"
#include "cli/running/plugins.h"
#include "common/path_text.h"
#include "common/st_link.h"
#include "common/utf8.h"
#include "platform/libraries/runtime_files.h"
#include "platform/libraries/shared_library.h"
#include "platform/ports/modem_manager.h"
#include "platform/ports/usb_serial_ports.h"
#include "platform/processes/environment.h"
#include "text/table.h"

namespace air::cli {
namespace {

constexpr const char *kVariables[] = {
    "AIRUNNER_PLUGIN_PATH", "AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT", "XDG_DATA_HOME", "HOME", "NO_COLOR"};

// What the system's loader takes for a runtime, or "". Only loading it tells, which is tried in a process of its own first.
std::string path_known_to_loader(const LibraryNames &names, const air_token *token) {
  for (const char *name : names.system) {
    if (name == nullptr || !harm_of_loading(name, Loads::kLibrary, token).empty()) continue;
    if (std::string path = air::path_known_to_loader(name); !path.empty()) return path;
  }
  return air::text_of(find_runtime_of_system(names));
}

// A runtime that models are run by.
struct Runtime {
  const LibraryNames &names;
  std::string named;    // by its variable, or ""
  std::string path;     // of its library, or ""
  std::string problem;  // why it cannot be used; none where nobody asked for it and there is none
};

std::string why_not_loaded(const std::string &path, const air_token *token) {
  std::string reason = harm_of_loading(path, Loads::kLibrary, token);
  if (reason.empty()) load_library(path.c_str(), reason);  // for good, as runtimes are
  // Some loaders tell the path.
  const bool is_named = reason.empty() || reason.find(path) != std::string::npos;
  return is_named ? reason : fmt::format("{}: {}", path, reason);
}

Runtime find_runtime(const LibraryNames &names, const air_token *token) {
  const char *named = trusted_environment(std::string(names.environment).c_str());
  Runtime runtime{names, named == nullptr ? "" : named, "", ""};
  runtime.path = locate_runtime(names, runtime.named);
  if (runtime.path.empty() && runtime.named.empty()) runtime.path = path_known_to_loader(names, token);
  const std::string reason = runtime.path.empty() ? "" : why_not_loaded(runtime.path, token);
  if (!runtime.named.empty() && (runtime.path.empty() || !reason.empty()))
    runtime.problem = unusable_runtime_text(names, runtime.named, false) + (reason.empty() ? "" : ": " + reason);
  else if (!reason.empty())
    runtime.problem = fmt::format("{} '{}' cannot be used: {}", names.runtime, runtime.path, reason);
  return runtime;
}

using Runtimes = std::vector<Runtime>;

Runtimes find_runtimes(const air_token *token) {
  return {find_runtime(kOnnxRuntime, token), find_runtime(kLiteRt, token)};
}

// What is wrong, one sentence each; empty when all is well.
std::vector<std::string> find_problems(const Plugins &plugins, const Runtimes &runtimes) {
  std::vector<std::string> problems;
  if (air_supports(AIR_ABI_VERSION, AIR_ABI_MINOR) == 0) {
    problems.push_back(fmt::format(
        "the library, {}, is older than ABI {}.{}, which the command was built for: install both from one release",
        air_version(), AIR_ABI_VERSION, AIR_ABI_MINOR));
  }
  size_t n_usable = 0;
  for (const air_plugin &plugin : plugins.all()) {
    if (plugin.status == AIR_OK) {
      ++n_usable;
    } else {
      problems.push_back(air::printable(fmt::format("{}: {}", plugin.path, plugin.error)));
    }
  }
  for (const air_search_place *place : plugins.places()) {
    const std::string_view origin = place->origin;
    const bool is_named = origin == "option" || origin == "AIRUNNER_PLUGIN_PATH";
    if (is_named && place->exists == 0)
      problems.push_back(air::printable(fmt::format("{}: does not exist; correct or leave out {}", place->path,
                                                    origin == "option" ? "--plugin-path" : origin)));
  }
  for (const Runtime &runtime : runtimes) {
    if (!runtime.problem.empty()) problems.push_back(air::printable(runtime.problem));
  }
  if (n_usable == 0)
    problems.emplace_back("no usable plugin: install one into a place listed above, or set AIRUNNER_PLUGIN_PATH");
  return problems;
}

// Boards through whose ports ModemManager talks as well.
std::vector<std::string> find_port_problems() {
  std::vector<std::string> problems;
  if (!modem_manager_runs("/proc")) return problems;
  for (const UsbSerialPort &port : usb_serial_ports("/sys", "/dev")) {
    if (!is_st_link(port.vendor_id, port.product_id) || modem_manager_ignores(port.device, "/sys", "/run/udev/data"))
      continue;
    problems.push_back(fmt::format(
        "{} ({}): ModemManager sends modem commands through it when the board is plugged in, amid those of airunner: "
        "install the package airunner, which has a rule against it, or put this line into "
        "/etc/udev/rules.d/60-airunner.rules: "
        R"(SUBSYSTEM=="tty", ATTRS{{idVendor}}=="{:04x}", ATTRS{{idProduct}}=="{:04x}", ENV{{ID_MM_PORT_IGNORE}}="1", TAG+="uaccess")"
        "; then plug the board in again",
        port.device, port.product, port.vendor_id, port.product_id));
  }
  return problems;
}

// The reasons for which models there cannot be used; empty when all can.
std::vector<std::string> find_model_problems(const Options &options) {
  const SearchOptions search(options);
  std::vector<std::string> problems;
  const air_log log = {.line =
                           [](void *user, air_log_level, const char *message) {
                             static_cast<std::vector<std::string> *>(user)->push_back(air::printable(message));
                           },
                       .user = &problems,
                       .level = AIR_LOG_ERROR};
  air_connect_options connect = *search.get();
  connect.log = &log;
  const Waiting waiting;
  air_runner *runner = nullptr;
  const air_status status = air_connect(options.descriptor.c_str(), &connect, &runner);
  if (status == AIR_ERROR_CANCELLED) throw library_failure(kFailed);
  if (status != AIR_OK) problems.push_back(air::printable(air_last_error()->message));
  air_disconnect(runner);
  return problems;
}

void print_json(const Plugins &plugins, const Runtimes &found_runtimes, const std::vector<std::string> &problems) {
  Json places = Json::array();
  for (const air_search_place *place : plugins.places()) {
    Json object = Json::object();
    object.add("path", place->path).add("origin", place->origin).add("exists", place->exists != 0);
    places.add(std::move(object));
  }
  Json found = Json::array();
  for (const air_plugin &plugin : plugins.all()) found.add(plugin_json(plugin));
  Json environment = Json::object();
  for (const char *name : kVariables) {
    const char *value = trusted_environment(name);
    environment.add(name, value == nullptr ? Json(nullptr) : Json(value));
  }
  Json runtimes = Json::array();
  for (const Runtime &runtime : found_runtimes) {
    const std::string &path = runtime.path;
    Json object = Json::object();
    object.add("name", std::string(runtime.names.runtime)).add("path", path.empty() ? Json(nullptr) : Json(path));
    runtimes.add(std::move(object));
  }
  Json sentences = Json::array();
  for (const std::string &problem : problems) sentences.add(problem);
  Json document = Json::object();
  document.add("schema", "airunner.doctor/1");
  document.add("airunner", air_version());
  document.add("abi_version", AIR_ABI_VERSION);
  document.add("backend_abi_version", AIR_BACKEND_ABI_VERSION);
  document.add("places", std::move(places));
  document.add("plugins", std::move(found));
  document.add("runtimes", std::move(runtimes));
  document.add("environment", std::move(environment));
  document.add("problems", std::move(sentences));
  document.add("healthy", problems.empty());
  print(document.print(false));
}

void print_places(const Plugins &plugins) {
  print("\nPlugins are looked for in\n");
  for (const air_search_place *place : plugins.places()) {
    print(fmt::format("  {:<8}{} ({})\n", place->exists != 0 ? "found" : "missing", place->path, place->origin));
  }
}

void print_plugins(const Plugins &plugins, bool colour) {
  print("\nPlugins\n");
  for (const air_plugin &plugin : plugins.all()) {
    const bool usable = plugin.status == AIR_OK;
    const std::string mark = styled(usable ? "ok" : "broken", usable ? Style::kPlain : Style::kHot, colour);
    print(fmt::format("  {}{}{}\n", mark, std::string(usable ? 6 : 2, ' '), plugin.path));
    if (usable) {
      print(fmt::format("          {} {}, ABI {}, serves {}\n", plugin.name, plugin.version, plugin.abi_version,
                        schemes_text(plugin)));
    }
    if (*plugin.error != '\0') print(fmt::format("          {}\n", air::printable(plugin.error)));
  }
  if (plugins.all().empty()) print("  none\n");
}

void print_runtimes(const Runtimes &runtimes) {
  print("\nRuntimes of model files\n");
  for (const auto &[names, named, path, problem] : runtimes) {
    const char *state = path.empty() ? "missing" : problem.empty() ? "found" : "broken";
    const std::string where = !path.empty()   ? path
                              : named.empty() ? std::string(names.how_to_get)
                                              : fmt::format("{} ({})", named, names.environment);
    print(fmt::format("  {:<8}{}: {}\n", state, names.runtime, air::printable(where)));
  }
}

// A table for each backend that has some.
void print_options(const Plugins &plugins) {
  const air_text_options layout = text_options(false);
  const bool colour = layout.colour != 0;
  bool is_first = true;
  for (const air_plugin &plugin : plugins.all()) {
    if (plugin.status != AIR_OK || plugin.n_options == 0) continue;
    Table table(
        {{"option"}, {.title = "values", .min_width = 12}, {"default"}, {.title = "what it is", .min_width = 20}});
    for (const air_option_info *option : std::span(plugin.options, plugin.n_options)) {
      table.add({{option->key, Style::kBold},
                 {values_text(*option)},
                 {option->default_value == nullptr ? "" : option->default_value},
                 {option->text}});
    }
    const std::string title = fmt::format("Options of {} ({})", plugin.name, schemes_text(plugin));
    print((is_first ? "" : "\n") + title_line(title, layout.width, colour) + table.render(layout.width, colour));
    is_first = false;
  }
}

void print_problems(const std::vector<std::string> &problems) {
  if (!problems.empty()) print(fmt::format("\n{} problem(s):\n", problems.size()));
  for (const std::string &problem : problems) print(fmt::format("  {}\n", problem));
}

void print_text(const Plugins &plugins, const Runtimes &runtimes, const std::vector<std::string> &problems) {
  const bool colour = text_options(false).colour != 0;
  print(fmt::format("airunner {} (ABI {}, plugin ABI {})\n", air_version(), AIR_ABI_VERSION, AIR_BACKEND_ABI_VERSION));
  print_places(plugins);
  print_plugins(plugins, colour);
  print_runtimes(runtimes);
  print("\nEnvironment\n");
  for (const char *name : kVariables) {
    const char *value = trusted_environment(name);
    print(fmt::format("  {:<22}{}\n", name, value == nullptr ? "not set" : value));
  }
  if (problems.empty()) print("\nAll is well.\n");
  print_problems(problems);
}

}  // namespace

int command_doctor(const Options &options, bool options_only) {
  check_output_files({}, files_named(options));
  const Plugins plugins(options, true);
  const Runtimes runtimes = find_runtimes(options.token);
  std::vector<std::string> problems = find_problems(plugins, runtimes);
  for (std::string &problem : find_port_problems()) problems.push_back(std::move(problem));
  if (options.has_descriptor) {
    for (std::string &problem : find_model_problems(options)) problems.push_back(std::move(problem));
  }
  if (options.json) {
    print_json(plugins, runtimes, problems);
  } else if (options_only) {
    print_options(plugins);
    print_problems(problems);
  } else {
    print_text(plugins, runtimes, problems);
  }
  return problems.empty() ? kOk : kFailed;
}

}  // namespace air::cli
