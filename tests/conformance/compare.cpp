// SPDX-License-Identifier: BSD-3-Clause
// airunner-compare: two descriptors reach the same model: equal outputs, nodes and data of nodes, in every mode.
//
// What the protocol has no place for is not compared: scales of further channels, and operations of nodes whose types are not those of
// ST's runtimes (--other-types).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "common/tensor_facts.h"
#include "model.h"
#include "suite.h"

namespace {

using namespace conformance;

constexpr uint64_t kSamples = 3;

bool g_other_types = false;  // the types of nodes are not those of ST's runtimes

void check_same_text(const char *what, const char *served, const char *direct) {
  check(std::string_view(served) == direct, "{} is \"{}\", directly \"{}\"", what, served, direct);
}

std::vector<int64_t> shape_of(const air_tensor &info) {
  return {info.shape, info.shape + info.rank};
}

// The protocol has room for one scale and one zero point: those of the first channel.
void check_same_quantization(const air_tensor &served, const air_tensor &direct) {
  const size_t n = std::min<size_t>(air::scales_of(direct).size(), 1);
  check(air::scales_of(served).size() == n, "{}: {} scales, directly {}", direct.tag, air::scales_of(served).size(), n);
  if (n == 0) return;
  const float scales[] = {air::scales_of(served)[0], air::scales_of(direct)[0]};
  const int32_t zero_points[] = {air::zero_points_of(served)[0], air::zero_points_of(direct)[0]};
  check(scales[0] == scales[1] && zero_points[0] == zero_points[1],
        "{}: scale {} and zero point {}, directly {} and {}", direct.tag, scales[0], zero_points[0], scales[1],
        zero_points[1]);
}

void check_same_tensor(const air_tensor &served, const air_tensor &direct) {
  check_same_text("name", served.name, direct.name);
  check_same_text("tag", served.tag, direct.tag);
  check_same_text("dtype", air_dtype_name(served.dtype), air_dtype_name(direct.dtype));
  check(shape_of(served) == shape_of(direct), "{}: shape ({}), directly ({})", direct.tag,
        fmt::join(shape_of(served), ", "), fmt::join(shape_of(direct), ", "));
  check(served.n_elements == direct.n_elements && served.size_bytes == direct.size_bytes,
        "{}: {} elements and {} bytes, directly {} and {}", direct.tag, served.n_elements, served.size_bytes,
        direct.n_elements, direct.size_bytes);
  check(served.encoding == direct.encoding, "{}: encoding {}, directly {}", direct.tag,
        static_cast<uint32_t>(served.encoding), static_cast<uint32_t>(direct.encoding));
  check_same_quantization(served, direct);
}

template <class List>
void check_same_tensors(const char *what, const List &served, const List &direct) {
  check(served.size() == direct.size(), "{} {}, directly {}", served.size(), what, direct.size());
  for (size_t i = 0; i < direct.size(); ++i) check_same_tensor(*served[i], *direct[i]);
}

void check_same_info(const air_model &served, const air_model &direct) {
  check_same_text("name of the model", served.name, direct.name);
  check_same_text("hash", air::property(served, "hash"), air::property(direct, "hash"));
  check(served.n_nodes_told == direct.n_nodes_told, "{} nodes announced, directly {}", served.n_nodes_told,
        direct.n_nodes_told);
  check(served.macc == direct.macc, "macc {}, directly {}", served.macc, direct.macc);
  check(served.weights_bytes == direct.weights_bytes, "weights of {} bytes, directly {}", served.weights_bytes,
        direct.weights_bytes);
  check(served.activations_bytes == direct.activations_bytes, "activations of {} bytes, directly {}",
        served.activations_bytes, direct.activations_bytes);
}

void check_same_node(const air_node &served, const air_node &direct) {
  check_same_text("name of a node", served.name, direct.name);
  if (!g_other_types) check_same_text("operation", served.operation, direct.operation);
  check(served.layer == direct.layer && served.operation_code == direct.operation_code,
        "node {}, layer {}, code 0x{:x}, directly {}, 0x{:x}", direct.name, served.layer, served.operation_code,
        direct.layer, direct.operation_code);
  using Tensors = std::span<const air_tensor *const>;
  check_same_tensors("outputs of a node", Tensors(served.outputs, served.n_outputs),
                     Tensors(direct.outputs, direct.n_outputs));
}

void check_same_data(const air_result &served, const air_result &direct, uint32_t node) {
  const air_node &info = *nodes_of(direct)[node];
  for (uint32_t k = 0; k < info.n_outputs; ++k) {
    air_view views[2] = {};
    check_ok(air_get_tensor(&served, AIR_PLACE_NODE, node, k, AIR_ALL_SAMPLES, &views[0]), "served data");
    check_ok(air_get_tensor(&direct, AIR_PLACE_NODE, node, k, AIR_ALL_SAMPLES, &views[1]), "direct data");
    check((views[0].data == nullptr) == (views[1].data == nullptr), "{}: data only on one side", info.outputs[k]->tag);
    check(views[1].data == nullptr || bytes_of(views[0]) == bytes_of(views[1]), "{}: other data", info.outputs[k]->tag);
  }
}

void check_same_run(const Context &context, const Model &served, const Model &direct, uint32_t mode) {
  Batch direct_batch(context, direct, kSamples);
  Batch served_batch = direct_batch;
  // A target does the same at the first sample of each call.
  if (direct.can(AIR_CAP_RESET_STATES)) direct.start_afresh();
  const HeldResult directly = direct_batch.run(direct, in_mode(mode));
  const HeldResult through = served_batch.run(served, in_mode(mode));
  check_equal_outputs(context, direct, served_batch.outputs(), direct_batch.outputs(), kSamples, "through the wire");
  const auto a = nodes_of(*through);
  const auto b = nodes_of(*directly);
  const bool per_layer = (air_get_profile(directly.get())->mode & AIR_MODE_PER_LAYER) != 0;
  const size_t n_nodes = per_layer ? b.size() : 0;
  check(!per_layer || a.size() == n_nodes, "{} nodes, directly {}", a.size(), n_nodes);
  for (uint32_t n = 0; n < n_nodes; ++n) {
    check_same_node(*a[n], *b[n]);
    check_same_data(*through, *directly, n);
  }
  fmt::print("mode {}: {} samples, {} nodes are equal\n", mode, kSamples, n_nodes);
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
