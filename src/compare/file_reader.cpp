// SPDX-License-Identifier: BSD-3-Clause
// A result read from a file.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <set>
#include <span>

#include "common/error.h"
#include "common/tensor_facts.h"
#include "compare/document.h"
#include "compare/file.h"
#include "compare/file_layout.h"
#include "compare/tensors.h"
#include "npz/npz.h"
#include "platform/files/file_facts.h"

namespace air {
namespace {

air_status status_of(const std::error_code &error) {
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return AIR_ERROR_NOT_FOUND;
  return error == std::errc::permission_denied ? AIR_ERROR_PERMISSION : AIR_ERROR_IO;
}

// What follows takes a file that cannot be read for one that is none.
void check_readable(const std::string &path) {
  const std::error_code error = why_not_read(path);
  if (error) throw Error(status_of(error), fmt::format("{}: cannot be read: {}", path, error.message()), error.value());
}

[[noreturn]] void refuse_other_archive(const std::string &path, const std::vector<std::string> &names) {
  fail(AIR_ERROR_INVALID_INPUT,
       "{}: an .npz file, but not a capture: expected the array \"{}\" of airunner compare --save, found: {}", path,
       kDescription, names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")));
}

Description description_in(const NpzReader &archive, const std::string &path) {
  if (!archive.has(kDescription)) refuse_other_archive(path, archive.names());
  const std::unique_ptr<Reader> reader = archive.open(kDescription);
  const NpyHeader header = read_npy_header(*reader, archive.what(kDescription));
  if (header.dtype != AIR_DTYPE_UINT8) refuse_other_archive(path, archive.names());
  if (reader->n_left() > kLongestDescription) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged capture: a description of {} bytes, expected at most {}", path,
         reader->n_left(), kLongestDescription);
  }
  const Bytes text = read_npy_data(*reader, header, archive.what(kDescription)).data;
  return read_description({reinterpret_cast<const char *>(text.data()), text.size()}, path);
}

class ResultReader {
 public:
  explicit ResultReader(const std::string &path)
      : path_(path), archive_(path), told_(description_in(archive_, path)), model_(*told_.model) {
    if (told_.arrays) left_ = *told_.arrays;
  }

  HeldResult read();

 private:
  // Whether the file has the array; says so once.
  bool takes(const std::string &name) { return left_.erase(name) > 0; }
  bool takes_tensor(const std::string &name) { return takes(name) || !told_.arrays; }
  uint64_t n_samples() const { return told_.profile.n_samples; }
  uint64_t n_runs() const { return told_.profile.n_runs; }

  struct Expected {
    std::string owner;  // "tensor output_1"
    air_dtype dtype;
    std::optional<uint64_t> size;  // bytes; nothing: any
    std::string size_text;
  };
  Array &unpack(const std::string &name, const Expected &expected);
  air_view tensor(const std::string &name, const air_tensor &tensor);
  std::vector<air_view> tensors(const char *place, std::span<const air_tensor *const> tensors);
  std::vector<air_view> node_tensors(size_t described);
  const double *values(const std::string &name, uint64_t count);
  std::vector<const char *> texts(const std::string &name, uint64_t count);
  void read_nodes(air_result_parts &parts);
  void read_values(air_result_parts &parts);
  void read_notes(air_result_parts &parts);
  void check_all_taken() const;

  const std::string &path_;
  NpzReader archive_;
  Description told_;
  const air_model &model_;
  std::set<std::string> left_;
  // What the parts point to.
  std::deque<Array> arrays_;
  std::vector<air_view> inputs_, outputs_;
  std::vector<std::vector<air_view>> node_outputs_;
  std::vector<const air_view *> node_output_list_;
  std::vector<const double *> values_;
  std::vector<std::vector<const double *>> node_values_;
  std::vector<const double *const *> node_value_list_;
  std::vector<const char *> notes_, node_notes_;
  std::vector<const char *const *> node_note_list_;
};

Array &ResultReader::unpack(const std::string &name, const Expected &expected) {
  if (!archive_.has(name)) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged capture: the array {} of {} is missing", path_, name, expected.owner);
  }
  const std::unique_ptr<Reader> reader = archive_.open(name);
  const NpyHeader header = read_npy_header(*reader, archive_.what(name));
  if (header.dtype != expected.dtype || reader->n_left() != expected.size.value_or(reader->n_left())) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged capture: array {} has {} bytes of {}, expected {} of {}", path_, name,
         reader->n_left(), air_dtype_name(header.dtype), expected.size_text, air_dtype_name(expected.dtype));
  }
  return arrays_.emplace_back(read_npy_data(*reader, header, archive_.what(name)));
}

air_view ResultReader::tensor(const std::string &name, const air_tensor &tensor) {
  Array &array = unpack(name, {fmt::format("tensor {}", tensor.name), array_dtype(tensor.dtype),
                               checked_size(tensor.size_bytes, n_samples()),
                               fmt::format("{} samples of {} bytes", n_samples(), tensor.size_bytes)});
  array.shape = with_samples(storage_shape_of(tensor), n_samples());
  const void *data = array.data.empty() ? static_cast<const void *>(&array) : array.data.data();  // NULL: no data
  return {data, array.data.size(), array.shape.data(), static_cast<uint32_t>(array.shape.size()), tensor.dtype};
}

std::vector<air_view> ResultReader::tensors(const char *place, std::span<const air_tensor *const> tensors) {
  std::vector<air_view> views;
  for (const air_tensor *item : tensors) {
    const std::string name = tensor_array(place, views.size());
    takes(name);
    views.push_back(tensor(name, *item));
  }
  return views;
}

std::vector<air_view> ResultReader::node_tensors(size_t described) {
  const air_node &node = *model_.nodes[told_.nodes[described]];
  std::vector<air_view> views(node.n_outputs);
  for (uint32_t t = 0; t < node.n_outputs; ++t) {
    const std::string name = node_array(described, t);
    if (takes_tensor(name)) views[t] = tensor(name, *node.outputs[t]);
  }
  return views;
}

const double *ResultReader::values(const std::string &name, uint64_t count) {
  if (!takes(name)) return nullptr;
  const Array &array = unpack(
      name, {"measurements", AIR_DTYPE_FLOAT64, checked_size(count, sizeof(double)), fmt::format("{} values", count)});
  return reinterpret_cast<const double *>(array.data.data());
}

// None where the file has none.
std::vector<const char *> ResultReader::texts(const std::string &name, uint64_t count) {
  if (!takes(name)) return {};
  const Bytes &bytes = unpack(name, {"notes", AIR_DTYPE_UINT8, {}, "texts"}).data;
  const auto n_texts = static_cast<uint64_t>(std::count(bytes.begin(), bytes.end(), '\0'));
  if (n_texts != count || bytes.empty() || bytes.back() != '\0') {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged capture: array {} has {} texts, expected {} that end with a zero byte",
         path_, name, n_texts, count);
  }
  std::vector<const char *> all;
  for (const auto *at = reinterpret_cast<const char *>(bytes.data()); all.size() < count; at += strlen(at) + 1) {
    all.push_back(at);
  }
  return all;
}

void ResultReader::read_nodes(air_result_parts &parts) {
  node_outputs_.resize(model_.n_nodes);
  for (size_t i = 0; i < told_.nodes.size(); ++i) node_outputs_[told_.nodes[i]] = node_tensors(i);
  for (const std::vector<air_view> &views : node_outputs_) {
    node_output_list_.push_back(views.empty() ? nullptr : views.data());
  }
  parts.node_outputs = node_output_list_.data();
}

void ResultReader::read_values(air_result_parts &parts) {
  const auto is_known = [](double value) { return !std::isnan(value); };
  node_values_.resize(model_.n_nodes);
  for (uint32_t c = 0; c < model_.n_columns; ++c) {
    values_.push_back(values(values_array(*model_.columns[c]), n_runs()));
    const double *rows = values(node_values_array(*model_.columns[c]), checked_size(model_.n_nodes, n_runs()));
    for (uint32_t n = 0; rows != nullptr && n < model_.n_nodes; ++n) {
      const double *row = rows + n * n_runs();
      if (!std::any_of(row, row + n_runs(), is_known)) continue;
      node_values_[n].resize(model_.n_columns);  // few nodes of a file have any
      node_values_[n][c] = row;
    }
  }
  for (const std::vector<const double *> &columns : node_values_) {
    node_value_list_.push_back(columns.empty() ? nullptr : columns.data());
  }
  parts.values = values_.data();
  parts.node_values = node_value_list_.data();
}

void ResultReader::read_notes(air_result_parts &parts) {
  notes_ = texts(kNotes, n_runs());
  node_notes_ = texts(kNodeNotes, checked_size(model_.n_nodes, n_runs()));
  if (!notes_.empty()) parts.notes = notes_.data();
  if (node_notes_.empty()) return;
  for (uint32_t n = 0; n < model_.n_nodes; ++n) node_note_list_.push_back(node_notes_.data() + n * n_runs());
  parts.node_notes = node_note_list_.data();
}

void ResultReader::check_all_taken() const {
  if (left_.empty()) return;
  fail(AIR_ERROR_INVALID_INPUT, "{}: damaged description of a capture: there is nothing that the array {} belongs to",
       path_, *left_.begin());
}

HeldResult ResultReader::read() {
  air_result_parts parts{};
  parts.struct_size = sizeof(parts);
  parts.model = &model_;
  told_.profile.n_not_finite = static_cast<uint32_t>(told_.not_finite.size());
  told_.profile.not_finite = told_.not_finite.data();
  parts.profile = &told_.profile;
  inputs_ = tensors("input", {model_.inputs, model_.n_inputs});
  outputs_ = tensors("output", {model_.outputs, model_.n_outputs});
  parts.inputs = inputs_.data();
  parts.outputs = outputs_.data();
  read_nodes(parts);
  read_values(parts);
  read_notes(parts);
  check_all_taken();
  HeldResult result;
  check_described(air_make_result(&parts, result.out()), path_);
  return result;
}

}  // namespace

HeldResult load_result(const std::string &path) {
  check_readable(path);
  return ResultReader(path).read();
}

}  // namespace air
