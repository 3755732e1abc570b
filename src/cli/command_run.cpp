// SPDX-License-Identifier: BSD-3-Clause
// `airunner run`: samples in, outputs out.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "commands.h"
#include "common/new_file.h"
#include "execution.h"
#include "html.h"
#include "labels.h"
#include "output_files.h"
#include "outputs.h"
#include "report/circumstances.h"
#include "report/info_json.h"
#include "report/json.h"
#include "report/table.h"
#include "report/texts.h"
#include "text.h"
#include "values.h"

namespace air::cli {
namespace {

using report::Json;

struct Range {
  double min, max, mean;
};

Range range_of(const std::vector<double> &values) {
  if (values.empty()) return {0, 0, 0};
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return {*min, *max, std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size())};
}

struct Result {
  const Connection &connection;
  const Inputs &inputs;
  const air_profile &profile;
  const std::vector<NamedArray> &outputs;
  std::optional<Accuracy> accuracy;
  const RunOptions &options;
  uint32_t asked_mode;
  std::vector<std::string> written = {};  // files
};

double percent(const Accuracy &accuracy) {
  return 100 * static_cast<double>(accuracy.n_correct) / static_cast<double>(accuracy.n_labels);
}

air_statistics device_statistics(const air_profile &profile) {
  air_statistics statistics{};
  check(air_get_statistics(profile.durations_ms, profile.n_durations, &statistics), kFailed);
  return statistics;
}

Json array_json(const char *name, air_dtype dtype, const std::vector<int64_t> &shape) {
  Json object = Json::object();
  object.add("name", name);
  object.add("type", air_dtype_name(dtype));
  object.add("shape", Json::numbers(std::span(shape)));
  return object;
}

// Real values where the library knows what the elements stand for; what was converted to float32 says it itself.
Json statistics_json(const air_tensor_info &tensor, const Array &array) {
  air_tensor_info form = tensor;
  if (array.dtype != tensor.dtype) {
    form = {.struct_size = sizeof(form), .flags = 0, .name = tensor.name, .tag = tensor.tag, .dtype = array.dtype};
    form.encoding = AIR_ENCODING_PLAIN;
    form.rank = tensor.rank;
    form.shape = form.storage_shape = tensor.shape;
    form.quantized_axis = -1;
    form.n_elements = 1;
    for (const int64_t dimension : std::span(tensor.shape, tensor.rank))
      form.n_elements *= static_cast<uint64_t>(dimension);
    form.size_bytes = form.n_elements * air_dtype_size(form.dtype);
  }
  air_value_statistics values{};
  const uint64_t n_samples = form.size_bytes == 0 ? 0 : array.data.size() / form.size_bytes;
  if (n_samples == 0 || air_get_value_statistics(&form, n_samples, array.data.data(), &values) != AIR_OK)
    return nullptr;
  return report::value_statistics_json(values);
}

Json outputs_json(const Result &result) {
  Json outputs = Json::array();
  for (size_t i = 0; i < result.outputs.size(); ++i) {
    const NamedArray &output = result.outputs[i];
    const Range range = range_of(to_doubles(output.array));
    Json object = array_json(output.name.c_str(), output.array.dtype, output.array.shape);
    object.add("min", range.min).add("max", range.max).add("mean", range.mean);
    object.add("statistics", statistics_json(*result.connection.info().outputs[i], output.array));
    outputs.add(std::move(object));
  }
  return outputs;
}

std::string document(const Result &result) {
  const air_model_info &info = result.connection.info();
  Json inputs = Json::array();
  for (size_t i = 0; i < result.inputs.arrays.size(); ++i) {
    const InputArray &array = result.inputs.arrays[i];
    Json input = array_json(info.inputs[i]->name, array.dtype, array.shape);
    input.add("source", result.inputs.sources[i]);
    input.add("n_nan", result.inputs.not_finite[i].n_nan).add("n_inf", result.inputs.not_finite[i].n_inf);
    inputs.add(std::move(input));
  }
  Json times = Json::object();
  times.add("device_ms", result.profile.device_ms);
  times.add("link_ms", result.profile.link_ms);
  times.add("host_ms", result.profile.host_ms);
  Json accuracy = nullptr;
  if (result.accuracy) {
    accuracy = Json::object();
    accuracy.add("top1", percent(*result.accuracy) / 100);
    accuracy.add("n_correct", result.accuracy->n_correct).add("n_labels", result.accuracy->n_labels);
  }
  Json files = Json::array();
  for (const std::string &path : result.written) files.add(path);
  Json notes = Json::array();
  for (const std::string &note : result.inputs.notes) notes.add(note);
  Json object = Json::object();
  object.add("schema", "airunner.run/1");
  object.add("airunner", air_version());
  object.add("descriptor", air_get_descriptor(result.connection.runner()));
  object.add("backend", air_get_backend(result.connection.runner()));
  report::add_circumstances(object, result.profile);
  object.add("name", info.name);
  object.add("hash", info.hash);
  object.add("runtime", fmt::format("{} {}", info.runtime->name, report::version_text(info.runtime->version)));
  object.add("device", info.device->description);
  object.add("mode", report::texts_json(report::mode_names(result.profile.mode)));
  object.add("mode_not_granted", report::texts_json(report::missing_modes(result.asked_mode, result.profile.mode)));
  object.add("n_samples", result.profile.n_samples);
  object.add("mean_ms", device_statistics(result.profile).mean);
  object.add("times", std::move(times));
  object.add("inputs", std::move(inputs));
  object.add("outputs", outputs_json(result));
  object.add("files", std::move(files));
  object.add("accuracy", std::move(accuracy));
  object.add("notes", std::move(notes));
  return object.print(false);
}

void print_text(const Result &result) {
  const air_text_options layout = text_options(false);
  const bool colour = layout.colour != 0;
  const auto field = [&](const char *label, const std::string &value) {
    print(report::labelled_line(label, value, layout.width, colour));
  };
  const air_profile &profile = result.profile;
  print(report::title_line(fmt::format("Run of {}", result.connection.info().name), layout.width, colour));
  field("descriptor", air_get_descriptor(result.connection.runner()));
  field("samples", report::count_text(profile.n_samples));
  if (const std::string missing = report::missing_modes_text(result.asked_mode, profile.mode); !missing.empty()) {
    field("mode", missing + ": the target or runtime does not give it");
  }
  field("time", fmt::format("{} a sample on the device, {} in all", report::time_text(device_statistics(profile).mean),
                            report::time_text(profile.host_ms)));
  if (result.accuracy) {
    field("accuracy", fmt::format("{:.2f}% ({} of {} labels)", percent(*result.accuracy), result.accuracy->n_correct,
                                  result.accuracy->n_labels));
  }
  for (const std::string &path : result.written) field("written", path);
  for (const std::string &note : result.inputs.notes) field("note", note);
  if (result.outputs.empty()) return;
  report::Table table({{.title = "output", .min_width = 8},
                       {.title = "type and shape", .min_width = 12},
                       {.title = "min", .right = true},
                       {.title = "max", .right = true},
                       {.title = "mean", .right = true, .rank = 1}});
  for (const NamedArray &output : result.outputs) {
    const Range range = range_of(to_doubles(output.array));
    table.add({{output.name},
               {fmt::format("{} {}", air_dtype_name(output.array.dtype), report::shape_text(output.array.shape))},
               {fmt::format("{:.6g}", range.min)},
               {fmt::format("{:.6g}", range.max)},
               {fmt::format("{:.6g}", range.mean)}});
  }
  print("\n" + table.render(layout.width, colour));
}

// Nothing without --labels. What was made of the file becomes part of the notes.
std::optional<Labels> labels_of(const RunOptions &own, const air_model_info &info, Inputs &inputs) {
  if (own.labels.empty()) return std::nullopt;
  if (info.n_outputs == 0) throw Failure(kUsage, "--labels: the model has no outputs");
  uint64_t n_classes = 1;
  for (const int64_t dimension : std::span(info.outputs[0]->shape, info.outputs[0]->rank)) {
    n_classes *= static_cast<uint64_t>(dimension);
  }
  Labels labels = read_labels(own.labels, inputs, n_classes);
  tell(labels.notes);
  inputs.notes.insert(inputs.notes.end(), labels.notes.begin(), labels.notes.end());
  return labels;
}

}  // namespace

int command_run(const Options &options, const RunOptions &own, Interrupt &interrupt) {
  std::vector<OutputFile> files = {{"--html", own.html}};
  for (const std::string &path : own.outputs) files.push_back({"--output", path});
  ReadFiles read = files_named(options);
  read.emplace_back(own.labels);
  check_output_files(files, read);
  const Connection connection(options);
  check_output_files(files, connection);
  check_output_paths(own.outputs, connection.info().n_outputs);
  if (!own.labels.empty() && options.inputs.empty()) {
    throw Failure(kUsage, "--labels without --input: random inputs have no classes");
  }
  Inputs inputs = make_inputs(connection, options);
  const std::optional<Labels> labels = labels_of(own, connection.info(), inputs);
  air_invoke_options invoke = AIR_INVOKE_OPTIONS_INIT;
  invoke.mode = options.mode(AIR_MODE_IO_ONLY);
  invoke.io_mode = options.io_mode();
  invoke.timeout_ms = options.timeout_ms();
  Execution execution = execute(interrupt, connection, inputs, invoke);
  if (execution.failure) {
    execution.failure->causes.push_back(fmt::format("{} of {} samples were completed; no outputs are written",
                                                    execution.profile->n_samples, inputs.n_samples));
    throw *execution.failure;
  }
  const std::vector<NamedArray> outputs = take_outputs(connection);
  if (outputs.empty() && (labels || !own.outputs.empty())) {
    throw Failure(kUsage, "--mode perf-only computes no outputs: leave it, or --output and --labels, out");
  }
  Result result{connection, inputs, *execution.profile, outputs, std::nullopt, own, invoke.mode};
  if (labels) result.accuracy = top1_accuracy(outputs.front().array, labels->classes);
  Writing writing;
  result.written = write_outputs(writing, own.outputs, outputs);
  options.json ? print(document(result)) : print_text(result);
  if (!own.html.empty()) {
    const Document json{"", document(result)};
    writing.attempt([&] { write_file(own.html, html_page(std::span(&json, 1))); });
  }
  writing.finish();
  return kOk;
}

}  // namespace air::cli
