// SPDX-License-Identifier: BSD-3-Clause
// Model information as a table for people.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>

#include "report/properties.h"
#include "report/report.h"
#include "text/descriptions.h"
#include "text/table.h"

namespace air::report {
namespace {

using Tensors = std::span<const air_tensor *const>;

// Collects labelled lines; a line without a value is left out.
class Lines {
 public:
  explicit Lines(const air_text_options &options) : options_(options) {}

  void add(std::string_view label, std::string_view value) {
    if (!value.empty()) text_ += labelled_text(label, value, options_.width, options_.colour != 0);
  }
  void add_path(std::string_view label, std::string_view value) {
    text_ += labelled_line(label, value, options_.width, options_.colour != 0);
  }
  void add_bytes(std::string_view label, uint64_t bytes) {
    add(label, bytes == kUnknown ? "unknown" : bytes_text(bytes));
  }
  const std::string &text() const { return text_; }

 private:
  const air_text_options &options_;
  std::string text_;
};

std::string dates_text(const air_model &model) {
  const std::string_view generated = property(model, "model_datetime");
  const std::string_view compiled = property(model, "compile_datetime");
  if (generated.empty()) return std::string(compiled);
  return compiled.empty() ? std::string(generated) : fmt::format("{}, compiled {}", generated, compiled);
}

std::string runtime_text(const air_model &model) {
  const std::string_view version = property(model, "runtime.version"), tools = property(model, "tools.version");
  std::string text = property(model, "runtime");
  if (!version.empty()) text += fmt::format(" {}", version);
  if (!tools.empty()) text += fmt::format(", tools {}", tools);
  return text;
}

std::string device_text(const air_model &model) {
  const std::string_view description = property(model, "device"), type = property(model, "device.type");
  if (description.starts_with(type)) return std::string(description);  // has the clocks too
  if (description.empty()) return std::string(type);
  const uint64_t clock = number_property<uint64_t>(model, "device.sys_clock").value_or(0);
  if (clock == 0) return fmt::format("{}, {}", type, description);
  return fmt::format("{}, {}, {} MHz", type, description, clock / 1'000'000);
}

std::string list_text(const air_model &model, const char *key) {
  return fmt::format("{}", fmt::join(lines_of(property(model, key)), ", "));
}

void add_details(Lines &lines, const air_model &model) {
  const auto add_time = [&](std::string_view label, const char *key) {
    const std::optional<double> ms = number_property<double>(model, key);
    if (ms) lines.add(label, time_text(*ms));
  };
  lines.add("protocol", property(model, "runtime.protocol"));
  lines.add("library", property(model, "runtime.description"));
  lines.add("compiler", property(model, "runtime.compiler"));
  add_time("installed in", "install_ms");
  add_time("initialised in", "init_ms");
  lines.add("capabilities", fmt::format("{}", fmt::join(capability_names(model.capabilities), ", ")));
  lines.add("device id", property(model, "device.id"));
  lines.add("system", property(model, "device.system"));
  lines.add("machine", property(model, "device.machine"));
  lines.add("attributes", list_text(model, "device.attributes"));
  lines.add("extra", list_text(model, "device.extras"));
  lines.add("flags", property(model, "flags"));
}

void add_tensors(Table &table, Tensors tensors, const char *memory) {
  for (const air_tensor *tensor : tensors) {
    table.add({{tensor->tag, Style::kDim},
               {tensor->name},
               {tensor_text(*tensor)},
               {is_open(*tensor) ? "-" : count_text(tensor->size_bytes)},
               {quantization_text(*tensor)},
               {memory != nullptr ? memory : memory_pool_text(*tensor)},
               {tensor->address == 0 ? "" : fmt::format("{:#010x}", tensor->address)}});
  }
}

std::string tensors_table(const air_model &model, const air_text_options &options) {
  std::vector<Column> columns = {{"tag"},
                                 {.title = "tensor", .min_width = 10},
                                 {.title = "type and shape", .min_width = 12},
                                 {.title = "bytes", .right = true, .rank = 2},
                                 {.title = "quantization", .min_width = 12, .rank = 1},
                                 {.title = "memory", .min_width = 8, .rank = 4},
                                 {.title = "address", .rank = 3}};
  if (options.verbose == 0) columns.resize(columns.size() - 2);
  Table table(columns);
  add_tensors(table, {model.inputs, model.n_inputs}, nullptr);
  add_tensors(table, {model.outputs, model.n_outputs}, nullptr);
  if (options.verbose != 0) {
    add_tensors(table, {model.weights_pools, model.n_weights_pools}, "weights");
    add_tensors(table, {model.activations_pools, model.n_activations_pools}, "activations");
  }
  return table.render(options.width, options.colour != 0);
}

}  // namespace

std::string model_to_text(const air_model &model, const air_text_options &options) {
  Lines lines(options);
  lines.add_path("descriptor", model.descriptor);
  lines.add("backend", model.backend);
  lines.add("runtime", runtime_text(model));
  lines.add("device", device_text(model));
  lines.add("generated", dates_text(model));
  lines.add("hash", property(model, "hash"));
  lines.add("nodes", count_text(model.n_nodes_told));
  lines.add("MACC", model.macc == kUnknown ? "unknown" : count_text(model.macc));
  lines.add_bytes("weights", model.weights_bytes);
  lines.add_bytes("activations", model.activations_bytes);
  if (model.states_bytes != 0 && model.states_bytes != kUnknown) lines.add_bytes("states", model.states_bytes);
  if (model.native_batch > 1) lines.add("native batch", count_text(model.native_batch));
  if (options.verbose != 0) add_details(lines, model);
  return title_line(fmt::format("Model {}", model.name), options.width, options.colour != 0) + lines.text() + '\n' +
         tensors_table(model, options);
}

}  // namespace air::report
