// SPDX-License-Identifier: BSD-3-Clause
// The outputs of a run, and the files they go to.
#include "cli/outputs/outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/inputs/values.h"
#include "cli/outputs/file_kinds.h"
#include "cli/running/failure.h"
#include "npz/npz.h"
#include "platform/files/new_file.h"
#include "text/element_json.h"

namespace air::cli {
namespace {

size_t count_npy(const std::vector<std::string> &paths) {
  return static_cast<size_t>(
      std::count_if(paths.begin(), paths.end(), [](const std::string &path) { return extension(path) == ".npy"; }));
}

std::string outputs_json(const std::vector<Output> &outputs) {
  Json array = Json::array();
  for (const Output &output : outputs) {
    const air_view &values = output.values;
    Json object = Json::object();
    object.add("name", output.name);
    object.add("type", air_dtype_name(values.dtype));
    object.add("shape", Json::numbers(std::span(values.shape, values.rank)));
    object.add("data", elements_json(values.data, values.dtype, sample_of(values).n_elements, n_samples_of(values)));
    array.add(std::move(object));
  }
  Json document = Json::object();
  document.add("schema", "airunner.outputs/1");
  document.add("airunner", air_version());
  document.add("outputs", std::move(array));
  return document.print(false);
}

std::vector<int64_t> shape_of(const air_view &values) {
  return {values.shape, values.shape + values.rank};
}

std::string_view bytes_of(const air_view &values) {
  return {static_cast<const char *>(values.data), static_cast<size_t>(values.size_bytes)};
}

void write_npy(const std::string &path, const air_view &values) {
  NewFile file(path);
  file.write(npy_header({values.dtype, shape_of(values), {}}));
  file.write(bytes_of(values));
  file.commit();
}

void write_npz(const std::string &path, const std::vector<Output> &outputs) {
  NpzWriter file(path);
  for (const Output &output : outputs) {
    file.add(output.name, output.values.dtype, shape_of(output.values), bytes_of(output.values));
  }
  file.finish();
}

// One by one, as their shapes differ.
void add_samples(std::vector<Output> &outputs, const HeldResult &result, uint32_t index, const std::string &name) {
  const air_tensor &tensor = *air_get_result_model(result.get())->outputs[index];
  for (uint64_t sample = 0; sample < air_get_profile(result.get())->n_samples; ++sample) {
    air_view values{};
    check(air_get_tensor(result.get(), AIR_PLACE_OUTPUT, 0, index, sample, &values), kFailed);
    Output &output = outputs.emplace_back(Output{fmt::format("{}[{}]", name, sample), &tensor, values, {1}});
    output.shape.insert(output.shape.end(), values.shape, values.shape + values.rank);
    output.values.shape = output.shape.data();
    output.values.rank = static_cast<uint32_t>(output.shape.size());
  }
}

}  // namespace

std::vector<Output> outputs_of(const HeldResult &result) {
  const air_model &model = *air_get_result_model(result.get());
  std::vector<Output> outputs;
  std::set<std::string> names;
  for (uint32_t i = 0; i < model.n_outputs; ++i) {
    const air_tensor &tensor = *model.outputs[i];
    std::string name = tensor.name;
    if (!names.insert(name).second) name += fmt::format("_{}", i + 1);
    air_view values{};
    const air_status status = air_get_tensor(result.get(), AIR_PLACE_OUTPUT, 0, i, AIR_ALL_SAMPLES, &values);
    if (status == AIR_ERROR_INVALID_ARGUMENT) {
      add_samples(outputs, result, i, name);
      continue;
    }
    check(status, kFailed);
    if (values.data == nullptr) return {};
    outputs.push_back({std::move(name), &tensor, values});
  }
  return outputs;
}

void check_output_paths(const std::vector<std::string> &paths, size_t n_outputs) {
  for (const std::string &path : paths) {
    const std::string kind = extension(path);
    if (kind != ".npy" && kind != ".npz" && kind != ".json") {
      throw Failure(kUsage, fmt::format("--output {}: expected a name that ends in .npy, .npz or .json", path));
    }
  }
  const size_t n_npy = count_npy(paths);
  if (n_npy != 0 && n_npy != n_outputs) {
    throw Failure(kUsage, fmt::format("--output: {} .npy file(s) for {} output(s): give one each, or one .npz", n_npy,
                                      n_outputs));
  }
}

std::vector<std::string> write_outputs(Writing &writing, const std::vector<std::string> &paths,
                                       const std::vector<Output> &outputs) {
  if (const size_t n_npy = count_npy(paths); n_npy != 0 && n_npy != outputs.size()) {
    throw Failure(kFailed, "--output: the samples of an output differ in shape: give one .npz or .json for them all");
  }
  std::vector<std::string> written;
  size_t next = 0;
  for (const std::string &path : paths) {
    const std::string kind = extension(path);
    const Output *single = kind == ".npy" ? &outputs.at(next++) : nullptr;
    writing.attempt(path, [&] {
      if (single != nullptr) {
        write_npy(path, single->values);
      } else if (kind == ".npz") {
        write_npz(path, outputs);
      } else {
        write_file(path, outputs_json(outputs));
      }
      written.push_back(path);
    });
  }
  return written;
}

}  // namespace air::cli
