// SPDX-License-Identifier: BSD-3-Clause
// The outputs of a run, and the files they go to.
#include "outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/new_file.h"
#include "failure.h"
#include "files.h"
#include "report/elements.h"

namespace air::cli {
namespace {

size_t count_npy(const std::vector<std::string> &paths) {
  return static_cast<size_t>(
      std::count_if(paths.begin(), paths.end(), [](const std::string &path) { return extension(path) == ".npy"; }));
}

std::string outputs_json(const std::vector<NamedArray> &outputs) {
  report::Json array = report::Json::array();
  for (const NamedArray &output : outputs) {
    const Array &values = output.array;
    report::Json object = report::Json::object();
    object.add("name", output.name);
    object.add("type", air_dtype_name(values.dtype));
    object.add("shape", report::Json::numbers(std::span(values.shape)));
    object.add("data", report::elements_json(values.data.data(), values.dtype,
                                             values.data.size() / air_dtype_size(values.dtype)));
    array.add(std::move(object));
  }
  report::Json document = report::Json::object();
  document.add("schema", "airunner.outputs/1");
  document.add("airunner", air_version());
  document.add("outputs", std::move(array));
  return document.print(false);
}

void write_npy(const std::string &path, const Array &array) {
  NewFile file(path);
  file.write(npy_header(array));
  file.write({reinterpret_cast<const char *>(array.data.data()), array.data.size()});
  file.commit();
}

}  // namespace

std::vector<NamedArray> take_outputs(const Connection &connection) {
  const air_buffer *buffers = nullptr;
  uint32_t n_buffers = 0;
  if (air_get_outputs(connection.session(), &buffers, &n_buffers) != AIR_OK) return {};
  std::vector<NamedArray> outputs;
  std::set<std::string> names;
  for (uint32_t i = 0; i < n_buffers; ++i) {
    const air_buffer &buffer = buffers[i];
    const auto *bytes = static_cast<const unsigned char *>(buffer.data);
    std::string name = connection.info().outputs[i]->name;
    if (!names.insert(name).second) name += fmt::format("_{}", i + 1);
    outputs.push_back(
        {name, {buffer.dtype, {buffer.shape, buffer.shape + buffer.rank}, {bytes, bytes + buffer.size_bytes}}});
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
                                       const std::vector<NamedArray> &outputs) {
  std::vector<std::string> written;
  size_t next = 0;
  for (const std::string &path : paths) {
    const std::string kind = extension(path);
    const NamedArray *single = kind == ".npy" ? &outputs.at(next++) : nullptr;
    writing.attempt([&] {
      if (single != nullptr) {
        write_npy(path, single->array);
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
