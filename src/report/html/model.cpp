// SPDX-License-Identifier: BSD-3-Clause
// What is known about a model: memory, tensors, and where everything came from.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "report/html/plot.h"
#include "report/html/sections.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

// "10.2.0"; "" when not known.
std::string version_text(const JsonView &version) {
  const std::vector<double> parts = version.numbers();
  const bool known = std::any_of(parts.begin(), parts.end(), [](double part) { return part > 0; });
  return known ? fmt::format("{}", fmt::join(parts, ".")) : "";
}

std::string clock_text(const JsonView &hertz) {
  const double value = hertz.number().value_or(0);
  return value > 0 ? fmt::format("{:.6g} MHz", value / 1e6) : "";
}

std::string optional_time(const JsonView &ms) {
  const std::optional<double> value = ms.number();
  return value ? time_text(*value) : "";
}

// Weights, activations and states: a row each, with a bar in proportion to the largest.
Html memory_table(const JsonView &info) {
  const std::vector<std::pair<const char *, std::optional<uint64_t>>> kinds = {
      {"weights", info["weights"].size()},
      {"activations", info["activations"].size()},
      {"states", info["states"].size()}};
  uint64_t largest = 1;
  for (const auto &[name, bytes] : kinds) largest = std::max(largest, bytes.value_or(0));
  HtmlTable table("Memory of the model",
                  {{.title = "what it holds"}, {.title = "size", .number = true}, {.title = ""}});
  int colour = 0;
  for (const auto &[name, bytes] : kinds) {
    const double part = static_cast<double>(bytes.value_or(0)) / static_cast<double>(largest);
    table.add({name, known_bytes(bytes), row_bar(part, colour++)});
  }
  return table.html();
}

void add_pools(HtmlTable &table, const JsonView &pools, const char *use) {
  for (const JsonView &pool : pools.list()) {
    const std::optional<uint64_t> address = pool["address"].size();
    table.add({pool["name"].text(), use, known_bytes(pool["size_bytes"].size()),
               address ? fmt::format("{:#x}", *address) : "\u2013"});
  }
}

void add_tensors(HtmlTable &table, const JsonView &tensors) {
  for (const JsonView &tensor : tensors.list()) {
    const uint64_t bytes = tensor["size_bytes"].count();
    table.add({tensor["tag"].text(), tensor["name"].text(), tensor_text(tensor), quantization_text(tensor),
               HtmlCell(count_text(bytes), static_cast<double>(bytes)), tensor["memory_pool"].text()});
  }
}

void add_device_facts(HtmlFacts &facts, const JsonView &device) {
  facts.add("device", device["desc"].text());
  facts.add("device clock", clock_text(device["sys_clock"]));
  facts.add("bus clock", clock_text(device["bus_clock"]));
  std::vector<std::string> attributes = device["attrs"].texts();
  for (std::string &extra : device["extra"].texts()) attributes.push_back(std::move(extra));
  facts.add("device features", fmt::format("{}", fmt::join(attributes, ", ")));
}

void add_options(HtmlFacts &facts, const JsonView &options) {
  facts.add("conversion", fmt::format("{}", fmt::join(options["io"].texts(), ", ")));
  facts.add("warm-up samples", options["warmup"].is_null() ? "" : known_count(options["warmup"].size()));
  facts.add("repeats", options["repeat"].is_null() ? "" : known_count(options["repeat"].size()));
  const double limit_ms = options["timeout_ms"].number().value_or(0);
  facts.add("time limit", limit_ms > 0 ? time_text(limit_ms) : "");
}

}  // namespace

Html memory_section(const JsonView &info, int level) {
  HtmlTable pools(
      "Memory pools",
      {{.title = "pool"}, {.title = "use"}, {.title = "size", .number = true}, {.title = "address", .number = true}});
  add_pools(pools, info["mempools"]["params"], "weights");
  add_pools(pools, info["mempools"]["activations"], "activations");
  return section(level, "memory", "Memory", memory_table(info) + (pools.empty() ? Html() : pools.html()));
}

Html tensors_section(const JsonView &info, int level) {
  HtmlTable table("Inputs (I) and outputs (O) of one sample", {{.title = "place"},
                                                               {.title = "name"},
                                                               {.title = "type and shape"},
                                                               {.title = "quantization", .on_wide = true},
                                                               {.title = "bytes", .number = true},
                                                               {.title = "memory", .on_wide = true}});
  add_tensors(table, info["inputs"]);
  add_tensors(table, info["outputs"]);
  return table.empty() ? Html() : section(level, "io", "Inputs and outputs", table.html());
}

void add_model_facts(HtmlFacts &facts, const JsonView &info) {
  const JsonView runtime = info["runtime"];
  facts.add("model hash", info["hash"].text());
  facts.add("generated", info["model_datetime"].text());
  facts.add("compiled", info["compile_datetime"].text());
  facts.add("generated by tools", version_text(runtime["tools_version"]));
  facts.add("runtime", runtime["name"].text() + " " + version_text(runtime["version"]));
  facts.add("runtime library", runtime["rt_lib_desc"].text());
  facts.add("compiler", runtime["compiler"].text());
  facts.add("reached through", runtime["protocol"].text());
  facts.add("time to install", optional_time(info["n_install_time"]));
  facts.add("time to initialise", optional_time(info["n_init_time"]));
  add_device_facts(facts, info["device"]);
}

Html provenance_section(const JsonView &document, const JsonView &info, int level) {
  HtmlFacts facts;
  facts.add("descriptor", document["descriptor"].text());
  facts.add("backend", document["backend"].text());
  facts.add("begun", document["begin"].text());
  facts.add("host", document["host"].text());
  facts.add("mode", fmt::format("{}", fmt::join(document["mode"].texts(), ", ")));
  facts.add("not granted", fmt::format("{}", fmt::join(document["mode_not_granted"].texts(), ", ")));
  add_options(facts, document["options"]);
  add_model_facts(facts, info);
  facts.add("airunner", document["airunner"].text());
  facts.add("document", document["schema"].text());
  return section(level, "provenance", "Provenance", facts.html("facts"));
}

Html info_section(const JsonView &document, int level) {
  HtmlFacts tiles;
  tiles.add("nodes", known_count(document["n_nodes"].size()));
  tiles.add("multiply-accumulates", known_count(document["macc"].size()));
  tiles.add("weights", known_size(document["weights"].size()));
  tiles.add("activations", known_size(document["activations"].size()));
  return tiles.html("tiles") + memory_section(document, level) + tensors_section(document, level) +
         provenance_section(document, document, level);
}

}  // namespace air::report
