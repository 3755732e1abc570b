// SPDX-License-Identifier: BSD-3-Clause
// The outputs of a run, and the files they go to.
#include "outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/new_file.h"
#include "failure.h"
#include "files.h"
#include "npz/npz.h"
#include "report/elements.h"
#include "values.h"

namespace air::cli {
namespace {

size_t count_npy(const std::vector<std::string> &paths) {
  return static_cast<size_t>(
      std::count_if(paths.begin(), paths.end(), [](const std::string &path) { return extension(path) == ".npy"; }));
}

std::string outputs_json(const std::vector<Output> &outputs) {
  report::Json array = report::Json::array();
  for (const Output &output : outputs) {
    const air_view &values = output.values;
    report::Json object = report::Json::object();
    object.add("name", output.name);
    object.add("type", air_dtype_name(values.dtype));
    object.add("shape", report::Json::numbers(std::span(values.shape, values.rank)));
    object.add("data",
               report::elements_json(values.data, values.dtype, sample_of(values).n_elements, n_samples_of(values)));
    array.add(std::move(object));
  }
  report::Json document = report::Json::object();
  document.add("schema", "airunner.outputs/1");
  document.add("airunner", air_version());
  document.add("outputs", std::move(array));
  return document.print(false);
}

std::vector<int64_t> shape_of(const air_view &values) {
  return {values.shape, values.shape + values.rank};
}

std::string_view bytes_of(const air_view &values) {
  return {static_cast<const char *>(values.data), values.size_bytes};
}

void write_npy(const std::string &path, const air_view &values) {
  NewFile file(path);
  file.write(npy_header({values.dtype, shape_of(values), {}}));
  file.write(bytes_of(values));
  file.commit();
}

void write_npz(const std::string &path, const std::vector<Output> &outputs) {
  NpzWriter file(path);
  for (const auto &[name, values] : outputs) file.add(name, values.dtype, shape_of(values), bytes_of(values));
  file.finish();
}

}  // namespace

std::vector<Output> outputs_of(const HeldResult &result) {
  const air_model &model = *air_get_result_model(result.get());
  std::vector<Output> outputs;
  std::set<std::string> names;
  for (uint32_t i = 0; i < model.n_outputs; ++i) {
    air_view values{};
    check(air_get_tensor(result.get(), AIR_PLACE_OUTPUT, 0, i, AIR_ALL_SAMPLES, &values), kFailed);
    if (values.data == nullptr) return {};
    std::string name = model.outputs[i]->name;
    if (!names.insert(name).second) name += fmt::format("_{}", i + 1);
    outputs.push_back({std::move(name), values});
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
  std::vector<std::string> written;
  size_t next = 0;
  for (const std::string &path : paths) {
    const std::string kind = extension(path);
    const Output *single = kind == ".npy" ? &outputs.at(next++) : nullptr;
    writing.attempt([&] {
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
