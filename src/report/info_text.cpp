// SPDX-License-Identifier: BSD-3-Clause
// Model information as a table for people.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>

#include "report.h"
#include "table.h"
#include "texts.h"

namespace air::report {
namespace {

using Tensors = std::span<const air_tensor_info *const>;

// Collects labelled lines; a line without a value is left out.
class Lines {
 public:
  explicit Lines(const air_text_options &options) : options_(options) {}

  void add(std::string_view label, std::string_view value) {
    if (!value.empty()) text_ += labelled_line(label, value, options_.width, options_.colour != 0);
  }
  void add_bytes(std::string_view label, uint64_t bytes) {
    add(label, bytes == kUnknown ? "unknown" : bytes_text(bytes));
  }
  const std::string &text() const { return text_; }

 private:
  const air_text_options &options_;
  std::string text_;
};

std::string dates_text(const air_model_info &info) {
  const std::string_view generated = info.model_datetime;
  const std::string_view compiled = info.compile_datetime;
  if (generated.empty()) return std::string(compiled);
  return compiled.empty() ? std::string(generated) : fmt::format("{}, compiled {}", generated, compiled);
}

std::string runtime_text(const air_runtime_info &runtime) {
  std::string text = fmt::format("{} {}", runtime.name, version_text(runtime.version));
  const std::string tools = version_text(runtime.tools_version);
  if (tools != "0.0.0") text += fmt::format(", tools {}", tools);
  return text;
}

std::string device_text(const air_device_info &device) {
  const std::string_view description = device.description;
  if (description.starts_with(device.dev_type)) return std::string(description);  // has the clocks too
  if (device.sys_clock == 0) return fmt::format("{}, {}", device.dev_type, description);
  return fmt::format("{}, {}, {} MHz", device.dev_type, device.description, device.sys_clock / 1'000'000);
}

void add_details(Lines &lines, const air_model_info &info) {
  const air_runtime_info &runtime = *info.runtime;
  const air_device_info &device = *info.device;
  lines.add("protocol", runtime.protocol);
  lines.add("library", runtime.description);
  lines.add("compiler", runtime.compiler);
  lines.add("installed in", info.install_ms < 0 ? "" : time_text(info.install_ms));
  lines.add("initialised in", info.init_ms < 0 ? "" : time_text(info.init_ms));
  lines.add("capabilities", fmt::format("{}", fmt::join(capability_names(info.capabilities), ", ")));
  lines.add("device id", device.dev_id);
  lines.add("system", device.system);
  lines.add("machine", device.machine);
  lines.add("attributes", fmt::format("{}", fmt::join(std::span(device.attributes, device.n_attributes), ", ")));
  lines.add("extra", fmt::format("{}", fmt::join(std::span(device.extras, device.n_extras), ", ")));
  lines.add("flags", info.flags);
}

void add_tensors(Table &table, Tensors tensors, const char *memory) {
  for (const air_tensor_info *tensor : tensors) {
    table.add({{tensor->tag, Style::kDim},
               {tensor->name},
               {tensor_text(*tensor)},
               {count_text(tensor->size_bytes)},
               {quantization_text(*tensor)},
               {memory != nullptr ? memory : memory_pool_text(*tensor)},
               {tensor->address == 0 ? "" : fmt::format("{:#010x}", tensor->address)}});
  }
}

std::string tensors_table(const air_model_info &info, const air_text_options &options) {
  std::vector<Column> columns = {{"tag"},
                                 {.title = "tensor", .min_width = 10},
                                 {.title = "type and shape", .min_width = 12},
                                 {.title = "bytes", .right = true, .rank = 2},
                                 {.title = "quantization", .min_width = 12, .rank = 1},
                                 {.title = "memory", .min_width = 8, .rank = 4},
                                 {.title = "address", .rank = 3}};
  if (options.verbose == 0) columns.resize(columns.size() - 2);
  Table table(columns);
  add_tensors(table, {info.inputs, info.n_inputs}, nullptr);
  add_tensors(table, {info.outputs, info.n_outputs}, nullptr);
  if (options.verbose != 0) {
    add_tensors(table, {info.weights_pools, info.n_weights_pools}, "weights");
    add_tensors(table, {info.activations_pools, info.n_activations_pools}, "activations");
  }
  return table.render(options.width, options.colour != 0);
}

}  // namespace

std::string info_to_text(const air_model_info &info, const RunnerTexts &runner, const air_text_options &options) {
  Lines lines(options);
  lines.add("descriptor", runner.descriptor);
  lines.add("backend", runner.backend);
  lines.add("runtime", runtime_text(*info.runtime));
  lines.add("device", device_text(*info.device));
  lines.add("generated", dates_text(info));
  lines.add("hash", info.hash);
  lines.add("nodes", count_text(info.n_nodes));
  lines.add("MACC", info.macc == kUnknown ? "unknown" : count_text(info.macc));
  lines.add_bytes("weights", info.weights_bytes);
  lines.add_bytes("activations", info.activations_bytes);
  if (info.states_bytes > 0) lines.add_bytes("states", info.states_bytes);
  if (info.native_batch > 1) lines.add("native batch", count_text(info.native_batch));
  if (options.verbose != 0) add_details(lines, info);
  return title_line(fmt::format("Model {}", info.name), options.width, options.colour != 0) + lines.text() + '\n' +
         tensors_table(info, options);
}

}  // namespace air::report
