// SPDX-License-Identifier: BSD-3-Clause
// A model and a result that have something in every place, for the tests of reports.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "airunner_report.h"
#include "common/values.h"

namespace sample {

inline void check(air_status status) {
  if (status != AIR_OK) throw std::runtime_error(air_last_error()->message);
}

template <class T>
std::vector<const T *> pointers_to(const std::vector<T> &items) {
  std::vector<const T *> pointers;
  for (const T &item : items) pointers.push_back(&item);
  return pointers;
}

inline const std::array<int64_t, 3> kShape = {2, 2, 1};
inline const std::array<int64_t, 1> kChannels = {3};
inline const std::array<float, 1> kScale = {0.5F};
inline const std::array<int32_t, 1> kZeroPoint = {-3};
inline const std::array<float, 3> kScales = {0.1F, 0.25F, 1e-20F};
inline const std::array<int32_t, 3> kZeroPoints = {0, 1, -2};
inline const std::array<float, 1> kFixedScale = {1.0F / 128};
inline const std::array<int32_t, 1> kZero = {0};

struct Model {
  Model() = default;
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  air::HeldModel make() const {
    const std::vector<const air_node *> node_pointers = pointers_to(nodes);
    const std::vector<const air_column *> column_pointers = pointers_to(columns);
    air_model description = info;
    description.n_nodes = static_cast<uint32_t>(nodes.size());
    description.nodes = node_pointers.data();
    description.n_columns = static_cast<uint32_t>(columns.size());
    description.columns = column_pointers.data();
    description.n_properties = static_cast<uint32_t>(properties.size());
    description.properties = properties.data();
    air::HeldModel model;
    check(air_make_model(&description, model.out()));
    return model;
  }

  air_quantization per_tensor{1, -1, 1, 1, kScale.data(), kZeroPoint.data()};
  air_quantization along_axis{1, 0, 1, 3, kScales.data(), kZeroPoints.data()};
  air_quantization power_of_two{1, -1, 1, 1, kFixedScale.data(), kZero.data()};
  air_tensor plain{.name = "bild",
                   .tag = "I.0",
                   .dtype = AIR_DTYPE_FLOAT32,
                   .flags = AIR_TENSOR_IN_ACTIVATIONS | AIR_TENSOR_CHANNEL_LAST | AIR_TENSOR_WITHOUT_BATCH,
                   .rank = 3,
                   .shape = kShape.data(),
                   .address = 0x20000000};
  air_tensor quantized{.name = "evil\x1b[31m\xff\"name\"",  // escape sequence, invalid UTF-8, quotes
                       .tag = "O.0",
                       .dtype = AIR_DTYPE_INT8,
                       .encoding = AIR_ENCODING_QUANTIZED,
                       .rank = 3,
                       .shape = kShape.data(),
                       .quantization = &per_tensor};
  air_tensor per_channel{.name = "channels",
                         .tag = "O.1",
                         .dtype = AIR_DTYPE_UINT8,
                         .encoding = AIR_ENCODING_QUANTIZED,
                         .flags = AIR_TENSOR_IN_MEMPOOL | AIR_TENSOR_CHANNEL_FIRST,
                         .rank = 1,
                         .shape = kChannels.data(),
                         .quantization = &along_axis};
  air_tensor fixed{.name = "q7",
                   .tag = "O.2",
                   .dtype = AIR_DTYPE_INT16,
                   .encoding = AIR_ENCODING_FIXED_POINT,
                   .quantization = &power_of_two};
  std::array<const air_tensor *, 1> inputs{&plain};
  std::array<const air_tensor *, 3> outputs{&quantized, &per_channel, &fixed};
  std::vector<air_node> nodes{{.name = "ai_node_0",
                               .operation = "Conv2D, \"first\" (0x103)",
                               .operation_code = 0x103,
                               .layer = 7,
                               .n_outputs = 2,
                               .outputs = outputs.data()},
                              {.name = "ai_node_1",
                               .operation = "Softmax with a description that is longer than any column",
                               .layer = -1,
                               .n_outputs = 1,
                               .outputs = inputs.data()},
                              {.name = "ai_node_2", .operation = "", .layer = 9}};
  std::vector<air_column> columns{{"time.device", "ms", "time on the device", AIR_KIND_DURATION, 1},
                                  {"time.run", "ms", "time of the whole run", AIR_KIND_DURATION, 0},
                                  {"time.link", "ms", "time on the link", AIR_KIND_DURATION, 0},
                                  {"link.sent", "B", "sent", AIR_KIND_COUNT, 0},
                                  {"link.received", "B", "received", AIR_KIND_COUNT, 0},
                                  {"link.packets", "", "packets", AIR_KIND_COUNT, 0},
                                  {"link.turnarounds", "", "changes of direction", AIR_KIND_COUNT, 0},
                                  {"memory.stack", "B", "stack", AIR_KIND_LEVEL, 0},
                                  {"memory.heap", "B", "heap", AIR_KIND_LEVEL, 0},
                                  {"counter.0", "cycles", "CPU cycles", AIR_KIND_COUNT, 1},
                                  {"counter.1", "cycles", "CPU cycles", AIR_KIND_COUNT, 1}};
  std::vector<air_option> properties{{"runtime", "ST.AI (st-ai api)"},
                                     {"runtime.description", "v10"},
                                     {"runtime.compiler", "GCC"},
                                     {"runtime.protocol", "host library"},
                                     {"runtime.version", "10.2.0"},
                                     {"tools.version", "2.2.0"},
                                     {"device", "stm32 family - 0x486 - STM32N6xx @800/400MHz"},
                                     {"device.type", "stm32"},
                                     {"device.id", "0x486"},
                                     {"device.system", "bare-metal"},
                                     {"device.sys_clock", "800000000"},
                                     {"device.attributes", "fpu\ncore_icache"},
                                     {"device.extras", "mcu_freq:800000000"},
                                     {"host", "Linux x86_64"},
                                     {"hash", "0x2bfb5392202c7a642f828f2ad7434894"},
                                     {"model_datetime", "2025-12-04T15:47:23+0100"},
                                     {"compile_datetime", "Nov 21 2026 23:32:24"},
                                     {"flags", "flag_inputs,flag_weights"},
                                     {"install_ms", "1.5"},
                                     {"init_ms", "0.25"},
                                     {"st.format.O.0", "8651840"}};
  air_model info{.name = "network",
                 .descriptor = "serial:/dev/ttyACM0:921600?option=a_rather_long_one",
                 .backend = "aivalidation",
                 .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_CANCEL_RUN,
                 .native_batch = 2,
                 .macc = (UINT64_C(1) << 53) + 1,  // not a double
                 .weights_bytes = 13'951'264,
                 .activations_bytes = UINT64_MAX,
                 .states_bytes = 128,
                 .n_inputs = 1,
                 .n_outputs = 3,
                 .inputs = inputs.data(),
                 .outputs = outputs.data(),
                 .n_nodes_told = 3,
                 .n_weights_pools = 1,
                 .n_activations_pools = 1,
                 .weights_pools = inputs.data(),
                 .activations_pools = inputs.data()};
};

// Values of columns by their names.
using Values = std::map<std::string, std::vector<double>>;

struct Result {
  explicit Result(const Model &described = Model()) : model(described.make()) {}

  air::HeldResult make() const {
    std::vector<std::vector<const double *>> places;
    std::vector<const double *const *> place_pointers;
    for (const Values &node : node_values) places.push_back(series_of(node));
    for (const std::vector<const double *> &place : places) place_pointers.push_back(place.data());
    const std::vector<const double *> whole = series_of(values);
    const std::array<air_view, 2> data{{{bytes.data(), bytes.size(), nullptr, 0, AIR_DTYPE_INT8}, {}}};
    std::vector<const air_view *> node_outputs(model->n_nodes);
    std::vector<const char *const *> node_notes(model->n_nodes);
    if (has_data) node_outputs.at(0) = data.data();
    if (!notes.empty()) node_notes.at(0) = notes.data();
    const air_result_parts parts{.struct_size = sizeof parts,
                                 .model = model.get(),
                                 .profile = &profile,
                                 .node_outputs = node_outputs.data(),
                                 .values = whole.data(),
                                 .node_values = place_pointers.data(),
                                 .notes = run_notes.empty() ? nullptr : run_notes.data(),
                                 .node_notes = node_notes.data()};
    air::HeldResult result;
    check(air_make_result(&parts, result.out()));
    return result;
  }

  air::HeldModel model;
  Values values{{"time.device", {9, 11}},     {"time.run", {10, INFINITY}},   {"time.link", {2, 3}},
                {"link.sent", {600, 634}},    {"link.received", {283, 284}},  {"link.packets", {6, 6}},
                {"link.turnarounds", {2, 2}}, {"memory.stack", {1024, 2048}}, {"counter.0", {1, 2}}};
  std::vector<Values> node_values{
      {{"time.device", {6, 8}}, {"counter.0", {1, 3}}, {"counter.1", {2, 9007199254740992.0}}},
      {{"time.device", {1, 1}}},
      {{"time.device", {0, 0}}}};
  std::array<int8_t, 8> bytes{-128, -1, 0, 1, 2, 3, 4, 127};
  bool has_data = true;
  std::vector<const char *> notes{"mcu_cycles:1:2:3\nnpu_cycles:4:5:6", ""};
  std::vector<const char *> run_notes;
  air_profile profile{.n_samples = 2,
                      .n_runs = 2,
                      .host_ms = 30,
                      .begin_unix_ms = 1795338753000,
                      .mode = AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA,
                      .asked_mode = AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_PARTIAL,
                      .repeat = 1,
                      .stopped = 1};

 private:
  std::vector<const double *> series_of(const Values &known) const {
    std::vector<const double *> pointers;
    for (uint32_t i = 0; i < model->n_columns; ++i) {
      const auto found = known.find(model->columns[i]->name);
      pointers.push_back(found == known.end() ? nullptr : found->second.data());
    }
    return pointers;
  }
};

}  // namespace sample
