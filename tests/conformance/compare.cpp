// SPDX-License-Identifier: BSD-3-Clause
// airunner-compare: two descriptors reach the same model: equal outputs, nodes and data of nodes, in every mode.
//
// What the protocol has no place for is not compared: scales of further channels, and descriptions of nodes whose types are not those of
// ST's runtimes (--other-types).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "model.h"
#include "suite.h"

namespace {

using namespace conformance;

constexpr uint64_t kSamples = 3;

bool g_other_types = false;  // the types of nodes are not those of ST's runtimes

void check_same_text(const char *what, const char *served, const char *direct) {
  check(std::string_view(served) == direct, "{} is \"{}\", directly \"{}\"", what, served, direct);
}

std::vector<int64_t> shape_of(const air_tensor_info &info) {
  return {info.shape, info.shape + info.rank};
}

// The protocol has room for one scale and one zero point: those of the first channel.
void check_same_quantization(const air_tensor_info &served, const air_tensor_info &direct) {
  const uint32_t n = direct.n_scales > 1 ? 1 : direct.n_scales;
  check(served.n_scales == n, "{}: {} scales, directly {}", direct.tag, served.n_scales, direct.n_scales);
  if (n == 0) return;
  check(served.scales[0] == direct.scales[0] && served.zero_points[0] == direct.zero_points[0],
        "{}: scale {} and zero point {}, directly {} and {}", direct.tag, served.scales[0], served.zero_points[0],
        direct.scales[0], direct.zero_points[0]);
}

void check_same_tensor(const air_tensor_info &served, const air_tensor_info &direct) {
  check_same_text("name", served.name, direct.name);
  check_same_text("tag", served.tag, direct.tag);
  check_same_text("dtype", air_dtype_name(served.dtype), air_dtype_name(direct.dtype));
  check(shape_of(served) == shape_of(direct), "{}: shape ({}), directly ({})", direct.tag,
        fmt::join(shape_of(served), ", "), fmt::join(shape_of(direct), ", "));
  check(served.n_elements == direct.n_elements && served.size_bytes == direct.size_bytes,
        "{}: {} elements and {} bytes, directly {} and {}", direct.tag, served.n_elements, served.size_bytes,
        direct.n_elements, direct.size_bytes);
  check(served.encoding == direct.encoding && served.fraction_bits == direct.fraction_bits,
        "{}: encoding {}, {} fraction bits, directly {}, {}", direct.tag, static_cast<int>(served.encoding),
        served.fraction_bits, static_cast<int>(direct.encoding), direct.fraction_bits);
  check_same_quantization(served, direct);
}

template <class List>
void check_same_tensors(const char *what, const List &served, const List &direct) {
  check(served.size() == direct.size(), "{} {}, directly {}", served.size(), what, direct.size());
  for (size_t i = 0; i < direct.size(); ++i) check_same_tensor(*served[i], *direct[i]);
}

void check_same_info(const air_model_info &served, const air_model_info &direct) {
  check_same_text("name of the model", served.name, direct.name);
  check_same_text("hash", served.hash, direct.hash);
  check(served.n_nodes == direct.n_nodes, "{} nodes announced, directly {}", served.n_nodes, direct.n_nodes);
  check(served.macc == direct.macc, "macc {}, directly {}", served.macc, direct.macc);
  check(served.weights_bytes == direct.weights_bytes, "weights of {} bytes, directly {}", served.weights_bytes,
        direct.weights_bytes);
  check(served.activations_bytes == direct.activations_bytes, "activations of {} bytes, directly {}",
        served.activations_bytes, direct.activations_bytes);
}

void check_same_data(const air_node_profile &served, const air_node_profile &direct) {
  const air_node_info &info = *direct.info;
  for (uint32_t k = 0; k < info.n_outputs; ++k) {
    const bool is_there = direct.data != nullptr && direct.data[k] != nullptr;
    check(is_there == (served.data != nullptr && served.data[k] != nullptr), "{}: data only on one side",
          info.outputs[k]->tag);
    check(!is_there || std::memcmp(served.data[k], direct.data[k], info.outputs[k]->size_bytes * kSamples) == 0,
          "{}: other data", info.outputs[k]->tag);
  }
}

void check_same_node(const air_node_profile &served, const air_node_profile &direct) {
  const air_node_info &a = *served.info;
  const air_node_info &b = *direct.info;
  check_same_text("name of a node", a.name, b.name);
  if (!g_other_types) check_same_text("description", a.description, b.description);
  check(a.index == b.index && a.id == b.id && a.type == b.type, "node {}, id {}, type 0x{:x}, directly {}, {}, 0x{:x}",
        a.index, a.id, a.type, b.index, b.id, b.type);
  using Tensors = std::span<const air_tensor_info *const>;
  check_same_tensors("outputs of a node", Tensors(a.outputs, a.n_outputs), Tensors(b.outputs, b.n_outputs));
}

void check_same_run(const Context &context, const Model &served, const Model &direct, uint32_t mode) {
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = mode;
  Batch direct_batch(context, direct, kSamples);
  Batch served_batch = direct_batch;
  // A target does the same at the first sample of each call.
  if (direct.can(AIR_CAP_RESET_STATES)) direct.start_afresh();
  direct_batch.run(direct, &options);
  served_batch.run(served, &options);
  check_equal_outputs(context, direct, served_batch.outputs(), direct_batch.outputs(), kSamples, "through the wire");
  const air_profile &a = served.profile();
  const air_profile &b = direct.profile();
  check(a.n_nodes == b.n_nodes, "{} nodes, directly {}", a.n_nodes, b.n_nodes);
  for (uint32_t i = 0; i < b.n_nodes; ++i) {
    check_same_node(*a.nodes[i], *b.nodes[i]);
    check_same_data(*a.nodes[i], *b.nodes[i]);
  }
  fmt::print("mode {}: {} samples, {} nodes are equal\n", mode, kSamples, b.n_nodes);
}

void compare(Context &context, const std::string &direct_descriptor) {
  const uint32_t n_models = air_get_n_models(Model(context, direct_descriptor).runner());
  for (context.model = 0; context.model < n_models; ++context.model) {
    const Model direct(context, direct_descriptor);
    const Model served(context);
    check(air_get_n_models(served.runner()) == n_models, "another number of models");
    check_same_info(served.info(), direct.info());
    check_same_tensors("inputs", served.inputs(), direct.inputs());
    check_same_tensors("outputs", served.outputs(), direct.outputs());
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
      check_same_run(context, served, direct, mode);
    }
  }
}

}  // namespace

int main(int argc, char **argv) {
  g_other_types = argc == 4 && std::string_view(argv[3]) == "--other-types";
  if (argc != 3 && !g_other_types) {
    fmt::print(stderr, "usage: airunner-compare SERVED DIRECT [--other-types]\n");
    return 2;
  }
  try {
    Context context;
    context.descriptor = argv[1];
    compare(context, argv[2]);
    return 0;
  } catch (const std::exception &failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
}
