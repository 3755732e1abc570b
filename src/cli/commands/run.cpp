// SPDX-License-Identifier: BSD-3-Clause
// `airunner run`: samples in, outputs out.
#include <fmt/format.h>

#include <cmath>

#include "cli/commands/commands.h"
#include "cli/inputs/labels.h"
#include "cli/inputs/values.h"
#include "cli/outputs/html.h"
#include "cli/outputs/output_files.h"
#include "cli/outputs/outputs.h"
#include "cli/outputs/printing.h"
#include "cli/running/execution.h"
#include "platform/files/new_file.h"
#include "text/descriptions.h"
#include "text/json_writer.h"
#include "text/provenance.h"
#include "text/table.h"

namespace air::cli {
namespace {

// Of the finite values, wherever the others stand; NaN where there is none.
struct Range {
  double min = NAN, max = NAN, mean = NAN;
  uint64_t n_nan = 0, n_inf = 0;
};

Range range_of(const std::vector<double> &values) {
  Range range;
  double sum = 0;
  uint64_t n_finite = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) {
      ++(std::isnan(value) ? range.n_nan : range.n_inf);
      continue;
    }
    range.min = std::fmin(range.min, value);
    range.max = std::fmax(range.max, value);
    sum += value;
    ++n_finite;
  }
  if (n_finite > 0) range.mean = sum / static_cast<double>(n_finite);
  return range;
}

struct Run {
  const air_result *result;
  const Inputs &inputs;
  const std::vector<Output> &outputs;
  std::optional<Accuracy> accuracy;
  const RunOptions &options;
  std::vector<std::string> written = {};  // files
  std::vector<std::string> notes = {};
  std::vector<Range> ranges = {};  // of the outputs

  const air_model &model() const { return *air_get_result_model(result); }
  const air_profile &profile() const { return *air_get_profile(result); }
};

double percent(const Accuracy &accuracy) {
  return 100 * static_cast<double>(accuracy.n_correct) / static_cast<double>(accuracy.n_labels);
}

// Of a sample on the device.
double mean_ms(const Run &run) {
  const double *times = air_get_values(run.result, air_find_column(&run.model(), "time.device"), AIR_WHOLE_RUN);
  air_statistics statistics{};
  check(air_get_statistics(times, times == nullptr ? 0 : run.profile().n_runs, &statistics), kFailed);
  return statistics.mean;
}

Json array_json(const char *name, air_dtype dtype, std::span<const int64_t> shape) {
  Json object = Json::object();
  object.add("name", name);
  object.add("type", air_dtype_name(dtype));
  object.add("shape", Json::numbers(shape));
  return object;
}

// Real values where the library knows what the elements stand for; what was converted to float32 says it itself.
Json statistics_json(const Output &output) {
  const air_view &values = output.values;
  air_tensor form = values.dtype == output.tensor->dtype && output.shape.empty() ? *output.tensor : sample_of(values);
  if (values.dtype == output.tensor->dtype) {
    form.encoding = output.tensor->encoding;
    form.quantization = output.tensor->quantization;
  }
  air_value_statistics statistics{};
  if (air_get_value_statistics(&form, n_samples_of(values), values.data, &statistics) != AIR_OK) return nullptr;
  return value_statistics_json(statistics);
}

Json outputs_json(const Run &run) {
  Json outputs = Json::array();
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    const Output &output = run.outputs[i];
    const air_view &values = output.values;
    const Range &range = run.ranges[i];
    Json object = array_json(output.name.c_str(), values.dtype, {values.shape, values.rank});
    object.add("min", range.min).add("max", range.max).add("mean", range.mean);
    object.add("n_nan", range.n_nan).add("n_inf", range.n_inf);
    object.add("statistics", statistics_json(output));
    outputs.add(std::move(object));
  }
  return outputs;
}

Json inputs_json(const Run &run) {
  Json inputs = Json::array();
  for (size_t i = 0; i < run.inputs.arrays.size(); ++i) {
    const InputArray &array = run.inputs.arrays[i];
    Json input = array_json(run.model().inputs[i]->name, array.dtype, array.shape);
    input.add("source", run.inputs.sources[i]);
    input.add("n_nan", run.inputs.not_finite[i].n_nan).add("n_inf", run.inputs.not_finite[i].n_inf);
    inputs.add(std::move(input));
  }
  return inputs;
}

std::string document(const Run &run) {
  const air_model &model = run.model();
  const air_profile &profile = run.profile();
  Json times = Json::object();
  times.add("device_ms", profile.device_ms);
  times.add("link_ms", profile.link_ms);
  times.add("host_ms", profile.host_ms);
  Json accuracy = nullptr;
  if (run.accuracy) {
    accuracy = Json::object();
    accuracy.add("top1", percent(*run.accuracy) / 100);
    accuracy.add("n_correct", run.accuracy->n_correct).add("n_labels", run.accuracy->n_labels);
  }
  Json files = Json::array();
  for (const std::string &path : run.written) files.add(path);
  Json notes = Json::array();
  for (const std::string &note : run.notes) notes.add(note);
  Json object = Json::object();
  object.add("schema", "airunner.run/1");
  object.add("airunner", air_version());
  object.add("descriptor", model.descriptor);
  object.add("backend", model.backend);
  add_provenance(object, run.result);
  object.add("name", model.name);
  object.add("hash", property(model, "hash"));
  object.add("runtime", fmt::format("{} {}", property(model, "runtime"), property(model, "runtime.version")));
  object.add("device", property(model, "device"));
  object.add("mode", texts_json(mode_names(profile.mode)));
  object.add("mode_not_granted", texts_json(missing_modes(profile.asked_mode, profile.mode)));
  object.add("n_samples", profile.n_samples);
  object.add("mean_ms", mean_ms(run));
  object.add("times", std::move(times));
  object.add("inputs", inputs_json(run));
  object.add("outputs", outputs_json(run));
  object.add("files", std::move(files));
  object.add("accuracy", std::move(accuracy));
  object.add("notes", std::move(notes));
  return object.print(false);
}

std::string number_text(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "-";
}

// Values that are no numbers are told: min, max and mean are without them.
void look_at_outputs(Run &run) {
  for (const Output &output : run.outputs) {
    const std::vector<double> values = to_doubles(output.values);
    const Range &range = run.ranges.emplace_back(range_of(values));
    if (range.n_nan + range.n_inf == 0) continue;
    run.notes.push_back(fmt::format("output {} has {} NaN and {} infinite among {} values", output.name, range.n_nan,
                                    range.n_inf, values.size()));
  }
}

void print_text(const Run &run) {
  const air_text_options layout = text_options(false);
  const bool colour = layout.colour != 0;
  const auto field = [&](const char *label, const std::string &value) {
    print(labelled_text(label, value, layout.width, colour));
  };
  const air_profile &profile = run.profile();
  print(title_line(fmt::format("Run of {}", run.model().name), layout.width, colour));
  for (const std::string &note : run.notes) field("note", note);
  print(labelled_line("descriptor", run.model().descriptor, layout.width, colour));
  field("samples", count_text(profile.n_samples));
  if (const std::string missing = missing_modes_text(profile.asked_mode, profile.mode); !missing.empty()) {
    field("mode", missing + ": the target or runtime does not give it");
  }
  field("time",
        fmt::format("{} a sample on the device, {} in all", time_text(mean_ms(run)), time_text(profile.host_ms)));
  if (run.accuracy) {
    field("accuracy", fmt::format("{:.2f}% ({} of {} labels)", percent(*run.accuracy), run.accuracy->n_correct,
                                  run.accuracy->n_labels));
  }
  for (const std::string &path : run.written) print(labelled_line("written", path, layout.width, colour));
  if (run.outputs.empty()) return;
  Table table({{.title = "output", .min_width = 8},
               {.title = "type and shape", .min_width = 12},
               {.title = "min", .right = true},
               {.title = "max", .right = true},
               {.title = "mean", .right = true, .rank = 1}});
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    const Output &output = run.outputs[i];
    const air_view &values = output.values;
    const Range &range = run.ranges[i];
    table.add({{output.name},
               {fmt::format("{} {}", air_dtype_name(values.dtype), compact_shape_text({values.shape, values.rank}))},
               {number_text(range.min)},
               {number_text(range.max)},
               {number_text(range.mean)}});
  }
  print("\n" + table.render(layout.width, colour));
}

// Nothing without --labels. What was made of the file becomes part of the notes.
std::optional<Labels> labels_of(const RunOptions &own, const air_model &model, Inputs &inputs) {
  if (own.labels.empty()) return std::nullopt;
  if (model.n_outputs == 0) throw Failure(kUsage, "--labels: the model has no outputs");
  uint64_t n_classes = 1;
  for (const int64_t dimension : shape_of(*model.outputs[0])) {
    if (dimension < 0) throw Failure(kUsage, "--labels: the first output has another shape in each sample");
    n_classes *= static_cast<uint64_t>(dimension);
  }
  Labels labels = read_labels(own.labels, inputs, n_classes);
  tell(labels.notes);
  inputs.notes.insert(inputs.notes.end(), labels.notes.begin(), labels.notes.end());
  return labels;
}

}  // namespace

int command_run(const Options &options, const RunOptions &own) {
  std::vector<OutputFile> files = {{"--html", own.html}};
  for (const std::string &path : own.outputs) files.push_back({"--output", path});
  ReadFiles read = files_named(options);
  read.emplace_back(own.labels);
  check_output_files(files, read);
  const Connection connection(options);
  check_output_files(files, connection);
  check_output_paths(own.outputs, connection.model().n_outputs);
  if (!own.labels.empty() && options.inputs.empty()) {
    throw Failure(kUsage, "--labels without --input: random inputs have no classes");
  }
  Inputs inputs = make_inputs(connection, options);
  const std::optional<Labels> labels = labels_of(own, connection.model(), inputs);
  Execution execution = execute(connection, inputs, options.invoke_options(AIR_MODE_IO_ONLY));
  if (execution.failure) {
    execution.failure->causes.push_back(fmt::format("{} of {} samples were completed; no outputs are written",
                                                    execution.n_samples(), inputs.n_samples));
    throw *execution.failure;
  }
  const std::vector<Output> outputs = outputs_of(execution.result);
  if (outputs.empty() && (labels || !own.outputs.empty())) {
    throw Failure(kUsage, "--mode perf-only computes no outputs: leave it, or --output and --labels, out");
  }
  Run run{execution.result.get(), inputs, outputs, std::nullopt, own};
  if (labels) run.accuracy = top1_accuracy(outputs.front().values, labels->classes);
  Writing writing;
  run.notes = inputs.notes;
  look_at_outputs(run);
  run.written = write_outputs(writing, own.outputs, outputs);
  options.json ? print(document(run)) : print_text(run);
  if (!own.html.empty()) {
    const Document json{"", document(run)};
    writing.attempt(own.html, [&] { write_file(own.html, html_page(std::span(&json, 1))); });
  }
  writing.finish();
  return kOk;
}

}  // namespace air::cli
