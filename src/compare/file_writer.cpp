// SPDX-License-Identifier: BSD-3-Clause
// A result written to a file.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <span>
#include <string_view>

#include "common/error.h"
#include "common/memory_size.h"
#include "compare/document.h"
#include "compare/file.h"
#include "compare/file_layout.h"
#include "compare/side.h"
#include "npz/npz.h"
#include "report/measured.h"

namespace air {
namespace {

constexpr size_t kLongestName = 65'000;  // in an archive, with ".npy" 65535 bytes

class ResultWriter {
 public:
  ResultWriter(const air_result &result, const std::string &path)
      : result_(result), model_(*air_get_result_model(&result)), archive_(path) {}

  void add_tensor(const std::string &name, const Values &values) {
    const auto &[tensor, data, n_samples] = values;
    add(name, array_dtype(tensor.dtype), array_shape(tensor, n_samples),
        {static_cast<const char *>(data), memory_size(checked_size(tensor.size_bytes, n_samples))});
  }
  void add_node_tensors();
  void add_measurements();
  void add_notes();
  void finish();

 private:
  void add(const std::string &name, air_dtype dtype, const std::vector<int64_t> &shape, std::string_view data) {
    if (npz_name(name) != name || name.size() > kLongestName || !names_.insert(name).second) {
      fail(AIR_ERROR_INVALID_INPUT, "{}: an array in a file cannot have this name, or another one has it", name);
    }
    uint64_t size = air_dtype_bits(dtype) / 8;  // as who reads it computes it, though there may be no data
    for (const int64_t dimension : shape) size = checked_size(size, static_cast<uint64_t>(dimension));
    archive_.add(name, dtype, shape, data);
  }
  void add_values(const std::string &name, const std::vector<int64_t> &shape, std::span<const double> values) {
    add(name, AIR_DTYPE_FLOAT64, shape, {reinterpret_cast<const char *>(values.data()), values.size_bytes()});
  }
  void add_texts(const std::string &name, const std::string &texts) {
    if (texts.find_first_not_of('\0') == std::string::npos) return;
    add(name, AIR_DTYPE_UINT8, {static_cast<int64_t>(texts.size())}, texts);
  }
  uint64_t n_runs() const { return air_get_profile(&result_)->n_runs; }
  bool has_runs() const;
  void add_node_values(uint32_t column);
  std::string notes_of(uint32_t node) const;

  const air_result &result_;
  const air_model &model_;
  NpzWriter archive_;
  std::set<std::string> names_;
};

void ResultWriter::add_node_tensors() {
  for (uint32_t n = 0; n < model_.n_nodes; ++n) {
    for (uint32_t t = 0; t < model_.nodes[n]->n_outputs; ++t) {
      if (const std::optional<Values> values = node_output(result_, n, t)) add_tensor(node_array(n, t), *values);
    }
  }
}

void ResultWriter::add_node_values(uint32_t column) {
  // None until there are some: only then so many runs are in memory, whatever the profile says.
  std::vector<double> all;
  for (uint32_t n = 0; n < model_.n_nodes; ++n) {
    const double *values = air_get_values(&result_, column, n);
    if (values == nullptr) continue;
    all.resize(memory_size(checked_size(model_.n_nodes, n_runs())), std::numeric_limits<double>::quiet_NaN());
    std::copy_n(values, n_runs(), all.begin() + static_cast<std::ptrdiff_t>(n * n_runs()));
  }
  const auto rows = static_cast<int64_t>(model_.n_nodes);
  if (!all.empty()) add_values(node_values_array(*model_.columns[column]), {rows, static_cast<int64_t>(n_runs())}, all);
}

void ResultWriter::add_measurements() {
  for (uint32_t c = 0; c < model_.n_columns; ++c) {
    const double *values = air_get_values(&result_, c, AIR_WHOLE_RUN);
    if (values != nullptr) {
      add_values(values_array(*model_.columns[c]), {static_cast<int64_t>(n_runs())},
                 {values, static_cast<size_t>(n_runs())});
    }
    add_node_values(c);
  }
}

// A result of somebody's own may claim any number of runs of which nothing is there, and with nothing measured all that tells is whether
// one of the first has a note.
bool ResultWriter::has_runs() const {
  if (report::n_runs(&result_) > 0) return true;
  constexpr uint64_t most_asked = 1U << 24;
  const uint64_t n_asked = std::min(n_runs(), most_asked / (uint64_t{model_.n_nodes} + 1));
  const auto has_note = [&](uint32_t node) {
    for (uint64_t run = 0; run < n_asked; ++run) {
      if (*air_get_note(&result_, node, run) != '\0') return true;
    }
    return false;
  };
  bool has_any = has_note(AIR_WHOLE_RUN);
  for (uint32_t n = 0; n < model_.n_nodes && !has_any; ++n) has_any = has_note(n);
  return has_any;
}

std::string ResultWriter::notes_of(uint32_t node) const {
  std::string texts;
  for (uint64_t run = 0; run < n_runs(); ++run) texts.append(air_get_note(&result_, node, run)).push_back('\0');
  return texts;
}

void ResultWriter::add_notes() {
  if (!has_runs()) return;
  std::string of_nodes;
  for (uint32_t n = 0; n < model_.n_nodes; ++n) of_nodes += notes_of(n);
  add_texts(kNotes, notes_of(AIR_WHOLE_RUN));
  add_texts(kNodeNotes, of_nodes);
}

void ResultWriter::finish() {
  const std::string description = describe(result_, names_);
  archive_.add(kDescription, AIR_DTYPE_UINT8, {static_cast<int64_t>(description.size())}, description);
  archive_.finish();
}

}  // namespace

void save_result(const air_result &result, const std::string &path) {
  const std::vector<Values> inputs = inputs_of(result);  // before a file is begun
  const std::vector<Values> outputs = outputs_of(result);
  ResultWriter writer(result, path);
  for (size_t i = 0; i < inputs.size(); ++i) writer.add_tensor(tensor_array("input", i), inputs[i]);
  for (size_t i = 0; i < outputs.size(); ++i) writer.add_tensor(tensor_array("output", i), outputs[i]);
  writer.add_node_tensors();
  writer.add_measurements();
  writer.add_notes();
  writer.finish();
}

}  // namespace air
