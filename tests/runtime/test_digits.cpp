// SPDX-License-Identifier: BSD-3-Clause
// One network, two runtimes: the digits as .onnx and as .tflite agree after every layer.
#include <doctest/doctest.h>

#include <map>

#include "common/descriptor_text.h"
#include "digits.h"

using namespace air::runtime::test;

namespace {

struct Layer {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

// The outputs of all nodes for the first image, by name.
std::map<std::string, Layer> layers_of(const std::string &descriptor) {
  const Bytes all = digits_images("float32");
  Client client(descriptor);
  client.run({Bytes(all.begin(), all.begin() + 8 * 8 * sizeof(float))}, 1, AIR_MODE_PER_LAYER_WITH_DATA);
  std::map<std::string, Layer> layers;
  for (uint32_t n = 0; n < client.nodes().size(); ++n) {
    const air_node &node = *client.nodes()[n];
    for (uint32_t k = 0; k < node.n_outputs; ++k) {
      const auto shape = air::shape_of(*node.outputs[k]);
      layers[node.outputs[k]->name] = {{shape.begin(), shape.end()}, client.node_values<float>(n, k)};
    }
  }
  return layers;
}

// Channels last from channels first.
Layer channels_last(const Layer &layer) {
  if (layer.shape.size() != 3) return layer;
  const auto n_channels = static_cast<size_t>(layer.shape[0]);
  const auto n_places = static_cast<size_t>(layer.shape[1] * layer.shape[2]);
  Layer result{{layer.shape[1], layer.shape[2], layer.shape[0]}, std::vector<float>(layer.values.size())};
  for (size_t c = 0; c < n_channels; ++c) {
    for (size_t p = 0; p < n_places; ++p) result.values[p * n_channels + c] = layer.values[c * n_places + p];
  }
  return result;
}

}  // namespace

TEST_CASE("the canonical descriptor connects again, whatever the path holds") {
  const TemporaryFolder folder;
  for (const auto &[scheme, file] : {std::pair<std::string, std::filesystem::path>{"onnx", digits("digits_int8.onnx")},
                                     {"tflite", digits("digits_int8.tflite")},
                                     {"file", std::getenv("AIR_TEST_DIGITS_LIBRARY")}}) {
    for (const std::string name :
         {"plain", "a b", "100%", "a%20b", "a&b=c", "a?b", "%41 ?&", "%3F", "#", "a?copy=1", "\xc3\xbc"}) {
      const std::filesystem::path path = folder.path() / name / ("libai_network" + file.extension().string());
      std::filesystem::create_directories(path.parent_path());
      std::filesystem::copy_file(file, path);
      const std::string text = scheme + ":" + air::encode_descriptor_text(path.string());
      const Client first(text);
      CHECK(first.info().descriptor == text);
      const Client second(first.info().descriptor);
      CHECK(second.info().descriptor == text);
      // A bare path is itself, but for the question mark.
      std::string bare = path.string();
      if (name.find('?') != std::string::npos) {
        const std::string hint = air::encode_descriptor_text(bare);
        CHECK(Client::refusal(bare).tells("write it as %3F, as in \"" + hint + "\""));
        CHECK(Client(hint).info().descriptor == text);
      } else {
        CHECK(Client(bare).info().descriptor == text);
      }
      std::filesystem::remove(path);
    }
  }
}

TEST_CASE("every layer of both has the same values") {
  const auto onnx = layers_of("onnx:" + digits("digits_float32.onnx").string() + "?threads=1");
  const auto tflite = layers_of("tflite:" + digits("digits_float32.tflite").string());
  CHECK(tflite.size() == 9);
  for (const auto &layer : tflite) {
    const std::string &name = layer.first;
    const Layer &expected = layer.second;
    REQUIRE_MESSAGE(onnx.contains(name), name);
    const Layer got = channels_last(onnx.at(name));
    CHECK_MESSAGE(got.shape == expected.shape, name);
    REQUIRE(got.values.size() == expected.values.size());
    float largest = 0.0F;
    for (size_t i = 0; i < got.values.size(); ++i)
      largest = std::max(largest, std::fabs(got.values[i] - expected.values[i]));
    CHECK_MESSAGE(largest < 1e-4F, name);
  }
}
