// SPDX-License-Identifier: BSD-3-Clause
// `airunner run`: samples in, outputs out.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "commands.h"
#include "execution.h"
#include "outputs.h"
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
};

double percent(const Accuracy &accuracy) {
  return 100 * static_cast<double>(accuracy.n_correct) / static_cast<double>(accuracy.n_labels);
}

air_statistics device_statistics(const air_profile &profile) {
  air_statistics statistics{};
  check(air_get_statistics(profile.durations_ms, profile.n_durations, &statistics), kFailed);
  return statistics;
}

Json array_json(const char *name, const Array &array) {
  Json object = Json::object();
  object.add("name", name);
  object.add("type", air_dtype_name(array.dtype));
  object.add("shape", Json::numbers(std::span(array.shape)));
  return object;
}

void print_json(const Result &result) {
  const air_model_info &info = result.connection.info();
  Json inputs = Json::array();
  for (size_t i = 0; i < result.inputs.arrays.size(); ++i) {
    Json object = array_json(info.inputs[i]->name, result.inputs.arrays[i]);
    inputs.add(std::move(object.add("source", result.inputs.sources[i])));
  }
  Json outputs = Json::array();
  for (const NamedArray &output : result.outputs) {
    const Range range = range_of(to_doubles(output.array));
    Json object = array_json(output.name.c_str(), output.array);
    outputs.add(std::move(object.add("min", range.min).add("max", range.max).add("mean", range.mean)));
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
  for (const std::string &path : result.options.outputs) files.add(path);
  Json document = Json::object();
  document.add("schema", "airunner.run/1");
  document.add("airunner", air_version());
  document.add("descriptor", air_get_descriptor(result.connection.runner()));
  document.add("backend", air_get_backend(result.connection.runner()));
  document.add("name", info.name);
  document.add("n_samples", result.profile.n_samples);
  document.add("mean_ms", device_statistics(result.profile).mean);
  document.add("times", std::move(times));
  document.add("inputs", std::move(inputs));
  document.add("outputs", std::move(outputs));
  document.add("files", std::move(files));
  document.add("accuracy", std::move(accuracy));
  print(document.print(false));
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
  field("time", fmt::format("{} a sample on the device, {} in all", report::time_text(device_statistics(profile).mean),
                            report::time_text(profile.host_ms)));
  if (result.accuracy) {
    field("accuracy", fmt::format("{:.2f}% ({} of {} labels)", percent(*result.accuracy), result.accuracy->n_correct,
                                  result.accuracy->n_labels));
  }
  for (const std::string &path : result.options.outputs) field("written", path);
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

}  // namespace

int command_run(const Options &options, const RunOptions &own, Interrupt &interrupt) {
  const Connection connection(options);
  check_output_paths(own.outputs, connection.info().n_outputs);
  std::optional<Array> labels;
  if (!own.labels.empty() && options.inputs.empty()) {
    throw Failure(kUsage, "--labels without --input: random inputs have no classes");
  }
  if (!own.labels.empty()) labels = parse_npy(read_file(own.labels), own.labels);
  Inputs inputs = make_inputs(connection, options);
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
  Result result{connection, inputs, *execution.profile, outputs, std::nullopt, own};
  if (labels) result.accuracy = top1_accuracy(outputs.front().array, *labels);
  write_outputs(own.outputs, outputs);
  options.json ? print_json(result) : print_text(result);
  return kOk;
}

}  // namespace air::cli
