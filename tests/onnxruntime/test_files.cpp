// SPDX-License-Identifier: BSD-3-Clause
// The backend's reader and writer of ONNX files, without a runtime.
#include <doctest/doctest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <random>

#include "client.h"
#include "common/error.h"
#include "onnx_writer.h"
#include "onnxruntime/api.h"
#include "onnxruntime/graph_facts.h"
#include "onnxruntime/model_file.h"
#include "onnxruntime/quantization.h"
#include "onnxruntime/rewrite.h"
#include "onnxruntime/session_log.h"

using namespace air::ort;
using namespace air::ort::test;
using air::runtime::Shape;

namespace {

// What the program holds in memory, and the most it held.
std::atomic<size_t> held = 0, most_held = 0;

void *counted(void *block) {
  if (block == nullptr) throw std::bad_alloc();
  most_held = std::max<size_t>(most_held, held += malloc_usable_size(block));
  return block;
}

// Where it is inlined, gcc 12 takes what ::operator new gave for memory that may not be freed.
[[gnu::noinline]] void uncount(void *block) {
  if (block != nullptr) held -= malloc_usable_size(block);
  std::free(block);
}

}  // namespace

void *operator new(size_t size) {
  return counted(std::malloc(size));
}
void operator delete(void *block) noexcept {
  uncount(block);
}
void operator delete(void *block, size_t) noexcept {
  uncount(block);
}

namespace {

protobuf::Bytes bytes_of(const std::string &text) {
  return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

air_status status_of(const std::string &model) {
  try {
    const ModelFile file(bytes_of(model), "model");
  } catch (const air::Error &error) {
    return error.status();
  }
  return AIR_OK;
}

std::string reason_of(const std::string &model) {
  try {
    const ModelFile file(bytes_of(model), "model");
  } catch (const air::Error &error) {
    return error.what();
  }
  return "";
}

Graph dynamic_graph() {
  return {{node("Relu", {"x"}, {"y"}, "first"), node("Neg", {"y"}, {"z"})},
          {value("x", kFloat, {-1, 4, -1})},
          {value("z", kFloat, {-1, 4, -1})}};
}

std::string refusal(const std::string &model, const air::runtime::WantedShapes &wanted) {
  const ModelFile file(bytes_of(model), "model");
  try {
    (void)resolve_inputs(file, wanted);
  } catch (const air::Error &error) {
    CHECK(error.status() == AIR_ERROR_INVALID_DESCRIPTOR);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a graph is read") {
  const std::string model = dynamic_graph().model();
  const ModelFile file(bytes_of(model), "model");
  CHECK(file.ir_version == 8);
  CHECK(file.producer == "tests");
  CHECK(file.producer_version == "1.2.3");
  REQUIRE(file.opsets.size() == 1);
  CHECK(file.opsets[0].second == 13);
  REQUIRE(file.inputs.size() == 1);
  CHECK(file.inputs[0].shape == Shape{-1, 4, -1});
  CHECK(file.inputs[0].symbols[2] == "M");
  REQUIRE(file.nodes.size() == 2);
  CHECK(file.nodes[0].name == "first");
  CHECK(file.nodes[1].type == "Neg");
  CHECK(inner_values(file) == std::vector<std::string>{"y"});
}

TEST_CASE("what is no model is refused") {
  CHECK(status_of("") == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of("This is a text and no model at all.\n") == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of(std::string(1000, '\0')) == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of(std::string(1000, '\xff')) == AIR_ERROR_INVALID_MODEL);
  Graph without_outputs = dynamic_graph();
  without_outputs.outputs.clear();
  CHECK(status_of(without_outputs.model()) == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of(dynamic_graph().model()) == AIR_OK);
}

TEST_CASE("what cannot be read is named with its place in the file") {
  const std::string whole = dynamic_graph().model();
  const auto place = [](size_t at, const std::string &model) {
    return " at byte " + std::to_string(at) + " of " + std::to_string(model.size());
  };
  const std::string cut = whole.substr(0, whole.size() - 1);
  const size_t last = whole.size() - field(8, field(1, "") + number(2, 13)).size();
  CHECK(reason_of(cut).ends_with("a field is longer than what is left of the file" + place(last, cut)));
  // In the graph, behind its key and its size: no group, no number that does not end, no field 0.
  const size_t inner = number(1, 8).size() + 2;
  for (const auto &[bad, why] :
       {std::pair(std::string("\x0B"), "a field is of an unknown kind"),
        std::pair("\x08" + std::string(12, '\xFF'), "a number does not end"),
        std::pair(std::string("\x02"), "a field has no number"),
        std::pair(std::string("\x88\x80\x80\x80\x80\x01\x01"), "a field has a number of more than 29 bits"),
        std::pair(std::string("\x0A\x83\x80\x80\x80\x10xyz"), "a field is longer than 4 GiB")}) {
    const std::string model = number(1, 8) + field(7, bad);
    CHECK(reason_of(model).ends_with(why + place(inner, model)));
  }
}

TEST_CASE("cut off or changed anywhere, a file is read or refused") {
  const std::string whole = air::runtime::test::read_file(air::runtime::test::digits("digits_int8.onnx"));
  size_t n_refused = 0;
  for (size_t size = 0; size < whole.size(); size += 1 + size / 50)
    n_refused += status_of(whole.substr(0, size)) == AIR_ERROR_INVALID_MODEL;
  CHECK(n_refused > 100);
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string changed = whole;
    for (int k = 0; k < 3; ++k) changed[random() % changed.size()] = static_cast<char>(random());
    const air_status status = status_of(changed);
    REQUIRE((status == AIR_OK || status == AIR_ERROR_INVALID_MODEL));
    if (status != AIR_OK) continue;
    // What is read can also be written and counted.
    const ModelFile file(bytes_of(changed), "model");
    (void)rewrite(file, std::vector<Shape>(file.inputs.size(), Shape{1, 2}), inner_values(file));
    (void)count_macc(file, {});
    (void)find_quantizations(file);
    (void)find_varying_shapes(file);
  }
}

namespace {

std::string times(size_t n, const std::string &text) {
  std::string all;
  for (size_t i = 0; i < n; ++i) all += text;
  return all;
}

// Of a text for each number.
template <class Make>
std::string each(size_t n, Make make) {
  std::string all;
  for (size_t i = 0; i < n; ++i) all += make(std::to_string(i));
  return all;
}

std::string model_of(const std::string &graph) {
  const Graph usual = dynamic_graph();
  return number(1, 8) + field(7, usual.graph() + graph) + field(8, number(2, 13));
}

}  // namespace

TEST_CASE("memory is bounded by the size of the file, whatever it holds") {
  constexpr size_t kMany = 1'000'000;
  const std::string name_only = field(8, "");
  const std::string scales =
      number(1, kMany) + number(2, kFloat) + field(8, "s") + field(9, std::string(4 * kMany, 'a'));
  const std::pair<std::string, std::string> files[] = {
      {"empty nodes", model_of(times(kMany, field(1, "")))},
      {"empty inputs of a node", model_of(field(1, times(kMany, field(1, ""))))},
      {"nodes of one output", model_of(times(kMany, field(1, field(2, ""))))},
      {"attributes", model_of(field(1, times(kMany, field(5, field(1, "a")))))},
      {"inputs", model_of(times(kMany, field(11, "")))},
      {"outputs", model_of(times(kMany, field(12, "")))},
      {"dimensions of a constant", model_of(field(5, field(1, std::string(kMany, '\1'))))},
      {"dimensions of an input", model_of(field(11, field(2, field(1, field(2, times(kMany, field(1, "")))))))},
      {"packed integers", model_of(field(5, field(7, std::string(kMany, '\1'))))},
      {"integers", model_of(field(5, times(kMany, number(7, 1))))},
      {"constants", model_of(each(kMany / 4, [](const std::string &i) { return field(5, field(8, i)); }))},
      {"constant nodes",
       model_of(each(kMany / 4, [](const std::string &i) { return field(1, field(2, i) + field(4, "Constant")); }))},
      {"operator sets", dynamic_graph().model() + times(kMany, field(8, ""))},
      {"graphs", dynamic_graph().model() + times(kMany, field(7, ""))},
      {"small nodes", model_of(each(30'000, [](const std::string &i) { return field(1, node("Neg", {"x"}, {i})); }))},
      {"many nodes", model_of(each(kMany / 2, [](const std::string &i) { return field(1, node("Neg", {"x"}, {i})); }))},
      {"scales that many nodes share", model_of(field(5, scales) + each(2'000, [](const std::string &i) {
                                                  return field(1, node("QuantizeLinear", {"x", "s"}, {i}));
                                                }))}};
  for (const auto &pair : files) {
    const std::string &what = pair.first, &model = pair.second;
    const size_t before = held;
    most_held = before;
    try {
      const ModelFile file(bytes_of(model), "model");
      const auto shapes = resolve_inputs(file, {{"x", {1, 4, 7}}});
      (void)rewrite(file, shapes, inner_values(file));
      (void)find_quantizations(file);
      (void)find_varying_shapes(file);
      (void)count_macc(file, {});
    } catch (const air::Error &error) {
      CHECK_MESSAGE(error.status() != AIR_ERROR_INTERNAL, what << ": " << error.what());
    }
    const size_t allowed = 16 * model.size() + (32 << 20);
    CHECK_MESSAGE(most_held - before <= allowed,
                  what << ": " << (most_held - before) / 1024 << " KiB for a file of " << model.size() / 1024);
    CHECK(held == before);
  }
}

TEST_CASE("dynamic dimensions: the batch is 1, the others have to be given") {
  const std::string model = dynamic_graph().model();
  const ModelFile file(bytes_of(model), "model");
  CHECK(resolve_inputs(file, {{"", {1, 4, 7}}}) == std::vector<Shape>{{1, 4, 7}});
  CHECK(resolve_inputs(file, {{"x", {2, 4, 7}}}) == std::vector<Shape>{{2, 4, 7}});
  CHECK(refusal(model, {}).find("?shape=x:1x4x<M>") != std::string::npos);
  CHECK(refusal(model, {{"x", {1, 5, 7}}}).find("(?, 4, ?)") != std::string::npos);
  CHECK(refusal(model, {{"x", {1, 4}}}).find("does not fit") != std::string::npos);
  CHECK(refusal(model, {{"x", {1, 4, -1}}}).find("does not fit") != std::string::npos);  // *
  CHECK(refusal(model, {{"w", {1, 4, 7}}}).find("there is x, z") != std::string::npos);
  CHECK_FALSE(has_input_shapes(file, {{1, 4, 7}}));
}

TEST_CASE("one size of a name holds for every input") {
  const Graph graph{{node("Add", {"a", "b"}, {"c"})},
                    {value("a", kFloat, {-1, -1}), value("b", kFloat, {-1, -1})},
                    {value("c", kFloat, {-1, -1})}};
  const std::string model = graph.model();
  const ModelFile file(bytes_of(model), "model");
  CHECK(resolve_inputs(file, {{"a", {1, 5}}}) == std::vector<Shape>{{1, 5}, {1, 5}});
  CHECK(refusal(model, {{"", {1, 5}}}).find("has 2 inputs") != std::string::npos);
}

TEST_CASE("a model written again has the shapes and the outputs asked for") {
  const std::string model = dynamic_graph().model();
  const ModelFile file(bytes_of(model), "model");
  const std::string written = rewrite(file, {{1, 4, 7}}, {"y"});
  const ModelFile again(bytes_of(written), "model");
  CHECK(again.inputs[0].shape == Shape{1, 4, 7});
  CHECK(again.inputs[0].element_type == kFloat);
  REQUIRE(again.outputs.size() == 2);
  CHECK(again.outputs[1].name == "y");
  CHECK(again.nodes.size() == 2);
  CHECK(again.opsets == file.opsets);
}

TEST_CASE("a scalar stays one when its model is written again") {
  Graph graph = dynamic_graph();
  graph.inputs.push_back(value("s", kFloat, {}));
  const std::string model = graph.model();
  const ModelFile file(bytes_of(model), "model");
  const std::string written = rewrite(file, {{1, 4, 7}, {}}, {});
  const ModelFile again(bytes_of(written), "model");
  REQUIRE(again.inputs.size() == 2);
  CHECK(again.inputs[1].name == "s");
  CHECK(again.inputs[1].has_shape);
  CHECK(again.inputs[1].shape.empty());
}

TEST_CASE("values that are given become inputs, and what their nodes compute is called otherwise") {
  const std::string model = dynamic_graph().model();
  const ModelFile file(bytes_of(model), "model");
  const Given given{{{"y", kFloat, true, {1, 4, 7}, {}}}, unused_suffix(file)};
  CHECK(given.suffix == "__computed");
  for (const std::vector<Shape> &shapes : {std::vector<Shape>{}, {{1, 4, 7}}}) {
    const std::string written = rewrite(file, shapes, {"y__computed"}, given);
    const ModelFile again(bytes_of(written), "model");
    REQUIRE(again.inputs.size() == 2);
    CHECK(again.inputs[0].shape == (shapes.empty() ? Shape{-1, 4, -1} : Shape{1, 4, 7}));
    CHECK(again.inputs[1].name == "y");
    CHECK(again.inputs[1].shape == Shape{1, 4, 7});
    CHECK(again.inputs[1].element_type == kFloat);
    REQUIRE(again.nodes.size() == 2);
    CHECK(again.nodes[0].name == "first");
    CHECK(again.nodes[0].outputs == std::vector<std::string_view>{"y__computed"});
    CHECK(again.nodes[1].inputs == std::vector<std::string_view>{"y"});
    CHECK(again.outputs.back().name == "y__computed");
    // Names are not what the file has already.
    CHECK(unused_suffix(again) == "__computed_");
  }
}

TEST_CASE("scales come from the nodes around a value") {
  const std::string model = air::runtime::test::read_file(air::runtime::test::digits("digits_int8.onnx"));
  const ModelFile file(bytes_of(model), "model");
  const auto found = find_quantizations(file);
  REQUIRE(found.contains("input"));
  CHECK(found.at("input").scales.at(0) == doctest::Approx(1.0 / 255));
  CHECK(found.at("input").zero_points.at(0) == -128);
  CHECK(found.at("softmax").scales.at(0) == 1.0F / 256);
  CHECK(found.at("conv_2_kernel").scales.size() == 16);
  CHECK(found.at("conv_2_kernel").axis == 0);
}

namespace {

// The quantization that a graph of one node, or of several, tells of a value.
const air::runtime::Quantization *quantization_in(const Graph &graph, const char *value) {
  static std::string model;
  static QuantizationByValue found;
  model = graph.model(21);
  found = find_quantizations(ModelFile(bytes_of(model), "model"));
  const auto place = found.find(value);
  return place == found.end() ? nullptr : &place->second;
}

bool is_unknown(const air::runtime::Quantization *quantization) {
  return quantization != nullptr && quantization->scales.empty();
}

}  // namespace

TEST_CASE("what nodes quantize without telling how is quantized all the same, other integers are integers") {
  const std::string x = value("x", kFloat, {1, 4}), q = value("q", kInt8, {1, 4}), scale = value("scale", kFloat, {}),
                    half = constant<float>("half", kFloat, {}, {0.5F});
  // A scale that is computed, or given to each sample.
  CHECK(is_unknown(quantization_in({{node("DynamicQuantizeLinear", {"x"}, {"y", "s", "z"})}, {x}, {q}}, "y")));
  CHECK(is_unknown(quantization_in({{node("QuantizeLinear", {"x", "scale"}, {"y"})}, {x, scale}, {q}}, "y")));
  CHECK(is_unknown(quantization_in(
      {{node("QuantizeLinear", {"x", "half", "zero"}, {"y"})}, {x, value("zero", kInt8, {})}, {q}, {half}}, "y")));
  CHECK(is_unknown(
      quantization_in({{node("MatMulInteger", {"q", "w"}, {"y"})}, {q, value("w", kInt8, {4, 4})}, {x}}, "q")));
  CHECK(is_unknown(
      quantization_in({{node("MatMulInteger", {"q", "w"}, {"y"})}, {q, value("w", kInt8, {4, 4})}, {x}}, "y")));
  // Scales along two dimensions.
  const std::string scales = constant<float>("scales", kFloat, {2, 2}, {1, 2, 3, 4});
  CHECK(
      is_unknown(quantization_in({{node("QuantizeLinear", {"x", "scales"}, {"y"}) + integer_attribute("block_size", 2)},
                                  {value("x", kFloat, {2, 4})},
                                  {q},
                                  {scales}},
                                 "y")));
  // A value that another node tells of is known.
  const auto *known = quantization_in(
      {{node("Transpose", {"q"}, {"t"}), node("DequantizeLinear", {"t", "half"}, {"y"})}, {q}, {x}, {half}}, "q");
  REQUIRE(known != nullptr);
  CHECK(known->scales == std::vector<float>{0.5F});
  // All parts of a value, told by one that reads a part among others.
  const Graph parted{{node("Split", {"q"}, {"a", "b"}),
                      node("QLinearConcat", {"ys", "zero", "x", "ys", "zero", "b", "half", "zero"}, {"y"})},
                     {q, x},
                     {q},
                     {half, constant<float>("ys", kFloat, {}, {2}), constant<int8_t>("zero", kInt8, {}, {3})}};
  for (const char *part : {"b", "q"}) {
    const auto *steps = quantization_in(parted, part);
    REQUIRE(steps != nullptr);
    CHECK(steps->scales == std::vector<float>{0.5F});
    CHECK(steps->zero_points == std::vector<int32_t>{3});
  }
  // Labels, and what is cast.
  CHECK(quantization_in({{node("Cast", {"q"}, {"y"})}, {q}, {x}}, "q") == nullptr);
  CHECK(quantization_in({{node("ArgMax", {"q"}, {"y"})}, {q}, {q}}, "y") == nullptr);
  const auto *indices = quantization_in(
      {{node("DequantizeLinear", {"q", "half"}, {"d"}), node("MaxPool", {"q"}, {"y", "indices"})}, {q}, {q}, {half}},
      "indices");
  CHECK(indices == nullptr);
}

TEST_CASE("zero points of four bits, and scales by blocks") {
  const std::string x = value("x", kFloat, {1, 4}), y = value("y", kInt4, {1, 4});
  const auto *four = quantization_in(
      {{node("QuantizeLinear", {"x", "scales", "zeros"}, {"y"}) + integer_attribute("block_size", 2)},
       {x},
       {y},
       {constant<float>("scales", kFloat, {1, 2}, {0.5F, 0.25F}), constant<uint8_t>("zeros", kInt4, {1, 2}, {0xF2})}},
      "y");
  REQUIRE(four != nullptr);
  CHECK(four->scales == std::vector<float>{0.5F, 0.25F});
  CHECK(four->zero_points == std::vector<int32_t>{2, -1});
  CHECK(four->axis == 1);
  CHECK(four->block == 2);
}

namespace {

bool varies(const Graph &graph, const char *value) {
  const std::string model = graph.model();
  return find_varying_shapes(ModelFile(bytes_of(model), "model")).contains(value);
}

}  // namespace

TEST_CASE("shapes vary where they depend on what inputs hold") {
  const std::string x = value("x", kFloat, {1, 4}), n = value("n", kInt64, {2}), y = value("y", kFloat, {-1});
  CHECK(varies({{node("NonZero", {"x"}, {"y"})}, {x}, {y}}, "y"));
  CHECK(varies({{node("NonZero", {"x"}, {"p"}), node("Neg", {"p"}, {"y"})}, {x}, {y}}, "y"));
  CHECK(varies({{node("Reshape", {"x", "n"}, {"y"})}, {x, n}, {y}}, "y"));
  CHECK(varies({{node("Neg", {"n"}, {"m"}), node("Expand", {"x", "m"}, {"y"})}, {x, n}, {y}}, "y"));
  // Neither does the count of places nor what follows from shapes alone.
  CHECK_FALSE(varies({{node("NonZero", {"x"}, {"p"}), node("Shape", {"p"}, {"y"})}, {x}, {y}}, "y"));
  CHECK_FALSE(varies({{node("Shape", {"x"}, {"m"}), node("Reshape", {"x", "m"}, {"y"})}, {x}, {y}}, "y"));
  CHECK_FALSE(
      varies({{node("Expand", {"x", "c"}, {"y"})}, {x}, {y}, {constant<int64_t>("c", kInt64, {2}, {3, 4})}}, "y"));
  // The shape of what varies is a value that varies.
  CHECK(varies(
      {{node("NonZero", {"x"}, {"p"}), node("Shape", {"p"}, {"m"}), node("Reshape", {"x", "m"}, {"y"})}, {x}, {y}},
      "y"));
  CHECK(varies({{node("Loop", {"n", "", "x"}, {"y"})}, {x, n}, {y}}, "y"));
  CHECK_FALSE(varies({{node("If", {"n"}, {"y"})}, {n}, {y}}, "y"));
}

TEST_CASE("lines of the runtime's log: one line each, each once, and not without end") {
  SessionLog log;
  for (const char *line : {"first\nline \n", "first\nline \n", "second \x1b[31m"})
    SessionLog::write(&log, ORT_LOGGING_LEVEL_ERROR, "", "", "", line);
  SessionLog::write(&log, ORT_LOGGING_LEVEL_ERROR, "", "", "", nullptr);
  CHECK(log.take() == std::vector<std::string>{"first line", "second \xEF\xBF\xBD[31m"});
  CHECK(log.take().empty());
  for (int i = 0; i < 1000; ++i)
    SessionLog::write(&log, ORT_LOGGING_LEVEL_ERROR, "", "", "", std::to_string(i).c_str());
  CHECK(log.take().size() == 16);
}

TEST_CASE("without a runtime the ways to get and to name one are told") {
  const air::runtime::test::NoPackages hidden;
  try {
    const Api api("", air::HostLog(air::runtime::test::quiet_log()));
    MESSAGE("the system itself has a runtime");
  } catch (const air::Error &error) {
    const std::string text = error.what();
    CHECK_MESSAGE(text.find("pip install onnxruntime`") != std::string::npos, text);
    CHECK_MESSAGE(text.find("write it into the descriptor: model.onnx?runtime=<path>") != std::string::npos, text);
  }
}
