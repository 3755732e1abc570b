// SPDX-License-Identifier: BSD-3-Clause
// Arrays of another program, drawn at random: whatever names, types and shapes they have, they become a result that holds their values, or an error.
#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "airunner_report.h"
#include "common/values.h"

namespace {

class Draw {
 public:
  explicit Draw(uint32_t seed) : generator_(seed) {}
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(generator_() % n); }
  template <class T>
  const T &of(const std::vector<T> &list) {
    return list[below(static_cast<uint32_t>(list.size()))];
  }

 private:
  std::mt19937 generator_;
};

const std::vector<std::string> kNames = {
    "x",     "y",    "input_1", "output_1",  "input_0", "output_0",        "a/b", "a/b:0", "b",           "arr_0",
    "arr_1", "",     "conv",    "conv;relu", "output",  "output_2",        "_",   ":0",    "m_outputs_1", "input_1:0",
    "/",     "\xFF", "x0",      "X",         "node",    "input_4294967295"};
const std::vector<int64_t> kDimensions = {0, 1, 1, 2, 2, 3, 4};

std::vector<int64_t> shape_of(Draw &draw, uint32_t most) {
  std::vector<int64_t> shape(draw.below(most + 1));
  for (int64_t &dimension : shape) dimension = draw.of(kDimensions);
  return shape;
}

// A model of random tensors.
struct Described {
  explicit Described(Draw &draw) {
    inputs = several(draw, draw.below(3));
    outputs = several(draw, 1 + draw.below(2));
    for (uint32_t i = draw.below(4); i > 0; --i) {
      lists.push_back(several(draw, draw.below(3)));
      nodes.push_back({.name = draw.of(kNames).c_str(),
                       .operation = "Conv",
                       .n_outputs = static_cast<uint32_t>(lists.back().size()),
                       .outputs = lists.back().data()});
    }
    for (const air_node &node : nodes) pointers.push_back(&node);
    const air_model description = {.name = "random",
                                   .n_inputs = static_cast<uint32_t>(inputs.size()),
                                   .n_outputs = static_cast<uint32_t>(outputs.size()),
                                   .inputs = inputs.data(),
                                   .outputs = outputs.data(),
                                   .n_nodes_told = draw.below(5),
                                   .n_nodes = static_cast<uint32_t>(nodes.size()),
                                   .nodes = pointers.data()};
    REQUIRE(air_make_model(&description, model.out()) == AIR_OK);
  }

  std::vector<const air_tensor *> several(Draw &draw, uint32_t n) {
    std::vector<const air_tensor *> list;
    for (; n > 0; --n) {
      const std::vector<int64_t> &shape = shapes.emplace_back(shape_of(draw, 3));
      air_tensor &tensor = tensors.emplace_back();
      tensor.name = draw.of(kNames).c_str();
      tensor.dtype = static_cast<air_dtype>(1 + draw.below(AIR_DTYPE_FLOAT8_E5M2));
      tensor.rank = static_cast<uint32_t>(shape.size());
      tensor.shape = shape.data();
      if (tensor.dtype == AIR_DTYPE_INT8 || tensor.dtype == AIR_DTYPE_UINT8) {
        tensor.encoding = AIR_ENCODING_QUANTIZED;
        tensor.quantization = draw.below(2) == 0 ? &unknown : &known;
      }
      list.push_back(&tensor);
    }
    return list;
  }

  float scale = 0.5F;
  int32_t zero_point = 3;
  air_quantization known = {1, -1, 1, 1, &scale, &zero_point};
  air_quantization unknown = {0, -1, 1, 0, nullptr, nullptr};
  std::deque<std::vector<int64_t>> shapes;
  std::deque<air_tensor> tensors;
  std::deque<std::vector<const air_tensor *>> lists;
  std::deque<air_node> nodes;
  std::vector<const air_tensor *> inputs, outputs;
  std::vector<const air_node *> pointers;
  air::HeldModel model;
};

// Arrays of which most have as many elements as some tensor.
struct Arrays {
  Arrays(Draw &draw, const Described &of) {
    const int64_t n_samples = 1 + draw.below(2);
    for (uint32_t i = draw.below(6); i > 0; --i) {
      std::vector<int64_t> shape =
          draw.below(4) == 0 ? shape_of(draw, 4) : draw.of(std::vector(of.shapes.begin(), of.shapes.end()));
      shape.insert(shape.begin(), draw.below(8) == 0 ? 2 : n_samples);
      if (draw.below(8) == 0) shape.erase(shape.begin());
      const std::vector<int64_t> &kept = shapes.emplace_back(std::move(shape));
      uint64_t n = 1;
      for (const int64_t dimension : kept) n *= static_cast<uint64_t>(dimension);
      const auto dtype =
          static_cast<air_dtype>(draw.below(4) == 0 ? draw.below(20) : AIR_DTYPE_FLOAT32 + draw.below(4));
      uint64_t size = n * air_dtype_bits(dtype) / 8;
      const std::vector<unsigned char> &bytes = data.emplace_back(size, static_cast<unsigned char>(draw.below(3)));
      if (draw.below(50) == 0) size += 1;
      list.push_back({draw.below(8) == 0 ? nullptr : draw.of(kNames).c_str(),
                      {bytes.data(), size, kept.data(), static_cast<uint32_t>(kept.size()), dtype}});
    }
  }

  std::deque<std::vector<int64_t>> shapes;
  std::deque<std::vector<unsigned char>> data;
  std::vector<air_array> list;
};

// All that it is said to hold can be read, and compared with itself.
void check_whole(const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  const uint64_t n_samples = air_get_profile(result)->n_samples;
  CHECK(n_samples > 0);
  CHECK(air_get_property(&model, "arrays") != nullptr);
  const auto check = [&](air_place place, uint32_t node, uint32_t index, const air_tensor &tensor) {
    air_view view{};
    REQUIRE(air_get_tensor(result, place, node, index, AIR_ALL_SAMPLES, &view) == AIR_OK);
    if (view.data == nullptr) return;
    CHECK(view.size_bytes == n_samples * tensor.size_bytes);
    unsigned sum = 0;
    for (uint64_t i = 0; i < view.size_bytes; ++i) sum += static_cast<const unsigned char *>(view.data)[i];
    CHECK(sum <= view.size_bytes * 255);
  };
  for (uint32_t i = 0; i < model.n_inputs; ++i) check(AIR_PLACE_INPUT, 0, i, *model.inputs[i]);
  for (uint32_t i = 0; i < model.n_outputs; ++i) check(AIR_PLACE_OUTPUT, 0, i, *model.outputs[i]);
  for (uint32_t n = 0; n < model.n_nodes; ++n) {
    for (uint32_t i = 0; i < model.nodes[n]->n_outputs; ++i) check(AIR_PLACE_NODE, n, i, *model.nodes[n]->outputs[i]);
  }
}

}  // namespace

TEST_CASE("arrays at random become a result or an error") {
  uint32_t n_made = 0;
  uint32_t n_refused = 0;
  for (uint32_t seed = 0; seed < 20'000; ++seed) {
    CAPTURE(seed);
    Draw draw(seed);
    const Described described(draw);
    const Arrays arrays(draw, described);
    air::HeldResult result;
    const air_status status =
        air_make_golden(described.model.get(), arrays.list.data(), static_cast<uint32_t>(arrays.list.size()), nullptr,
                        nullptr, result.out());
    if (status == AIR_OK) {
      ++n_made;
      check_whole(result.get());
      const air_comparison *comparison =
          nullptr;  // may be refused: outputs that nodes would name, types without real values
      if (air_compare(result.get(), result.get(), nullptr, &comparison) == AIR_OK) air_release_comparison(comparison);
    } else {
      ++n_refused;
      const bool is_told =
          status == AIR_ERROR_INVALID_INPUT || status == AIR_ERROR_INVALID_ARGUMENT || status == AIR_ERROR_NOT_FOUND;
      CHECK_MESSAGE(is_told, air_last_error()->message);
      CHECK(std::strlen(air_last_error()->message) > 10);
    }
  }
  CHECK(n_made > 500);
  CHECK(n_refused > 500);
}
