// SPDX-License-Identifier: BSD-3-Clause
// What one session computed: recorded, repeated with another session, saved and loaded.
#include "capture.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "convert.h"
#include "error.h"
#include "inputs.h"
#include "lanes.h"
#include "runner.h"
#include "session.h"
#include "tensor.h"

namespace air {
namespace {

constexpr std::string_view kDescription = "capture";  // the array with the JSON text, as bytes
constexpr uint64_t kLongestDescription = uint64_t{64} << 20;

std::string node_array_name(size_t node, size_t tensor) {
  return fmt::format("node_{}_{}", node, tensor);
}

// The source of a capture in messages.
std::string source_of(const std::string &file) {
  return file.empty() ? "this capture" : file;
}

std::string_view text_of(const Array &array) {
  return {reinterpret_cast<const char *>(array.data.data()), array.data.size()};
}

[[noreturn]] void refuse_other_archive(const std::string &source, const std::vector<std::string> &names) {
  fail(AIR_ERROR_INVALID_INPUT,
       "{}: an .npz file, but not a capture: expected the array \"{}\" of airunner compare --save, found: {}", source,
       kDescription, names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")));
}

// What describes the arrays of a file.
NamedArray read_description(const NpzReader &archive, const std::string &path) {
  const std::string name(kDescription);
  if (!archive.has(name)) refuse_other_archive(path, archive.names());
  const std::unique_ptr<Reader> reader = archive.open(name);
  const NpyHeader header = read_npy_header(*reader, archive.what(name));
  if (header.dtype != AIR_DTYPE_UINT8) refuse_other_archive(path, archive.names());
  if (reader->n_left() > kLongestDescription) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged capture: a description of {} bytes, expected at most {}", path,
         reader->n_left(), kLongestDescription);
  }
  return {name, read_npy_data(*reader, header, archive.what(name))};
}

void check_block(air_dtype dtype, uint64_t size, const air_tensor_info &tensor, uint64_t n_samples,
                 const std::string &name, const std::string &source) {
  if (dtype == tensor.dtype && size == checked_size(tensor.size_bytes, n_samples)) return;
  fail(AIR_ERROR_INVALID_INPUT,
       "{}: damaged capture: array {} has {} bytes of {}, expected {} samples of {} bytes of {}", source, name, size,
       air_dtype_name(dtype), n_samples, tensor.size_bytes, air_dtype_name(tensor.dtype));
}

[[noreturn]] void refuse_missing(const std::string &source, const std::string &name, const air_tensor_info &tensor) {
  fail(AIR_ERROR_INVALID_INPUT, "{}: damaged capture: the array {} of tensor {} is missing", source, name, tensor.name);
}

NamedArray make_array(std::string name, const air_tensor_info &tensor, uint64_t n_samples, const void *data) {
  Array array{tensor.dtype, {tensor.storage_shape, tensor.storage_shape + tensor.rank}, {}};
  // The batch of the description, 1, becomes the number of samples; where it is not there a dimension is put in front.
  if (array.shape.empty() || array.shape[0] != 1) array.shape.insert(array.shape.begin(), 1);
  array.shape[0] = static_cast<int64_t>(n_samples);
  const auto *bytes = static_cast<const unsigned char *>(data);
  const uint64_t size = checked_size(tensor.size_bytes, n_samples);
  if (bytes == nullptr) {
    array.data.resize(size);
  } else {
    array.data.assign(bytes, bytes + size);
  }
  return {std::move(name), std::move(array)};
}

bool has_data(const air_node_profile &node) {
  return node.data != nullptr && node.info->n_outputs > 0 &&
         std::find(node.data, node.data + node.info->n_outputs, nullptr) == node.data + node.info->n_outputs;
}

// Inputs as the network stores them, of an invoke that has accepted them.
void add_inputs(std::vector<NamedArray> &arrays, const Session &session, uint64_t n_samples,
                std::span<const air_buffer> inputs, uint32_t io_mode) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const air_tensor_info &tensor = *session.inputs()[i];
    const bool from_float = converts_input(tensor, inputs[i], io_mode);
    arrays.push_back(make_array(fmt::format("input_{}", i), tensor, n_samples, from_float ? nullptr : inputs[i].data));
    if (!from_float) continue;
    std::vector<float> values(checked_product(shape_of(tensor)));  // the caller's memory may not be aligned
    const uint64_t size = values.size() * sizeof(float);
    for (uint64_t sample = 0; sample < n_samples; ++sample) {
      std::memcpy(values.data(), static_cast<const unsigned char *>(inputs[i].data) + sample * size, size);
      quantize_sample(tensor, values.data(), arrays.back().array.data.data() + sample * tensor.size_bytes);
    }
  }
}

void add_nodes(std::vector<NamedArray> &arrays, uint64_t n_samples, std::span<const air_node_profile *const> nodes) {
  for (size_t n = 0; n < nodes.size(); ++n) {
    const air_node_info &info = *nodes[n]->info;
    for (uint32_t t = 0; t < info.n_outputs; ++t) {
      arrays.push_back(make_array(node_array_name(n, t), *info.outputs[t], n_samples, nodes[n]->data[t]));
    }
  }
}

std::vector<air_buffer> buffers_of(std::span<NamedArray> arrays) {
  std::vector<air_buffer> buffers;
  for (NamedArray &item : arrays) {
    buffers.push_back({item.array.data.data(), item.array.data.size(), nullptr, 0, item.array.dtype});
  }
  return buffers;
}

void check_options(uint64_t n_samples, const air_invoke_options &options) {
  if (n_samples == 0) fail(AIR_ERROR_INVALID_ARGUMENT, "n_samples is 0, expected at least 1");
  if ((options.io_mode & AIR_IO_DEQUANTIZE) != 0) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "AIR_IO_DEQUANTIZE: a capture keeps outputs as they are stored; leave it out");
  }
  if ((options.mode & (AIR_MODE_PERF_ONLY | AIR_MODE_FIXED_INPUT)) != 0) {
    fail(AIR_ERROR_INVALID_ARGUMENT,
         "AIR_MODE_PERF_ONLY and AIR_MODE_FIXED_INPUT leave inputs or outputs out: not in a capture");
  }
}

}  // namespace

Capture::Capture(std::vector<NamedArray> arrays)
    : air_capture{}, arrays_(std::move(arrays)), document_(text_of(arrays_.back().array), source_of(file_)) {
  std::unordered_map<std::string_view, const Array *> places;
  for (const NamedArray &item : arrays_) places.emplace(item.name, &item.array);
  bind([&](const std::string &name, const air_tensor_info &tensor) -> const void * {
    const auto found = places.find(name);
    if (found == places.end()) refuse_missing(source_of(file_), name, tensor);
    const Array &array = *found->second;
    check_block(array.dtype, array.data.size(), tensor, n_samples, name, source_of(file_));
    return array.data.data();
  });
}

Capture::Capture(const std::string &path) : Capture(NpzReader(path), path) {}

Capture::Capture(const NpzReader &archive, const std::string &path)
    : air_capture{},
      arrays_{read_description(archive, path)},
      file_(path),
      document_(text_of(arrays_.front().array), path) {
  bind([&](const std::string &name, const air_tensor_info &tensor) -> const void * {
    if (!archive.has(name)) refuse_missing(path, name, tensor);
    const std::unique_ptr<Reader> reader = archive.open(name);
    const NpyHeader header = read_npy_header(*reader, archive.what(name));
    check_block(header.dtype, reader->n_left(), tensor, n_samples, name, path);  // before it is unpacked
    arrays_.push_back({name, read_npy_data(*reader, header, archive.what(name))});
    return arrays_.back().array.data.data();
  });
}

// Points to the values of all tensors, as `block` gives them.
void Capture::bind(const Block &block) {
  struct_size = sizeof(air_capture);
  n_samples = document_.n_samples;
  descriptor = document_.descriptor;
  backend = document_.backend;
  begin = document_.begin;
  host = document_.host;
  air_capture::file = file_.c_str();
  info = &document_.info;
  for (uint32_t i = 0; i < info->n_inputs; ++i) inputs_.push_back(block(fmt::format("input_{}", i), *info->inputs[i]));
  for (uint32_t i = 0; i < info->n_outputs; ++i)
    outputs_.push_back(block(fmt::format("output_{}", i), *info->outputs[i]));
  for (size_t n = 0; n < document_.nodes.size(); ++n) {
    std::vector<const void *> &data = node_data_.emplace_back();
    for (uint32_t t = 0; t < document_.nodes[n].n_outputs; ++t) {
      data.push_back(block(node_array_name(n, t), *document_.nodes[n].outputs[t]));
    }
  }
  for (size_t n = 0; n < node_data_.size(); ++n) {
    nodes_.push_back({sizeof(air_captured_node), 0, &document_.nodes[n], node_data_[n].data()});
  }
  for (const air_captured_node &node : nodes_) node_list_.push_back(&node);
  n_nodes = static_cast<uint32_t>(node_list_.size());
  inputs = inputs_.data();
  outputs = outputs_.data();
  nodes = node_list_.data();
}

std::unique_ptr<Capture> record_capture(Session &session, uint64_t n_samples, std::span<const air_buffer> inputs,
                                        const air_invoke_options &options) {
  check_options(n_samples, options);
  session.check_inputs(n_samples, inputs, options.io_mode);  // before memory for as many outputs is taken
  std::vector<NamedArray> arrays;
  for (const air_tensor_info *tensor : session.outputs()) {
    arrays.push_back(make_array(fmt::format("output_{}", arrays.size()), *tensor, n_samples, nullptr));
  }
  if ((session.model().capabilities & AIR_CAP_RESET_STATES) != 0) session.reset_states();
  std::string document;
  const auto look = [&](const air_profile &profile) {
    if (profile.stopped != 0) {
      fail(AIR_ERROR_CANCELLED, "a callback stopped the run: there is no capture of a part of the samples");
    }
    std::vector<const air_node_profile *> nodes(profile.nodes, profile.nodes + profile.n_nodes);
    std::erase_if(nodes, [](const air_node_profile *node) { return !has_data(*node); });
    add_nodes(arrays, n_samples, nodes);
    document = capture_document(session, profile, n_samples, nodes);
  };
  session.invoke(n_samples, inputs, buffers_of(arrays), options, look);
  add_inputs(arrays, session, n_samples, inputs, options.io_mode);
  arrays.push_back({std::string(kDescription),
                    {AIR_DTYPE_UINT8, {static_cast<int64_t>(document.size())}, {document.begin(), document.end()}}});
  return std::make_unique<Capture>(std::move(arrays));
}

std::unique_ptr<Capture> repeat_capture(Session &session, const air_capture &capture,
                                        const air_invoke_options &options) {
  std::vector<NamedArray> inputs;
  for (const uint32_t source : corresponding_inputs(*capture.info, session.model())) {
    const air_tensor_info &tensor = *session.inputs()[inputs.size()];
    inputs.push_back(make_array("", tensor, capture.n_samples, nullptr));
    convert_input({*capture.info->inputs[source], capture.inputs[source], capture.n_samples}, tensor,
                  inputs.back().array.data.data());
  }
  air_invoke_options own = options;
  own.io_mode &= ~uint32_t{AIR_IO_QUANTIZE};  // they are converted already
  return record_capture(session, capture.n_samples, buffers_of(inputs), own);
}

}  // namespace air
