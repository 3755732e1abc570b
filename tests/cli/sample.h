// SPDX-License-Identifier: BSD-3-Clause
// A model and a profile that use every member of the public structs, for the tests of reports.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "airunner.h"

namespace sample {

inline const std::array<int64_t, 4> kShape = {1, 2, 2, 1};
inline const std::array<int64_t, 2> kChannels = {1, 3};
inline const std::array<float, 1> kScale = {0.5F};
inline const std::array<int32_t, 1> kZeroPoint = {-3};
inline const std::array<float, 3> kScales = {0.1F, 0.25F, 1e-20F};
inline const std::array<int32_t, 3> kZeroPoints = {0, 1, -2};

struct Model {
  air_tensor_info plain{.struct_size = sizeof(air_tensor_info),
                        .flags = AIR_TENSOR_IN_ACTIVATIONS | AIR_TENSOR_CHANNEL_LAST | AIR_TENSOR_BATCH_ADDED,
                        .name = "bild",
                        .tag = "I.0",
                        .dtype = AIR_DTYPE_FLOAT32,
                        .rank = 4,
                        .shape = kShape.data(),
                        .storage_shape = kShape.data(),
                        .n_elements = 4,
                        .size_bytes = 16,
                        .quantized_axis = -1,
                        .address = 0x20000000};
  air_tensor_info quantized{.struct_size = sizeof(air_tensor_info),
                            .name = "evil\x1b[31m\xff\"name\"",  // escape sequence, invalid UTF-8, quotes
                            .tag = "O.0",
                            .dtype = AIR_DTYPE_INT8,
                            .encoding = AIR_ENCODING_QUANTIZED,
                            .rank = 4,
                            .shape = kShape.data(),
                            .storage_shape = kShape.data(),
                            .n_elements = 4,
                            .size_bytes = 4,
                            .format = 0x00840440,
                            .n_scales = 1,
                            .scales = kScale.data(),
                            .zero_points = kZeroPoint.data(),
                            .quantized_axis = -1};
  air_tensor_info per_channel{.struct_size = sizeof(air_tensor_info),
                              .flags = AIR_TENSOR_IN_MEMPOOL | AIR_TENSOR_CHANNEL_FIRST,
                              .name = "channels",
                              .tag = "O.1",
                              .dtype = AIR_DTYPE_UINT8,
                              .encoding = AIR_ENCODING_QUANTIZED,
                              .rank = 2,
                              .shape = kChannels.data(),
                              .storage_shape = kChannels.data(),
                              .n_elements = 3,
                              .size_bytes = 3,
                              .n_scales = 3,
                              .scales = kScales.data(),
                              .zero_points = kZeroPoints.data(),
                              .quantized_axis = 1};
  air_tensor_info fixed{.struct_size = sizeof(air_tensor_info),
                        .name = "q7",
                        .tag = "O.2",
                        .dtype = AIR_DTYPE_INT16,
                        .encoding = AIR_ENCODING_FIXED_POINT,
                        .fraction_bits = 7,
                        .quantized_axis = -1};
  std::array<const air_tensor_info *, 1> inputs{&plain};
  std::array<const air_tensor_info *, 3> outputs{&quantized, &per_channel, &fixed};
  air_runtime_info runtime{.struct_size = sizeof(air_runtime_info),
                           .name = "ST.AI (st-ai api)",
                           .description = "v10",
                           .compiler = "GCC",
                           .protocol = "host library",
                           .version = {10, 2, 0},
                           .tools_version = {2, 2, 0}};
  std::array<const char *, 2> attributes{"fpu", "core_icache"};
  std::array<const char *, 1> extras{"mcu_freq:800000000"};
  air_device_info device{.struct_size = sizeof(air_device_info),
                         .description = "stm32 family - 0x486 - STM32N6xx @800/400MHz",
                         .dev_type = "stm32",
                         .dev_id = "0x486",
                         .system = "bare-metal",
                         .machine = "",
                         .sys_clock = 800'000'000,
                         .n_attributes = 2,
                         .attributes = attributes.data(),
                         .n_extras = 1,
                         .extras = extras.data()};
  air_model_info info{.struct_size = sizeof(air_model_info),
                      .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_CANCEL_RUN,
                      .name = "network",
                      .model_datetime = "2025-12-04T15:47:23+0100",
                      .compile_datetime = "Nov 21 2026 23:32:24",
                      .hash = "0x2bfb5392202c7a642f828f2ad7434894",
                      .n_nodes = 3,
                      .native_batch = 2,
                      .macc = (UINT64_C(1) << 53) + 1,  // not a double
                      .weights_bytes = 13'951'264,
                      .activations_bytes = UINT64_MAX,
                      .states_bytes = 128,
                      .n_inputs = 1,
                      .n_outputs = 3,
                      .inputs = inputs.data(),
                      .outputs = outputs.data(),
                      .n_weights_pools = 1,
                      .n_activations_pools = 1,
                      .weights_pools = inputs.data(),
                      .activations_pools = inputs.data(),
                      .flags = "flag_inputs,flag_weights",
                      .runtime = &runtime,
                      .device = &device,
                      .install_ms = 1.5,
                      .init_ms = 0.25};
};

struct Profile {
  explicit Profile(const Model &model) {
    nodes[0].info = &infos[0];
    infos[0].outputs = model.outputs.data();
    infos[0].n_outputs = 2;
    nodes[0].data = data.data();
    infos[1].outputs = model.inputs.data();
    infos[1].n_outputs = 1;
  }

  std::array<int8_t, 8> bytes{-128, -1, 0, 1, 2, 3, 4, 127};
  std::array<const void *, 2> data{bytes.data(), nullptr};
  std::array<air_node_info, 3> infos{
      {{.struct_size = sizeof(air_node_info),
        .index = 0,
        .name = "ai_node_0",
        .description = "Conv2D, \"first\" (0x103)",
        .id = 7,
        .type = 0x103},
       {.struct_size = sizeof(air_node_info),
        .index = 1,
        .name = "ai_node_1",
        .description = "Softmax with a description that is longer than any column",
        .id = -1},
       {.struct_size = sizeof(air_node_info), .index = 2, .name = "ai_node_2", .description = "", .id = 9}}};
  std::array<double, 2> node_times{6, 8}, short_times{1, 1}, no_times{0, 0};
  std::array<const char *, 2> texts{"mcu_cycles:1:2:3\nnpu_cycles:4:5:6", ""};
  std::array<uint64_t, 4> counts{1, 2, 3, UINT64_MAX};
  std::array<air_node_profile, 3> nodes{{{.struct_size = sizeof(air_node_profile),
                                          .n_counters = 2,
                                          .durations_ms = node_times.data(),
                                          .counter_type = "CPU cycles",
                                          .counters = counts.data(),
                                          .statistics = texts.data()},
                                         {.struct_size = sizeof(air_node_profile),
                                          .info = &infos[1],
                                          .durations_ms = short_times.data(),
                                          .counter_type = ""},
                                         {.struct_size = sizeof(air_node_profile),
                                          .info = &infos[2],
                                          .durations_ms = no_times.data(),
                                          .counter_type = ""}}};
  std::array<const air_node_profile *, 3> node_list{&nodes[0], &nodes[1], &nodes[2]};
  std::array<double, 2> durations{9, 11}, exec_times{10, INFINITY};
  air_profile profile{.struct_size = sizeof(air_profile),
                      .mode = AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA,
                      .n_samples = 2,
                      .n_durations = 2,
                      .durations_ms = durations.data(),
                      .exec_times_ms = exec_times.data(),
                      .stopped = 1,
                      .n_nodes = 3,
                      .nodes = node_list.data(),
                      .device_ms = 20,
                      .link_ms = 5,
                      .host_ms = 30,
                      .link_bytes_sent = 1234,
                      .link_bytes_received = 567,
                      .link_packets = 12,
                      .link_turnarounds = 4,
                      .stack_bytes = 2048,
                      .heap_bytes = -1,
                      .counter_type = "CPU cycles",
                      .n_counters = 1,
                      .counters = counts.data()};
};

}  // namespace sample
