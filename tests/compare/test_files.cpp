// SPDX-License-Identifier: BSD-3-Clause
// Files of results through the public header: what is saved comes back, files of release 0.1 too, and what cannot be saved says why.
#include <airunner_report.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "common/values.h"

using air::HeldModel;
using air::HeldResult;

namespace {

constexpr uint64_t kSamples = 3;
constexpr uint64_t kRuns = 6;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string last_message() {
  return air_last_error()->message;
}

void succeed(air_status status) {
  REQUIRE_MESSAGE(status == AIR_OK, last_message());
}

struct File {
  std::string path =
      (std::filesystem::temp_directory_path() / ("airunner-files-" + std::to_string(getpid()) + ".npz")).string();
  ~File() { std::filesystem::remove(path); }
};

HeldResult loaded(const std::string &path) {
  HeldResult result;
  succeed(air_load_result(path.c_str(), result.out()));
  return result;
}

HeldResult saved_and_loaded(const air_result *result) {
  const File file;
  succeed(air_save_result(result, file.path.c_str()));
  return loaded(file.path);
}

std::string json(const air_result *result) {
  char *text = nullptr;
  succeed(air_result_to_json(result, AIR_JSON_DATA, &text));
  const std::string kept = text;
  air_free_text(text);
  return kept;
}

// A model of one tensor of each kind that there is, as inputs; and what a result of it is made of.
class Everything {
 public:
  Everything() {
    input("float", AIR_DTYPE_FLOAT32, {2, 3});
    input("halves", AIR_DTYPE_INT4, {5}, &one_scale_);
    input("unsigned_halves", AIR_DTYPE_UINT4, {2, 2});
    input("brain", AIR_DTYPE_BFLOAT16, {4});
    input("quarters", AIR_DTYPE_FLOAT8_E4M3, {4});
    input("eighths", AIR_DTYPE_FLOAT8_E5M2, {1});
    input("channels", AIR_DTYPE_INT8, {3, 2}, &channels_, AIR_TENSOR_CHANNEL_FIRST | AIR_TENSOR_IN_ACTIVATIONS);
    input("blocks", AIR_DTYPE_UINT8, {2, 7}, &blocks_, AIR_TENSOR_WITHOUT_BATCH);
    input("secret", AIR_DTYPE_INT16, {2}, &secret_);
    input("fixed", AIR_DTYPE_INT16, {2}, &fixed_, AIR_TENSOR_IN_MEMPOOL)->encoding = AIR_ENCODING_FIXED_POINT;
    air_tensor *bits = input("bits", AIR_DTYPE_UINT32, {2, 33});
    bits->encoding = AIR_ENCODING_PACKED_BITS;
    bits->storage_shape = packed_;
    input("scalar", AIR_DTYPE_BOOL, {})->address = 0x20000000;
    input("empty", AIR_DTYPE_FLOAT64, {0, 2});
    input("plain_secret", AIR_DTYPE_INT8, {2}, &secret_, AIR_TENSOR_IN_ACTIVATIONS | AIR_TENSOR_IN_MEMPOOL)->encoding =
        AIR_ENCODING_PLAIN;
    input("secret_along_an_axis", AIR_DTYPE_INT8, {2, 3}, &secret_channels_, UINT32_MAX)->address = UINT64_MAX;
    input("plain_scale", AIR_DTYPE_INT8, {2}, &one_scale_)->encoding = AIR_ENCODING_PLAIN;
    input("one_block", AIR_DTYPE_INT8, {1, 3}, &one_block_);
    input("one_channel", AIR_DTYPE_INT8, {1, 3}, &one_channel_, AIR_TENSOR_CHANNEL_FIRST | AIR_TENSOR_CHANNEL_LAST);
    input("long_channels", AIR_DTYPE_INT32, {3, 2}, &channels_);  // floats do not hold its elements
    output_ = tensor("output", AIR_DTYPE_UINT64, {2}, nullptr, AIR_TENSOR_CHANNEL_LAST);
    for (air_node &node : nodes_) node = {"", "", 0, AIR_DTYPE_NONE, "", -1, 0, 0, nullptr, nullptr};
    nodes_[0] = {"first", "Conv2D (0x103)", 0x103, AIR_DTYPE_INT8, "NPU", 12, 2, 1, inputs_.data(), &output_};
    nodes_[2] = {"last", "Mystery", 7, AIR_DTYPE_NONE, "", -1, 0, 2, nullptr, inputs_.data()};
    model_.name = "everything";
    model_.descriptor = "file:/somewhere";
    model_.backend = "hand";
    model_.capabilities = AIR_CAP_PER_LAYER | AIR_CAP_RESET_STATES;
    model_.native_batch = 4;
    model_.macc = UINT64_MAX;
    model_.weights_bytes = 12345;
    model_.activations_bytes = UINT64_MAX;
    model_.states_bytes = 8;
    model_.n_inputs = static_cast<uint32_t>(inputs_.size());
    model_.inputs = inputs_.data();
    model_.n_outputs = 1;
    model_.outputs = &output_;
    model_.n_nodes_told = 5;
    model_.n_nodes = 3;
    model_.nodes = node_list_;
    model_.n_columns = 4;
    model_.columns = column_list_;
    model_.n_properties = 5;
    model_.properties = properties_;
    model_.n_weights_pools = 1;
    model_.weights_pools = inputs_.data();
    profile_.n_samples = kSamples;
    profile_.n_runs = kRuns;
    profile_.host_ms = 99.5;
    profile_.begin_unix_ms = 1795684353123;
    profile_.mode = AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS;
    profile_.asked_mode = profile_.mode | AIR_MODE_DEBUG;
    profile_.io_mode = AIR_IO_QUANTIZE;
    profile_.warmup = 1;
    profile_.repeat = 2;
    profile_.timeout_ms = 1000;
    profile_.stopped = 1;
    not_finite_.resize(inputs_.size());
    not_finite_[0] = {2, 1};
    profile_.n_not_finite = static_cast<uint32_t>(not_finite_.size());
    profile_.not_finite = not_finite_.data();
    parts_.struct_size = sizeof(parts_);
    parts_.profile = &profile_;
    parts_.values = values_;
    parts_.node_values = node_values_;
    parts_.notes = notes_;
    parts_.node_notes = node_notes_;
  }
  Everything(const Everything &) = delete;

  HeldResult result() {
    HeldModel model;
    succeed(air_make_model(&model_, model.out()));
    parts_.model = model.get();
    std::vector<air_view> inputs;
    for (const air_tensor *tensor : std::span(model->inputs, model->n_inputs)) inputs.push_back(view(*tensor));
    const air_view output = view(*model->outputs[0]);
    const air_view of_last[] = {{}, view(*model->nodes[2]->outputs[1])};
    const air_view *of_nodes[] = {&output, nullptr, of_last};
    parts_.inputs = inputs.data();
    parts_.outputs = &output;
    parts_.node_outputs = of_nodes;
    HeldResult made;
    succeed(air_make_result(&parts_, made.out()));
    return made;
  }

  air_model model_{};
  air_profile profile_{};
  air_result_parts parts_{};

 private:
  air_tensor *tensor(const char *name, air_dtype dtype, const std::vector<int64_t> &shape,
                     const air_quantization *quantization, uint32_t flags) {
    const std::vector<int64_t> &kept = shapes_.emplace_back(shape);
    air_tensor &made = tensors_.emplace_back();
    made.name = name;
    made.dtype = dtype;
    made.encoding = quantization == nullptr ? AIR_ENCODING_PLAIN : AIR_ENCODING_QUANTIZED;
    made.flags = flags;
    made.rank = static_cast<uint32_t>(kept.size());
    made.shape = kept.data();
    made.quantization = quantization;
    return &made;
  }
  air_tensor *input(const char *name, air_dtype dtype, const std::vector<int64_t> &shape,
                    const air_quantization *quantization = nullptr, uint32_t flags = 0) {
    air_tensor *made = tensor(name, dtype, shape, quantization, flags);
    inputs_.push_back(made);
    return made;
  }
  // Any bytes do, each tensor its own.
  air_view view(const air_tensor &tensor) {
    std::vector<unsigned char> &bytes = bytes_.emplace_back(kSamples * tensor.size_bytes);
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i * 7 + bytes_.size() * 31);
    return {bytes.empty() ? static_cast<const void *>(&tensor) : bytes.data(), bytes.size(), nullptr, 0, tensor.dtype};
  }

  const float scales_[4] = {0.5F, 0.25F, 2, 0.1F};
  const int32_t zero_points_[4] = {-3, 0, 7, 1};
  const int32_t zero_ = 0;
  const air_quantization one_scale_ = {1, -1, 1, 1, scales_, zero_points_};
  const air_quantization channels_ = {1, 0, 1, 3, scales_, zero_points_};
  const air_quantization blocks_ = {1, 1, 4, 2, scales_, zero_points_};
  const air_quantization secret_ = {0, -1, 1, 0, nullptr, nullptr};
  const air_quantization secret_channels_ = {0, 1, 3, 0, nullptr, nullptr};
  const air_quantization one_block_ = {1, 1, 3, 1, scales_, zero_points_};
  const air_quantization one_channel_ = {1, 0, 1, 1, scales_, zero_points_};
  const air_quantization fixed_ = {1, -1, 1, 1, &scales_[1], &zero_};
  const int64_t packed_[2] = {2, 2};
  std::deque<std::vector<int64_t>> shapes_;
  std::deque<air_tensor> tensors_;
  std::vector<const air_tensor *> inputs_;
  const air_tensor *output_ = nullptr;
  air_node nodes_[3];
  const air_node *node_list_[3] = {&nodes_[0], &nodes_[1], &nodes_[2]};
  const air_column columns_[4] = {{"time.device", "ms", "time on the device", AIR_KIND_DURATION, 1},
                                  {"counter.0", "cycles", "CPU cycles", AIR_KIND_COUNT, 1},
                                  {"memory.stack", "B", "", AIR_KIND_LEVEL, 0},
                                  {"never", "", "", AIR_KIND_LEVEL, 1}};
  const air_column *column_list_[4] = {&columns_[0], &columns_[1], &columns_[2], &columns_[3]};
  const air_option properties_[5] = {{"device.extras", "mcu_freq:1\nmode:2"},
                                     {"host", "there"},
                                     {"of.its.own", "not in a report"},
                                     {"runtime", "ST.AI"},
                                     {"st.format.I.0", "8651840"}};
  std::vector<air_not_finite> not_finite_;
  const double durations_[kRuns] = {1, 2, 3, kNan, 5, 0.1};
  const double cycles_[kRuns] = {1e9, 2e9, 3e9, 4e9, 5e9, 9007199254740993.0};
  const double *const values_[4] = {durations_, nullptr, cycles_, nullptr};
  const double *const values_of_first_[4] = {durations_, cycles_, nullptr, nullptr};
  const double *const values_of_last_[4] = {durations_, nullptr, nullptr, nullptr};
  const double *const *const node_values_[3] = {values_of_first_, nullptr, values_of_last_};
  const char *const notes_[kRuns] = {"one\ntwo", "", "", nullptr, "", "last"};
  const char *const *const node_notes_[3] = {nullptr, nullptr, notes_};
  std::deque<std::vector<unsigned char>> bytes_;
};

void check_same(const air_tensor &a, const air_tensor &b) {
  CAPTURE(a.name);
  CHECK(std::string(a.name) == b.name);
  CHECK(std::string(a.tag) == b.tag);
  CHECK(a.dtype == b.dtype);
  CHECK(a.encoding == b.encoding);
  CHECK(a.flags == b.flags);
  CHECK(std::ranges::equal(std::span(a.shape, a.rank), std::span(b.shape, b.rank)));
  CHECK(std::ranges::equal(std::span(a.storage_shape, a.rank), std::span(b.storage_shape, b.rank)));
  CHECK(a.size_bytes == b.size_bytes);
  CHECK(a.address == b.address);
  REQUIRE((a.quantization == nullptr) == (b.quantization == nullptr));
  if (a.quantization == nullptr) return;
  const air_quantization &p = *a.quantization;
  const air_quantization &q = *b.quantization;
  CHECK(p.known == q.known);
  CHECK(p.axis == q.axis);
  CHECK(p.block == q.block);
  CHECK(std::ranges::equal(std::span(p.scales, p.n), std::span(q.scales, q.n)));
  CHECK(std::ranges::equal(std::span(p.zero_points, p.n), std::span(q.zero_points, q.n)));
}

void check_same_data(const air_result *a, const air_result *b, air_place place, uint32_t node, uint32_t index) {
  air_view x{};
  air_view y{};
  succeed(air_get_tensor(a, place, node, index, AIR_ALL_SAMPLES, &x));
  succeed(air_get_tensor(b, place, node, index, AIR_ALL_SAMPLES, &y));
  REQUIRE((x.data == nullptr) == (y.data == nullptr));
  if (x.data == nullptr) return;
  CHECK(x.dtype == y.dtype);
  CHECK(std::ranges::equal(std::span(x.shape, x.rank), std::span(y.shape, y.rank)));
  REQUIRE(x.size_bytes == y.size_bytes);
  CHECK(std::memcmp(x.data, y.data, x.size_bytes) == 0);
}

void check_same_values(const air_result *a, const air_result *b, uint32_t node) {
  CAPTURE(node);
  for (uint32_t c = 0; c < air_get_result_model(a)->n_columns; ++c) {
    CAPTURE(c);
    const double *x = air_get_values(a, c, node);
    const double *y = air_get_values(b, c, node);
    REQUIRE((x == nullptr) == (y == nullptr));
    for (uint64_t run = 0; x != nullptr && run < kRuns; ++run) {
      CHECK((x[run] == y[run] || (std::isnan(x[run]) && std::isnan(y[run]))));
    }
  }
  for (uint64_t run = 0; run < kRuns; ++run) {
    CHECK(std::string(air_get_note(a, node, run)) == air_get_note(b, node, run));
  }
}

void check_same(const air_model &a, const air_model &b) {
  CHECK(a.capabilities == b.capabilities);
  CHECK(a.native_batch == b.native_batch);
  CHECK(a.macc == b.macc);
  CHECK(a.weights_bytes == b.weights_bytes);
  CHECK(a.activations_bytes == b.activations_bytes);
  CHECK(a.states_bytes == b.states_bytes);
  CHECK(a.n_nodes_told == b.n_nodes_told);
  for (uint32_t i = 0; i < a.n_inputs; ++i) check_same(*a.inputs[i], *b.inputs[i]);
  check_same(*a.outputs[0], *b.outputs[0]);
  check_same(*a.weights_pools[0], *b.weights_pools[0]);
  REQUIRE(a.n_nodes == b.n_nodes);
  for (uint32_t n = 0; n < a.n_nodes; ++n) {
    const air_node &x = *a.nodes[n];
    const air_node &y = *b.nodes[n];
    CHECK(std::string(x.name) + x.operation + x.processor == std::string(y.name) + y.operation + y.processor);
    CHECK(x.operation_code == y.operation_code);
    CHECK(x.computes_in == y.computes_in);
    CHECK(x.layer == y.layer);
    CHECK(std::ranges::equal(std::span(x.covers, x.n_covers), std::span(y.covers, y.n_covers)));
    REQUIRE(x.n_inputs == y.n_inputs);
    REQUIRE(x.n_outputs == y.n_outputs);
    for (uint32_t t = 0; t < x.n_inputs; ++t) check_same(*x.inputs[t], *y.inputs[t]);
    for (uint32_t t = 0; t < x.n_outputs; ++t) check_same(*x.outputs[t], *y.outputs[t]);
  }
  REQUIRE(a.n_columns == b.n_columns);
  for (uint32_t c = 0; c < a.n_columns; ++c) {
    CHECK(std::string(a.columns[c]->name) == b.columns[c]->name);
    CHECK(std::string(a.columns[c]->unit) + a.columns[c]->text == std::string(b.columns[c]->unit) + b.columns[c]->text);
    CHECK(a.columns[c]->kind == b.columns[c]->kind);
    CHECK(a.columns[c]->per_node == b.columns[c]->per_node);
  }
  CHECK(b.n_properties == a.n_properties + 1);  // "file"
  for (const air_option &property : std::span(a.properties, a.n_properties)) {
    const char *found = air_get_property(&b, property.key);
    REQUIRE_MESSAGE(found != nullptr, property.key);
    CHECK(std::string(found) == property.value);
  }
}

void check_same(const air_profile &a, const air_profile &b) {
  CHECK(a.n_samples == b.n_samples);
  CHECK(a.n_runs == b.n_runs);
  CHECK(a.device_ms == b.device_ms);
  CHECK(a.host_ms == b.host_ms);
  CHECK(a.begin_unix_ms == b.begin_unix_ms);
  CHECK(a.mode == b.mode);
  CHECK(a.asked_mode == b.asked_mode);
  CHECK(a.io_mode == b.io_mode);
  CHECK(a.warmup == b.warmup);
  CHECK(a.repeat == b.repeat);
  CHECK(a.timeout_ms == b.timeout_ms);
  CHECK(a.stopped == b.stopped);
  REQUIRE(a.n_not_finite == b.n_not_finite);
  for (uint32_t i = 0; i < a.n_not_finite; ++i) {
    CHECK(a.not_finite[i].n_nan == b.not_finite[i].n_nan);
    CHECK(a.not_finite[i].n_infinite == b.not_finite[i].n_infinite);
  }
}

// Saving it fails so.
void check_refused(const air_result *result, const char *told) {
  const File file;
  CHECK(air_save_result(result, file.path.c_str()) == AIR_ERROR_INVALID_INPUT);
  CHECK_MESSAGE(last_message().find(told) != std::string::npos, last_message());
  CHECK(!std::filesystem::exists(file.path));
}

// One sample of one float input and one int8 output, as far as they are held.
HeldResult small_result(bool has_input, const air_view &output, uint64_t n_samples = 1) {
  const float scale = 0.5F;
  const int32_t zero_point = 0;
  const air_quantization quantization = {1, -1, 1, 1, &scale, &zero_point};
  const int64_t shape[] = {2};
  air_tensor tensors[2]{};
  for (air_tensor &tensor : tensors) {
    tensor.name = "x";
    tensor.dtype = AIR_DTYPE_FLOAT32;
    tensor.rank = 1;
    tensor.shape = shape;
  }
  tensors[1].dtype = AIR_DTYPE_INT8;
  tensors[1].encoding = AIR_ENCODING_QUANTIZED;
  tensors[1].quantization = &quantization;
  const air_tensor *pointers[] = {&tensors[0], &tensors[1]};
  air_model description{};
  description.n_inputs = description.n_outputs = 1;
  description.inputs = &pointers[0];
  description.outputs = &pointers[1];
  HeldModel model;
  succeed(air_make_model(&description, model.out()));
  const float values[] = {1, 2};
  const air_view input = {values, sizeof(values), nullptr, 0, AIR_DTYPE_FLOAT32};
  air_profile profile{};
  profile.n_samples = profile.n_runs = n_samples;
  air_result_parts parts{};
  parts.struct_size = sizeof(parts);
  parts.model = model.get();
  parts.profile = &profile;
  if (has_input) parts.inputs = &input;
  parts.outputs = &output;
  HeldResult result;
  succeed(air_make_result(&parts, result.out()));
  return result;
}

const int8_t kStored[] = {3, 4};
const float kReal[] = {1.5F, 2};
const air_view kStoredOutput = {kStored, sizeof(kStored), nullptr, 0, AIR_DTYPE_INT8};
const air_view kRealOutput = {kReal, sizeof(kReal), nullptr, 0, AIR_DTYPE_FLOAT32};

}  // namespace

TEST_CASE("everything that a result says comes back from its file") {
  Everything everything;
  const HeldResult result = everything.result();
  const HeldResult back = saved_and_loaded(result.get());
  const air_model &model = *air_get_result_model(back.get());
  check_same(*air_get_result_model(result.get()), model);
  check_same(*air_get_profile(result.get()), *air_get_profile(back.get()));
  for (uint32_t i = 0; i < model.n_inputs; ++i) check_same_data(result.get(), back.get(), AIR_PLACE_INPUT, 0, i);
  check_same_data(result.get(), back.get(), AIR_PLACE_OUTPUT, 0, 0);
  check_same_values(result.get(), back.get(), AIR_WHOLE_RUN);
  for (uint32_t n = 0; n < model.n_nodes; ++n) {
    check_same_values(result.get(), back.get(), n);
    for (uint32_t t = 0; t < model.nodes[n]->n_outputs; ++t) {
      check_same_data(result.get(), back.get(), AIR_PLACE_NODE, n, t);
    }
  }
  CHECK(json(result.get()) == json(back.get()));
}

TEST_CASE("numbers that a double cannot hold come back from a file, and those that this release has no name for") {
  constexpr uint64_t kOdd = (uint64_t{1} << 53) + 1;
  Everything everything;
  air_model &model = everything.model_;
  model.macc = (uint64_t{1} << 60) + 1;
  model.weights_bytes = kOdd;
  model.activations_bytes = UINT64_MAX - 1;
  model.states_bytes = UINT64_MAX;
  model.n_nodes_told = UINT32_MAX;
  model.capabilities = UINT32_MAX;
  const uint32_t covers[] = {0, 1};
  air_node nodes[] = {*model.nodes[0], *model.nodes[1], *model.nodes[2]};
  nodes[0].layer = INT64_MIN;
  nodes[1].layer = INT64_MAX;
  nodes[1].computes_in = static_cast<air_dtype>(99);
  nodes[2].covers = covers;
  nodes[2].n_covers = 2;
  const air_node *const node_list[] = {&nodes[0], &nodes[1], &nodes[2]};
  model.nodes = node_list;
  const air_column strange = {"strange", "", "", static_cast<air_kind>(9), 1};
  const air_column *const columns[] = {model.columns[0], model.columns[1], model.columns[2], &strange};
  model.columns = columns;
  std::vector<air_not_finite> not_finite(model.n_inputs);
  not_finite[0] = {UINT64_MAX, kOdd};
  air_profile &profile = everything.profile_;
  profile.not_finite = not_finite.data();
  profile.begin_unix_ms = INT64_MIN;
  profile.host_ms = std::numeric_limits<double>::infinity();
  profile.mode = profile.asked_mode = profile.io_mode = profile.warmup = profile.timeout_ms = UINT32_MAX;
  const HeldResult result = everything.result();
  const HeldResult back = saved_and_loaded(result.get());
  check_same(*air_get_result_model(result.get()), *air_get_result_model(back.get()));
  check_same(*air_get_profile(result.get()), *air_get_profile(back.get()));
  const std::string text = json(back.get());
  const air_document document = {"numbers", text.c_str()};
  char *page = nullptr;
  succeed(air_render_html(&document, 1, &page));
  air_free_text(page);
}

TEST_CASE("a time that doubles write as a long integer comes back from a file") {
  for (const double ms : {9007199254740992.0, -1234567890123456.0, 1e300, 5e-324}) {
    Everything everything;
    everything.profile_.host_ms = ms;
    const HeldResult result = everything.result();
    CHECK(air_get_profile(saved_and_loaded(result.get()).get())->host_ms == ms);
  }
}

TEST_CASE("texts that look like numbers are none") {
  Everything everything;
  const air_option properties[] = {
      {"a", "#12345678901234567890"}, {"b", "12345678901234567890"}, {"c", "\\\"1234567890123456"}};
  everything.model_.properties = properties;
  everything.model_.n_properties = 3;
  everything.model_.name = "#1234567890123456";
  const HeldResult result = everything.result();
  const HeldResult back = saved_and_loaded(result.get());
  check_same(*air_get_result_model(result.get()), *air_get_result_model(back.get()));
  CHECK(std::string(air_get_result_model(back.get())->name) == "#1234567890123456");
}

TEST_CASE("notes of runs that nothing was measured of come back from a file") {
  Everything everything;
  everything.parts_.values = nullptr;
  everything.parts_.node_values = nullptr;
  const HeldResult both = everything.result();
  check_same_values(both.get(), saved_and_loaded(both.get()).get(), AIR_WHOLE_RUN);
  everything.parts_.notes = nullptr;
  const HeldResult of_nodes = everything.result();
  CHECK(std::string(air_get_note(of_nodes.get(), 2, kRuns - 1)) == "last");
  check_same_values(of_nodes.get(), saved_and_loaded(of_nodes.get()).get(), 2);
}

TEST_CASE("runs that are only claimed cost nothing in a file") {
  Everything everything;
  everything.parts_.values = nullptr;
  everything.parts_.node_values = nullptr;
  everything.parts_.notes = nullptr;
  everything.parts_.node_notes = nullptr;
  everything.profile_.n_runs = uint64_t{1} << 60;
  const HeldResult result = everything.result();
  CHECK(air_get_profile(saved_and_loaded(result.get()).get())->n_runs == uint64_t{1} << 60);
}

TEST_CASE("samples of no size are as many as an array can have") {
  const int64_t nothing[] = {0, 3};
  air_tensor tensor{};
  tensor.name = "x";
  tensor.dtype = AIR_DTYPE_FLOAT32;
  tensor.rank = 2;
  tensor.shape = nothing;
  const air_tensor *const tensors[] = {&tensor};
  air_model description{};
  description.n_inputs = description.n_outputs = 1;
  description.inputs = description.outputs = tensors;
  HeldModel model;
  succeed(air_make_model(&description, model.out()));
  const air_view view = {nothing, 0, nullptr, 0, AIR_DTYPE_FLOAT32};
  air_profile profile{};
  profile.n_samples = uint64_t{1} << 60;
  air_result_parts parts{};
  parts.struct_size = sizeof(parts);
  parts.model = model.get();
  parts.profile = &profile;
  parts.inputs = parts.outputs = &view;
  HeldResult result;
  succeed(air_make_result(&parts, result.out()));
  CHECK(air_get_profile(saved_and_loaded(result.get()).get())->n_samples == uint64_t{1} << 60);
  profile.n_samples = INT64_MAX;
  succeed(air_make_result(&parts, result.out()));
  check_refused(result.get(), "does not fit 64 bits: use fewer samples");
  profile.n_samples = UINT64_MAX;
  succeed(air_make_result(&parts, result.out()));
  check_refused(result.get(), "no array has 18446744073709551615 samples");
}

TEST_CASE("what was loaded is saved as what was computed") {
  Everything everything;
  const HeldResult result = everything.result();
  const HeldResult first = saved_and_loaded(result.get());
  const HeldResult second = saved_and_loaded(first.get());
  CHECK(json(first.get()) == json(second.get()));
  CHECK(air_get_result_model(first.get())->n_properties == air_get_result_model(second.get())->n_properties);
}

TEST_CASE("a file of release 0.1") {
  const char *path = std::getenv("AIRUNNER_RELEASE_0_1");
  REQUIRE(path != nullptr);
  const HeldResult result = loaded(path);
  const air_model &model = *air_get_result_model(result.get());
  const air_profile &profile = *air_get_profile(result.get());
  const auto property = [&](const char *key) {
    const char *value = air_get_property(&model, key);
    return std::string(value == nullptr ? "(none)" : value);
  };
  CHECK(std::string(model.name) == "network");
  CHECK(std::string(model.descriptor) == "null:");
  CHECK(property("runtime") == "null");
  CHECK(property("runtime.version") == "0.1.0");
  CHECK(property("tools.version") == "(none)");
  CHECK(property("device.type") == "HOST");
  CHECK(property("host") == "Linux x86_64, 2 CPUs");
  CHECK(property("file") == path);
  CHECK(property("st.format.O.0") == "8651840");
  CHECK(model.capabilities == (AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN | AIR_CAP_CANCEL_RUN));
  CHECK(model.macc == 40);
  CHECK(model.inputs[0]->rank == 3);
  CHECK(model.inputs[0]->shape[2] == 2);
  CHECK(model.outputs[0]->quantization->scales[0] == 0.25F);
  CHECK(model.weights_pools[0]->rank == 3);
  CHECK(profile.n_samples == 2);
  CHECK(profile.begin_unix_ms == 1795661863000);
  CHECK(profile.mode == (AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS));
  REQUIRE(model.n_nodes == 4);
  CHECK(model.n_columns == 0);
  air_view view{};
  succeed(air_get_tensor(result.get(), AIR_PLACE_NODE, 3, 1, 1, &view));
  CHECK(view.data != nullptr);
  CHECK(view.size_bytes == model.nodes[3]->outputs[1]->size_bytes);
  const HeldResult again = saved_and_loaded(result.get());
  CHECK(json(result.get()) == json(again.get()));
}

TEST_CASE("a result without inputs or stored outputs cannot be saved, and says which mode is missing") {
  check_refused(small_result(false, kStoredOutput).get(), "input x: invoke with AIR_MODE_KEEP_INPUTS");
  check_refused(small_result(true, {}).get(),
                "output x: invoke without AIR_MODE_PERF_ONLY, and without memory of your own");
  check_refused(small_result(true, kRealOutput).get(),
                "output x as float32, expected it as the network stores it, int8: invoke without AIR_IO_DEQUANTIZE");
  const File file;
  const HeldResult result = small_result(true, kStoredOutput);
  succeed(air_save_result(result.get(), file.path.c_str()));
  CHECK(air_save_result(nullptr, file.path.c_str()) == AIR_ERROR_INVALID_ARGUMENT);
  CHECK(air_save_result(result.get(), nullptr) == AIR_ERROR_INVALID_ARGUMENT);
  CHECK(air_save_result(result.get(), "/nowhere/at/all.npz") == AIR_ERROR_IO);
}

// In a folder of its own, where nothing may be left.
TEST_CASE("a file that cannot be written says why, and leaves none behind") {
  namespace fs = std::filesystem;
  const fs::path before = fs::current_path();
  const fs::path folder = fs::temp_directory_path() / ("airunner-files-" + std::to_string(getpid()));
  fs::create_directory(folder);
  fs::current_path(folder);
  const HeldResult result = small_result(true, kStoredOutput);
  const auto refused = [&](const std::string &path, air_status status, int code, const char *told) {
    CAPTURE(path);
    CHECK(air_save_result(result.get(), path.c_str()) == status);
    CHECK(air_last_error()->vendor_code == code);
    CHECK_MESSAGE(last_message().find(told) != std::string::npos, last_message());
    CHECK(fs::is_empty(folder));
  };
  refused("", AIR_ERROR_INVALID_ARGUMENT, 0, "path is \"\"");
  refused("no/x.npz", AIR_ERROR_IO, ENOENT, "no/x.npz: cannot be written: there is no folder no");
  refused("no/", AIR_ERROR_IO, ENOENT, "there is no folder no");
  refused(folder.string(), AIR_ERROR_IO, EISDIR, "Is a directory");
  refused(std::string(300, 'x'), AIR_ERROR_IO, ENAMETOOLONG, "File name too long");
  refused("/dev/null/x.npz", AIR_ERROR_IO, ENOTDIR, "Not a directory");
  refused("/dev/full", AIR_ERROR_IO, ENOSPC, "No space left");
  fs::current_path(before);
  fs::remove_all(folder);
}

TEST_CASE("a file that cannot be read says why") {
  const air_result *loaded_result = nullptr;
  const auto refused = [&](const std::string &path, air_status status, int code, const char *told) {
    CAPTURE(path);
    CHECK(air_load_result(path.c_str(), &loaded_result) == status);
    CHECK(air_last_error()->vendor_code == code);
    CHECK_MESSAGE(last_message().find(told) != std::string::npos, last_message());
  };
  refused("/nowhere/at/all.npz", AIR_ERROR_NOT_FOUND, ENOENT, "all.npz: cannot be read: No such file");
  refused("/dev/null/x.npz", AIR_ERROR_NOT_FOUND, ENOTDIR, "Not a directory");
  refused(std::string(300, 'x'), AIR_ERROR_IO, ENAMETOOLONG, "File name too long");
  refused("", AIR_ERROR_INVALID_ARGUMENT, 0, "path is \"\"");
  refused(std::filesystem::temp_directory_path().string(), AIR_ERROR_INVALID_INPUT, 0, "directory");
  refused("/dev/null", AIR_ERROR_INVALID_INPUT, 0, "pipe or device");
  CHECK(loaded_result == nullptr);
}

TEST_CASE("columns whose arrays could stand anywhere in a file are refused") {
  Everything everything;
  const air_column elsewhere = {"/../time", "ms", "", AIR_KIND_DURATION, 1};
  const air_column others[] = {
      {"a", "", "", AIR_KIND_LEVEL, 1}, {"b", "", "", AIR_KIND_LEVEL, 1}, {"c", "", "", AIR_KIND_LEVEL, 1}};
  const air_column *const away[] = {&elsewhere, &others[0], &others[1], &others[2]};
  everything.model_.columns = away;
  check_refused(everything.result().get(), "values./../time: an array in a file cannot have this name");
}

TEST_CASE("a comparison is a value that holds both results") {
  const air_comparison *comparison = nullptr;
  {
    const HeldResult a = small_result(true, kStoredOutput);
    const HeldResult b = small_result(true, kStoredOutput);
    succeed(air_compare(a.get(), b.get(), nullptr, &comparison));
    CHECK(comparison->reference == a.get());
    CHECK(comparison->other == b.get());
  }
  CHECK(air_retain_comparison(comparison) == comparison);
  air_release_comparison(comparison);
  CHECK(comparison->passed == 1);
  CHECK(comparison->n_samples == 1);
  CHECK(air_get_profile(comparison->other)->n_samples == 1);
  CHECK(comparison->outputs[0]->reference == air_get_result_model(comparison->reference)->outputs[0]);
  air_release_comparison(comparison);
  CHECK(air_retain_comparison(nullptr) == nullptr);
  air_release_comparison(nullptr);
}

TEST_CASE("a result of every kind of tensor is equal to itself") {
  Everything everything;
  const HeldResult result = everything.result();
  const air_comparison *comparison = nullptr;
  succeed(air_compare(result.get(), result.get(), nullptr, &comparison));
  CHECK(comparison->passed == 1);
  CHECK(comparison->n_inputs == air_get_result_model(result.get())->n_inputs);
  for (uint32_t i = 0; i < comparison->n_inputs; ++i) {
    const air_tensor_pair &pair = *comparison->inputs[i];
    CAPTURE(pair.reference->name);
    CHECK(pair.bins[0] == pair.n_values);
  }
  air_release_comparison(comparison);
}

TEST_CASE("what lacks inputs or stored outputs cannot be compared") {
  const HeldResult whole = small_result(true, kStoredOutput);
  const air_comparison *comparison = nullptr;
  const auto refused = [&](const HeldResult &other, const char *told) {
    CHECK(air_compare(whole.get(), other.get(), nullptr, &comparison) == AIR_ERROR_INVALID_INPUT);
    CHECK_MESSAGE(last_message().find(told) != std::string::npos, last_message());
    CHECK(air_compare(other.get(), whole.get(), nullptr, &comparison) == AIR_ERROR_INVALID_INPUT);
  };
  refused(small_result(false, kStoredOutput), "AIR_MODE_KEEP_INPUTS");
  refused(small_result(true, {}), "AIR_MODE_PERF_ONLY");
  refused(small_result(true, kRealOutput), "AIR_IO_DEQUANTIZE");
  CHECK(comparison == nullptr);
}
