// SPDX-License-Identifier: BSD-3-Clause
// Option weights of both runtimes, against models whose weights numpy rounded.
#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "digits.h"

using namespace air::runtime::test;

namespace {

constexpr const char *kSchemes[] = {"int8-channel", "int8-tensor", "uint8-tensor", "int4", "int16", "float16"};
constexpr uint64_t kImages = 16;

std::string rounded_by_numpy(const std::string &name) {
  return (std::filesystem::path(std::getenv("AIR_TEST_ROUNDED")) / name).string();
}

struct Values {
  std::vector<Bytes> outputs;
  std::map<std::string, Bytes> nodes;  // by name of the tensor

  bool operator==(const Values &) const = default;
};

Values values_of(const std::string &descriptor, const std::string &dtype = "float32") {
  Client client(descriptor);
  const Bytes all = digits_images(dtype);
  const size_t size = all.size() / kDigitsImages * kImages;
  Values values;
  values.outputs = client.run({Bytes(all.begin(), all.begin() + static_cast<ptrdiff_t>(size))}, kImages,
                              AIR_MODE_PER_LAYER_WITH_DATA);
  for (uint32_t n = 0; n < client.nodes().size(); ++n) {
    for (uint32_t k = 0; k < client.nodes()[n]->n_outputs; ++k)
      values.nodes[client.nodes()[n]->outputs[k]->name] = bytes_of(client.node_values<std::byte>(n, k));
  }
  return values;
}

double rms_of_difference(const std::vector<float> &a, const std::vector<float> &b) {
  REQUIRE(a.size() == b.size());
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

}  // namespace

TEST_CASE("rounded weights are those of numpy, bit for bit") {
  for (const auto &[scheme, extension] :
       {std::pair<std::string, std::string>{"onnx", ".onnx"}, {"tflite", ".tflite"}}) {
    const std::string plain = scheme + ":" + digits("digits_float32" + extension).string() + "?threads=1";
    const Values unrounded = values_of(plain);
    CHECK(values_of(plain + "&weights=none") == unrounded);
    for (const std::string rounding : kSchemes) {
      CAPTURE(plain);
      CAPTURE(rounding);
      const Values rounded = values_of(plain + "&weights=" + rounding);
      CHECK(rounded == values_of(scheme + ":" + rounded_by_numpy(rounding + extension) + "?threads=1"));
      CHECK(rounded != unrounded);
    }
  }
}

TEST_CASE("rounded weights alone make errors of the size of those that a quantized twin makes") {
  const std::string plain = "tflite:" + digits("digits_float32.tflite").string() + "?threads=1&kernels=builtin";
  const std::string twin = "tflite:" + digits("digits_int8.tflite").string() + "?threads=1&kernels=builtin";
  const Values exact = values_of(plain), rounded = values_of(plain + "&weights=int8-channel");
  const Client described(twin);
  const Values quantized = values_of(twin, "int8");
  for (const air_node *node : std::span(described.info().nodes, described.info().n_nodes)) {
    const air_tensor &tensor = *node->outputs[0];
    CAPTURE(tensor.name);
    std::vector<float> real;
    for (const int8_t q : air::runtime::test::values_of<int8_t>(quantized.nodes.at(tensor.name)))
      real.push_back(static_cast<float>(q - air::zero_points_of(tensor)[0]) * air::scales_of(tensor)[0]);
    const auto expected = air::runtime::test::values_of<float>(exact.nodes.at(tensor.name));
    const double of_twin = rms_of_difference(real, expected);
    const double of_weights =
        rms_of_difference(air::runtime::test::values_of<float>(rounded.nodes.at(tensor.name)), expected);
    CHECK(of_weights > 0.03 * of_twin);
    CHECK(of_weights < 1.5 * of_twin);
  }
}

TEST_CASE("rounding keeps what a model is called by, and is part of its descriptor") {
  for (const std::string model : {"digits_float32.onnx", "digits_float32.tflite"}) {
    const std::string path = digits(model).string();
    const Client plain(path), rounded(path + "?weights=int8-channel");
    CHECK(rounded.property("hash") == plain.property("hash"));
    CHECK(std::string(rounded.info().descriptor).ends_with("?weights=int8-channel"));
    CHECK(Client(path + "?weights=none").info().descriptor == std::string(plain.info().descriptor));
  }
}

TEST_CASE("where there is nothing to round the option is refused") {
  for (const std::string model : {"digits_int8.onnx", "digits_int8.tflite"}) {
    const Failure failure = Client::refusal(digits(model).string() + "?weights=int8-channel");
    CHECK(failure.status == AIR_ERROR_UNSUPPORTED);
    CHECK_MESSAGE(failure.tells("option weights=int8-channel has no effect"), failure.text);
  }
  CHECK(Client::refusal(digits("digits_float32.onnx").string() + "?weights=int3").tells("int8-channel, int8-tensor"));
}
