// SPDX-License-Identifier: BSD-3-Clause
// Models run by the real ONNX Runtime, and how the backend meets what goes wrong.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "digits.h"
#include "onnx_writer.h"

using namespace air::ort::test;
using namespace air::runtime::test;

namespace {

std::string descriptor(const std::string &path, const std::string &options = "") {
  return "onnx:" + path + "?threads=1" + (options.empty() ? "" : "&" + options);
}

std::string digits_descriptor(const std::string &dtype, const std::string &options = "") {
  return descriptor(digits("digits_" + dtype + ".onnx").string(), options);
}

std::string real_runtime() {
  const std::filesystem::path folder = std::filesystem::path(std::getenv("AIRUNNER_ONNXRUNTIME")) / "onnxruntime/capi";
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("libonnxruntime.so")) return entry.path().string();
  }
  return "";
}

std::string test_library(const std::string &name) {
  return (std::filesystem::path(std::getenv("AIR_TEST_LIBRARIES")) / name).string();
}

void check_digits(Client &client) {
  const auto outputs = client.run({digits_images("float32")}, kDigitsImages);
  CHECK(count_right_digits<float>(outputs[0]) == 356);
  const Bytes all = digits_images("float32");
  const Bytes first(all.begin(), all.begin() + 256);
  client.run({first}, 1, AIR_MODE_PER_LAYER);
  CHECK(client.nodes().size() == 14);
  CHECK(client.profile().device_ms > 0.0);
}

}  // namespace

TEST_CASE("digits: as right as the libraries of the same weights, in every mode") {
  for (const std::string dtype : {"float32", "int8"}) {
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
      Client client(digits_descriptor(dtype));
      const auto outputs = client.run({digits_images(dtype)}, kDigitsImages, mode);
      CHECK((dtype == "int8" ? count_right_digits<int8_t>(outputs[0]) : count_right_digits<float>(outputs[0])) == 356);
    }
  }
}

TEST_CASE("the description of a model") {
  const Client client(digits_descriptor("int8"));
  const air_model &info = client.info();
  CHECK(std::string(info.name) == "digits_int8");
  CHECK(client.property("hash").size() == 34);
  CHECK(info.macc == 268544);
  CHECK(info.n_nodes_told == 42);
  CHECK(std::string(info.inputs[0]->name) == "input");
  CHECK(air::scales_of(*info.inputs[0])[0] == doctest::Approx(1.0 / 255));
  CHECK(air::zero_points_of(*info.outputs[0])[0] == -128);
  int major = 0, minor = 0;
  REQUIRE(std::sscanf(client.property("runtime.version").c_str(), "%d.%d.", &major, &minor) == 2);
  CHECK(major == 1);
  CHECK(minor >= 14);
  CHECK(client.property("tools.version").starts_with("1."));
  const std::string runtime = client.property("runtime.description");
  CHECK(runtime.find("opset 13, made by airunner digits 1.0.0") != std::string::npos);
  CHECK(runtime.find("libonnxruntime.so") != std::string::npos);
  // 10 730 parameters of 4 bytes.
  CHECK(Client(digits_descriptor("float32")).info().weights_bytes == 42920);
}

TEST_CASE("nodes are those of the file, and their data what the graph computes") {
  const TemporaryFolder folder;
  const Graph graph{
      {node("Relu", {"x"}, {"y"}, "rectify"), node("Neg", {"y"}, {"z"}), node("Add", {"z", "x"}, {"sum"}, "add")},
      {value("x", kFloat, {1, 4})},
      {value("sum", kFloat, {1, 4})}};
  Client client(descriptor(folder.write("m.onnx", graph.model())));
  const auto outputs = client.run({bytes_of<float>({-1, 2, -3, 4})}, 1, AIR_MODE_PER_LAYER_WITH_DATA);
  CHECK(values_of<float>(outputs[0]) == std::vector<float>{-1, 0, -3, 0});
  REQUIRE(client.nodes().size() == 3);
  const std::vector<std::string> names = {"rectify", "Neg_1", "add"}, types = {"Relu", "Neg", "Add"},
                                 values = {"y", "z", "sum"};
  const std::vector<std::vector<float>> data = {{0, 2, 0, 4}, {-0.0F, -2, -0.0F, -4}, {-1, 0, -3, 0}};
  for (uint32_t i = 0; i < 3; ++i) {
    const air_node &node = *client.nodes()[i];
    CHECK(node.name == names[i]);
    CHECK(node.operation == types[i]);
    REQUIRE(node.n_outputs == 1);
    CHECK(node.outputs[0]->name == values[i]);
    REQUIRE(node.n_inputs == (i == 2 ? 2 : 1));
    CHECK(std::string(node.inputs[0]->name) == (i == 0 ? "x" : values[i - 1]));
    CHECK(node.inputs[0]->n_elements == 4);
    if (i == 2) CHECK(std::string(node.inputs[1]->name) == "x");
    CHECK(client.node_values<float>(i) == data[i]);
    CHECK(client.node_durations(i)[0] >= 0.0);
  }
}

TEST_CASE("no file stays behind when nodes are timed") {
  const TemporaryFolder temporary;
  const Environment tmpdir("TMPDIR", temporary.path().string());
  const Bytes all = digits_images("float32");
  Client client(digits_descriptor("float32"));
  client.run({Bytes(all.begin(), all.begin() + 5 * 256)}, 5, AIR_MODE_PER_LAYER);
  CHECK(client.node_durations(0)[4] > 0.0);
  { const Client gone = std::move(client); }
  CHECK(std::filesystem::is_empty(temporary.path()));
}

TEST_CASE("dynamic shapes") {
  const TemporaryFolder folder;
  const Graph graph{{node("Relu", {"x"}, {"y"})}, {value("x", kFloat, {-1, -1})}, {value("y", kFloat, {-1, -1})}};
  const std::string path = folder.write("m.onnx", graph.model());
  const Failure failure = Client::refusal(descriptor(path));
  CHECK(failure.status == AIR_ERROR_INVALID_DESCRIPTOR);
  CHECK(failure.tells("?shape=x:1x<M>"));
  Client client(descriptor(path, "shape=1x3"));
  CHECK(values_of<float>(client.run({bytes_of<float>({1, -1, 2, 3, -3, 4})}, 2)[0]) ==
        std::vector<float>{1, 0, 2, 3, 0, 4});
  CHECK(std::string(client.info().descriptor).ends_with("shape=1x3"));
  const Graph special{
      {node("Relu", {"a&b%20"}, {"y"})}, {value("a&b%20", kFloat, {-1, -1})}, {value("y", kFloat, {-1, -1})}};
  const std::string other = folder.write("special.onnx", special.model());
  CHECK(Client::refusal(descriptor(other)).tells("?shape=a%26b%2520:1x<M>"));
  CHECK(Client::refusal(descriptor(other, "shape=a%26b%2520:1x3")).text.empty());
}

TEST_CASE("an output whose shape depends on the data has that of each sample, or the one that is given") {
  const TemporaryFolder folder;
  const Graph graph{
      {node("NonZero", {"x"}, {"places"})}, {value("x", kFloat, {1, 4})}, {value("places", kInt64, {2, -1})}};
  const std::string path = folder.write("m.onnx", graph.model());
  const Bytes samples = bytes_of<float>({0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1});
  for (const std::string shape : {"", "shape=places:*x*", "shape=places:2x*"}) {
    Client open(descriptor(path, shape));
    REQUIRE(open.info().outputs[0]->rank == 2);
    CHECK(open.info().outputs[0]->shape[1] == -1);
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
      const auto outputs = open.run({samples}, 3, mode);
      CHECK(values_of<int64_t>(outputs[0]) == std::vector<int64_t>{0, 0, 1, 3, 0, 0, 0, 0, 0, 1, 2, 3});
      CHECK(open.output_shape_at(0) == std::vector<int64_t>{2, 2});
      CHECK(open.output_shape_at(1) == std::vector<int64_t>{2, 0});
      CHECK(open.output_shape_at(2) == std::vector<int64_t>{2, 4});
    }
    CHECK(open.node_values_at<int64_t>(2, 0) == std::vector<int64_t>{0, 0, 0, 0, 0, 1, 2, 3});
  }
  Client two(descriptor(path, "shape=places:2x2"));
  CHECK(values_of<int64_t>(two.run({bytes_of<float>({0, 1, 0, 1})})[0]) == std::vector<int64_t>{0, 0, 1, 3});
  std::vector<Bytes> outputs;
  CHECK(two.try_run({bytes_of<float>({1, 1, 1, 1})}, 1, AIR_MODE_IO_ONLY, outputs) == AIR_ERROR_RUN_FAILED);
  CHECK(last_failure(AIR_OK).tells("(2, 4)"));
  CHECK(values_of<int64_t>(two.run({bytes_of<float>({0, 0, 1, 1})})[0]) == std::vector<int64_t>{0, 0, 2, 3});
}

TEST_CASE("a shape that the runtime does not know, and that follows from shapes alone, is found by a run with ones") {
  const TemporaryFolder folder;
  // The runtime does not look into what Mod gives.
  const Graph graph{
      {node("Shape", {"x"}, {"size"}), node("Mod", {"size", "many"}, {"same"}), node("Reshape", {"x", "same"}, {"y"})},
      {value("x", kFloat, {1, 4})},
      {field(1, "y") + field(2, field(1, number(1, kFloat)))},
      {constant<int64_t>("many", kInt64, {}, {100})}};
  Client client(descriptor(folder.write("m.onnx", graph.model())));
  CHECK(client.info().outputs[0]->n_elements == 4);
  CHECK(values_of<float>(client.run({bytes_of<float>({1, 2, 3, 4})})[0]) == std::vector<float>{1, 2, 3, 4});
  // What a node reads is told as well as what it computes.
  client.run({bytes_of<float>({1, 2, 3, 4})}, 1, AIR_MODE_PER_LAYER);
  REQUIRE(client.nodes().size() == 3);
  CHECK(client.nodes()[1]->n_inputs == 1);
  REQUIRE(client.nodes()[2]->n_inputs == 2);
  CHECK(std::string(client.nodes()[2]->inputs[1]->name) == "same");
}

namespace {

// As voice detectors are made: a rate chooses the branch, and each branch suits another length.
Graph two_rates(bool tells_shape) {
  const auto branch = [&](int64_t length) {
    const Graph graph{
        {node("MatMul", {"x", "w"}, {"scores"})},
        {},
        {value("scores", kFloat, {tells_shape ? 1 : -1, 2})},
        {constant<float>("w", kFloat, {length, 2}, std::vector<float>(static_cast<size_t>(2 * length), 1.0F))}};
    return graph.graph();
  };
  return {{node("Equal", {"rate", "fast"}, {"is_fast"}),
           node("If", {"is_fast"}, {"chosen"}) + graph_attribute("then_branch", branch(512)) +
               graph_attribute("else_branch", branch(256)),
           node("Neg", {"chosen"}, {"y"})},
          {value("x", kFloat, {-1, -1}), value("rate", kInt64, {})},
          {value("y", kFloat, tells_shape ? std::vector<int64_t>{1, 2} : std::vector<int64_t>{-1, -1})},
          {constant<int64_t>("fast", kInt64, {}, {16000})}};
}

}  // namespace

TEST_CASE("a graph whose branches suit inputs of different lengths runs with each of them, in every mode") {
  const TemporaryFolder folder;
  for (const bool tells_shape : {true, false}) {
    const std::string path = folder.write("m.onnx", two_rates(tells_shape).model());
    for (const auto &[length, rate] : {std::pair<size_t, int64_t>{512, 16000}, {256, 8000}}) {
      Client client(descriptor(path, "shape=x:1x" + std::to_string(length)));
      CHECK(client.info().outputs[0]->n_elements == 2);
      std::vector<float> x(2 * length, 1.0F);
      std::fill(x.begin() + static_cast<ptrdiff_t>(length), x.end(), 2.0F);
      const std::vector<Bytes> inputs = {bytes_of(x), bytes_of<int64_t>({rate, rate})};
      const auto sum = static_cast<float>(length);
      for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
        CHECK(values_of<float>(client.run(inputs, 2, mode)[0]) == std::vector<float>{-sum, -sum, -2 * sum, -2 * sum});
      }
      // The branch that was not taken shows nothing.
      REQUIRE(client.nodes().size() == 3);
      CHECK(client.nodes()[1]->n_outputs == 1);
      CHECK(client.node_values<float>(1) == std::vector<float>{sum, sum, 2 * sum, 2 * sum});
    }
    // A length that no branch suits: the runtime tells the reason, where the output is known at the first run.
    if (!tells_shape) {
      const Failure failure = Client::refusal(descriptor(path, "shape=x:1x300"));
      CHECK(failure.status == AIR_ERROR_INVALID_DESCRIPTOR);
      CHECK_MESSAGE(failure.tells("MatMul"), failure.text);
      CHECK_MESSAGE(failure.tells("with these shapes in the graph"), failure.text);
    }
    Client none(descriptor(path, "shape=x:1x300,y:1x2"));
    std::vector<Bytes> outputs;
    const std::vector<Bytes> inputs = {bytes_of(std::vector<float>(300)), bytes_of<int64_t>({8000})};
    CHECK(none.try_run(inputs, 1, AIR_MODE_IO_ONLY, outputs) == AIR_ERROR_RUN_FAILED);
    CHECK_MESSAGE(last_failure(AIR_OK).tells("MatMul"), last_failure(AIR_OK).text);
  }
}

TEST_CASE("branches that give results of different ranks") {
  const TemporaryFolder folder;
  const auto branch = [](const std::string &how) {
    const Graph graph{{how}, {}, {field(1, "result") + field(2, field(1, number(1, kFloat)))}};
    return graph.graph();
  };
  const Graph graph{
      {node("Equal", {"rate", "fast"}, {"is_fast"}),
       node("If", {"is_fast"}, {"chosen"}) + graph_attribute("then_branch", branch(node("Neg", {"x"}, {"result"}))) +
           graph_attribute("else_branch",
                           branch(node("ReduceSum", {"x"}, {"result"}) + integer_attribute("keepdims", 0))),
       node("Abs", {"chosen"}, {"y"})},
      {value("x", kFloat, {1, 3}), value("rate", kInt64, {})},
      {field(1, "y") + field(2, field(1, number(1, kFloat)))},
      {constant<int64_t>("fast", kInt64, {}, {16000})}};
  const std::string path = folder.write("m.onnx", graph.model());
  const Bytes x = bytes_of<float>({1, 2, 3});
  Client fast(descriptor(path, "shape=y:1x3")), slow(descriptor(path));
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA}) {
    CHECK(values_of<float>(fast.run({x, bytes_of<int64_t>({16000})}, 1, mode)[0]) == std::vector<float>{1, 2, 3});
    CHECK(values_of<float>(slow.run({x, bytes_of<int64_t>({8000})}, 1, mode)[0]) == std::vector<float>{6});
  }
  CHECK(fast.nodes()[2]->outputs[0]->n_elements == 3);
  CHECK(slow.nodes()[2]->outputs[0]->n_elements == 1);
}

TEST_CASE("outputs are the same in every mode, for every sample and for each optimization") {
  const Bytes images = digits_images("int8");
  const Bytes some(images.begin(), images.begin() + 64 * 64);
  for (const std::string optimize : {"none", "basic", "extended", "all"}) {
    Client client(digits_descriptor("int8", "optimize=" + optimize));
    const auto expected = client.run({some}, 64);
    for (const uint32_t mode : {AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
      CHECK(client.run({some}, 64, mode) == expected);
    }
  }
}

TEST_CASE("outputs that are inputs, constants or named twice have their values too") {
  const TemporaryFolder folder;
  const std::string x = value("x", kFloat, {1, 3}), y = value("y", kFloat, {1, 3});
  const std::string three = constant<float>("three", kFloat, {1, 3}, {3, 3, 3});
  const std::vector<float> numbers = {-1, 2, -3, 4, -5, 6, -7, 8, -9};
  const std::vector<float> positive = {0, 2, 0, 4, 0, 6, 0, 8, 0};
  const std::vector<float> threes(9, 3.0F);
  struct Case {
    Graph graph;
    std::vector<std::vector<float>> expected;
  };
  const std::string relu = node("Relu", {"x"}, {"y"});
  for (const Case &c :
       {Case{{{}, {x}, {x}}, {numbers}}, Case{{{relu}, {x}, {y, x}}, {positive, numbers}},
        Case{{{relu}, {x}, {x, y, value("three", kFloat, {1, 3})}, {three}}, {numbers, positive, threes}},
        Case{{{relu, node("Neg", {"minus"}, {"folded"}), node("Identity", {"x"}, {"same"})},
              {x},
              {value("folded", kFloat, {1, 3}), value("same", kFloat, {1, 3})},
              {constant<float>("minus", kFloat, {1, 3}, {-3, -3, -3})}},
             {threes, numbers}},
        Case{{{relu}, {x}, {y, y}}, {positive, positive}}}) {
    Client client(descriptor(folder.write("m.onnx", c.graph.model())));
    CAPTURE(c.expected.size());
    const uint32_t n_modes = client.info().n_nodes_told == 0 ? 1 : 2;
    for (uint32_t repeat = 0; repeat < 20 * n_modes; ++repeat) {
      CAPTURE(repeat);
      const auto outputs =
          client.run({bytes_of(numbers)}, 3, repeat % n_modes == 0 ? AIR_MODE_IO_ONLY : AIR_MODE_PER_LAYER);
      REQUIRE(outputs.size() == c.expected.size());
      for (size_t i = 0; i < outputs.size(); ++i) {
        CAPTURE(i);
        CHECK(values_of<float>(outputs[i]) == c.expected[i]);
      }
    }
  }
}

TEST_CASE("values of nodes whose shape changes between samples are those of each sample") {
  const TemporaryFolder folder;
  const Graph graph{{node("NonZero", {"x"}, {"places"}), node("Shape", {"places"}, {"y"})},
                    {value("x", kFloat, {1, 4})},
                    {value("y", kInt64, {2})}};
  Client client(descriptor(folder.write("m.onnx", graph.model())));
  const auto outputs = client.run({bytes_of<float>({0, 1, 0, 1, 1, 1, 0, 1})}, 2, AIR_MODE_PER_LAYER_WITH_DATA);
  CHECK(values_of<int64_t>(outputs[0]) == std::vector<int64_t>{2, 2, 2, 3});
  CHECK(client.node_values_at<int64_t>(0, 0) == std::vector<int64_t>{0, 0, 1, 3});
  CHECK(client.node_values_at<int64_t>(1, 0) == std::vector<int64_t>{0, 0, 0, 0, 1, 3});
  CHECK(client.node_values<int64_t>(1) == std::vector<int64_t>{2, 2, 2, 3});
}

TEST_CASE("values of nodes whose shape changes although nothing tells so are left out, not mixed") {
  const TemporaryFolder folder;
  const auto branch = [](const std::string &how) {
    return Graph{{how}, {}, {field(1, "result") + field(2, field(1, number(1, kFloat)))}}.graph();
  };
  const Graph graph{
      {node("If", {"whole"}, {"chosen"}) + graph_attribute("then_branch", branch(node("Neg", {"x"}, {"result"}))) +
           graph_attribute("else_branch", branch(node("ReduceSum", {"x"}, {"result"}))),
       node("ReduceSum", {"chosen"}, {"y"})},
      {value("x", kFloat, {1, 3}), value("whole", kBool, {})},
      {value("y", kFloat, {1, 1})}};
  Client client(descriptor(folder.write("m.onnx", graph.model())));
  const Bytes x = bytes_of<float>({1, 2, 3, 4, 5, 6});
  CHECK(values_of<float>(client.run({x, bytes_of<uint8_t>({1, 0})}, 2, AIR_MODE_PER_LAYER_WITH_DATA)[0]) ==
        std::vector<float>{-6, 15});
  CHECK(client.nodes()[0]->outputs[0]->n_elements == 3);
  CHECK(client.node_values<float>(0).empty());
  CHECK(client.node_values<float>(1) == std::vector<float>{-6, 15});
}

TEST_CASE("nodes tell what executes them, and what they compute in") {
  const TemporaryFolder folder;
  const Graph graph{{node("Relu", {"x"}, {"a"}), node("Cast", {"a"}, {"y"}) + integer_attribute("to", kBfloat16)},
                    {value("x", kFloat, {1, 4})},
                    {value("y", kBfloat16, {1, 4})}};
  const std::string path = folder.write("m.onnx", graph.model());
  Client client(descriptor(path));
  client.run({bytes_of<float>({1, 2, 3, 4})}, 1, AIR_MODE_PER_LAYER);
  REQUIRE(client.nodes().size() == 2);
  for (const air_node *node : client.nodes()) CHECK(std::string(node->processor) == "CPU");
  CHECK(client.nodes()[0]->computes_in == AIR_DTYPE_FLOAT32);
  CHECK(client.nodes()[1]->computes_in == AIR_DTYPE_NONE);
  Client fast(descriptor(path, "config.mlas.enable_gemm_fastmath_arm64_bfloat16=1"));
  fast.run({bytes_of<float>({1, 2, 3, 4})}, 1, AIR_MODE_PER_LAYER);
  CHECK(fast.nodes()[0]->computes_in == AIR_DTYPE_NONE);
}

TEST_CASE("the first run with nodes notes that the model was loaded once more") {
  Client client(digits_descriptor("float32"));
  const Bytes all = digits_images("float32");
  const std::vector<Bytes> two = {Bytes(all.begin(), all.begin() + 2 * 256)};
  client.run(two, 2);
  CHECK(client.note(0).empty());
  client.run(two, 2, AIR_MODE_PER_LAYER);
  CHECK(client.note(0) == "the model was loaded once more, to be run node by node");
  CHECK(client.note(1).empty());
  client.run(two, 2, AIR_MODE_PER_LAYER);
  CHECK(client.note(0).empty());
}

TEST_CASE("elements of 4, 8 and 16 bits") {
  const TemporaryFolder folder;
  struct Case {
    int64_t type;
    air_dtype dtype;
    std::vector<uint8_t> elements;  // 1, -2 and 3
  };
  const std::vector<float> numbers = {1, -2, 3};
  for (const Case &c :
       {Case{kBfloat16, AIR_DTYPE_BFLOAT16, {0x80, 0x3F, 0x00, 0xC0, 0x40, 0x40}},
        Case{kFloat8E4M3, AIR_DTYPE_FLOAT8_E4M3, {0x38, 0xC0, 0x44}},
        Case{kFloat8E5M2, AIR_DTYPE_FLOAT8_E5M2, {0x3C, 0xC0, 0x42}}, Case{kInt4, AIR_DTYPE_INT4, {0xE1, 0x03}}}) {
    CAPTURE(c.dtype);
    const std::string x = value("x", kFloat, {1, 3}), y = value("y", c.type, {1, 3});
    const Graph to{{node("Cast", {"x"}, {"y"}) + integer_attribute("to", c.type)}, {x}, {y}};
    const Graph from{{node("Cast", {"y"}, {"x"}) + integer_attribute("to", kFloat)}, {y}, {x}};
    Client there(descriptor(folder.write("to.onnx", to.model(21))));
    Client back(descriptor(folder.write("from.onnx", from.model(21))));
    CHECK(there.info().outputs[0]->dtype == c.dtype);
    CHECK(there.info().outputs[0]->encoding == AIR_ENCODING_PLAIN);
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA}) {
      CHECK(there.run({bytes_of(numbers)}, 1, mode)[0] == bytes_of(c.elements));
      CHECK(values_of<float>(back.run({bytes_of(c.elements)}, 1, mode)[0]) == numbers);
    }
    CHECK(there.node_values<uint8_t>(0) == c.elements);
  }
}

// Half of it where sums of two products are clipped, as by processors without VNNI.
TEST_CASE("sums of products of bytes are exact on every processor") {
  const TemporaryFolder folder;
  constexpr int64_t kInt32 = 6, kDepth = 64;
  const std::vector<std::string> constants = {
      constant<int8_t>("w", kInt8, {kDepth, 2}, std::vector<int8_t>(kDepth * 2, 127)),
      constant<int8_t>("zero", kInt8, {}, {0}), constant<uint8_t>("no zero", kUint8, {}, {0}),
      constant<float>("one", kFloat, {}, {1}), constant<float>("step", kFloat, {}, {20'000})};
  const std::string input = value("x", kUint8, {1, kDepth}), bytes = value("y", kUint8, {1, 2});
  const struct {
    std::vector<std::string> nodes;
    std::string output;
  } graphs[] = {
      {{node("QLinearMatMul", {"x", "one", "no zero", "w", "one", "zero", "step", "no zero"}, {"y"})}, bytes},
      {{node("MatMulInteger", {"x", "w"}, {"y"})}, value("y", kInt32, {1, 2})},
      {{node("MatMulInteger", {"x", "w", "no zero", "zero"}, {"y"})}, value("y", kInt32, {1, 2})},
      {{node("DequantizeLinear", {"x", "one", "no zero"}, {"a"}), node("DequantizeLinear", {"w", "one", "zero"}, {"b"}),
        node("MatMul", {"a", "b"}, {"c"}), node("QuantizeLinear", {"c", "step", "no zero"}, {"y"})},
       bytes}};
  for (const auto &graph : graphs) {
    const auto model = folder.write("m.onnx", Graph{graph.nodes, {input}, {graph.output}, constants}.model());
    for (const std::string optimize : {"none", "all"}) {
      for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA}) {
        CAPTURE(graph.nodes[0]);
        CAPTURE(optimize);
        Client client(descriptor(model) + "&optimize=" + optimize);
        const auto outputs = client.run({Bytes(kDepth, std::byte{255})}, 1, mode);
        if (graph.output == bytes)
          CHECK(values_of<uint8_t>(outputs[0]) == std::vector<uint8_t>(2, 104));
        else
          CHECK(values_of<int32_t>(outputs[0]) == std::vector<int32_t>(2, 255 * 127 * kDepth));
      }
    }
  }
}

TEST_CASE("quantized to four bits") {
  const TemporaryFolder folder;
  const Graph graph{{node("QuantizeLinear", {"x", "scale", "zero"}, {"y"})},
                    {value("x", kFloat, {1, 3})},
                    {value("y", kUint4, {1, 3})},
                    {constant<float>("scale", kFloat, {}, {0.5F}), constant<uint8_t>("zero", kUint4, {}, {3})}};
  Client client(descriptor(folder.write("m.onnx", graph.model(21))));
  const air_tensor &output = *client.info().outputs[0];
  CHECK(output.dtype == AIR_DTYPE_UINT4);
  CHECK(output.encoding == AIR_ENCODING_QUANTIZED);
  CHECK(air::scales_of(output)[0] == 0.5F);
  CHECK(air::zero_points_of(output)[0] == 3);
  CHECK(values_of<uint8_t>(client.run({bytes_of<float>({1, -1, 100, 0, 0.5F, 2})}, 2)[0]) ==
        std::vector<uint8_t>{0x15, 0x0F, 0x43, 0x07});
}

TEST_CASE("what is quantized in a way that nobody knows says so, labels do not") {
  const TemporaryFolder folder;
  const Graph graph{{node("DynamicQuantizeLinear", {"x"}, {"y", "scale", "zero"}),
                     node("ArgMax", {"y"}, {"label"}) + integer_attribute("axis", 1)},
                    {value("x", kFloat, {1, 4})},
                    {value("y", kUint8, {1, 4}), value("label", kInt64, {1, 1})}};
  Client client(descriptor(folder.write("m.onnx", graph.model())));
  const air_tensor &y = *client.info().outputs[0], &label = *client.info().outputs[1];
  CHECK(y.encoding == AIR_ENCODING_QUANTIZED);
  REQUIRE(y.quantization != nullptr);
  CHECK(y.quantization->known == 0);
  CHECK(label.encoding == AIR_ENCODING_PLAIN);
  CHECK(label.quantization == nullptr);
}

namespace {

// Adds 1 to x as often as `m` says.
Graph counter() {
  const Graph body{{node("Identity", {"go_on"}, {"goes_on"}), node("Add", {"v", "one"}, {"next"})},
                   {value("i", kInt64, {}), value("go_on", kBool, {}), value("v", kFloat, {1, 2})},
                   {value("goes_on", kBool, {}), value("next", kFloat, {1, 2})},
                   {constant<float>("one", kFloat, {1, 2}, {1, 1})}};
  return {{node("Loop", {"m", "", "x"}, {"y"}) + graph_attribute("body", body.graph())},
          {value("m", kInt64, {}), value("x", kFloat, {1, 2})},
          {value("y", kFloat, {1, 2})}};
}

}  // namespace

TEST_CASE("a token and a time limit end a sample between two nodes, and the next run goes on") {
  const TemporaryFolder folder;
  Client client(descriptor(folder.write("m.onnx", counter().model())));
  // A node cannot be interrupted, so that 100 ms are no promise.
  CHECK((client.info().capabilities & AIR_CAP_CANCEL_RUN) == 0);
  const Bytes x = bytes_of<float>({1, 2}), hours = bytes_of<int64_t>({INT64_MAX});
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
    CAPTURE(mode);
    check_interrupted(client, {hours, x}, mode);
    CHECK(values_of<float>(client.run({bytes_of<int64_t>({3}), x}, 1, mode)[0]) == std::vector<float>{4, 5});
  }
}

TEST_CASE("boxes that are found in a sample, and another number of them than was given") {
  const TemporaryFolder folder;
  const Graph graph{{node("NonMaxSuppression", {"boxes", "scores", "most", "overlap", "least"}, {"chosen"})},
                    {value("boxes", kFloat, {1, 3, 4}), value("scores", kFloat, {1, 1, 3})},
                    {value("chosen", kInt64, {-1, 3})},
                    {constant<int64_t>("most", kInt64, {1}, {3}), constant<float>("overlap", kFloat, {1}, {0.5F}),
                     constant<float>("least", kFloat, {1}, {2.0F})}};
  const std::string path = folder.write("m.onnx", graph.model());
  const std::vector<Bytes> inputs = {bytes_of<float>({0, 0, 1, 1, 0, 0, 1, 1, 5, 5, 6, 6}), bytes_of<float>({5, 4, 3})};
  Client any(descriptor(path));
  CHECK(any.info().outputs[0]->n_elements == 0);
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA}) {
    CHECK(values_of<int64_t>(any.run(inputs, 1, mode)[0]) == std::vector<int64_t>{0, 0, 0, 0, 0, 2});
    CHECK(any.output_shape_at(0) == std::vector<int64_t>{2, 3});
  }
  Client one(descriptor(path, "shape=chosen:1x3"));
  std::vector<Bytes> outputs;
  CHECK(one.try_run(inputs, 1, AIR_MODE_IO_ONLY, outputs) == AIR_ERROR_RUN_FAILED);
  CHECK_MESSAGE(last_failure(AIR_OK).tells("?shape=chosen:2x3"), last_failure(AIR_OK).text);
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER})
    CHECK(one.try_run(inputs, 1, mode | AIR_MODE_PERF_ONLY, outputs) == AIR_OK);
  Client two(descriptor(path, "shape=chosen:2x3"));
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA})
    CHECK(values_of<int64_t>(two.run(inputs, 1, mode)[0]) == std::vector<int64_t>{0, 0, 0, 0, 0, 2});
}

TEST_CASE("why there are no nodes stands in the description of the runtime") {
  const TemporaryFolder folder;
  const std::string x = value("x", kFloat, {1, 3});
  const Client none(descriptor(folder.write("none.onnx", Graph{{}, {x}, {x}}.model())));
  CHECK(none.property("runtime.description").find("; no nodes: the graph has no nodes") != std::string::npos);
  Graph many{{}, {x}, {value("v0", kFloat, {1, 3})}};
  for (int i = 0; i < 40'000; ++i) many.nodes.push_back(node("Neg", {"x"}, {"v" + std::to_string(i)}));
  Client client(descriptor(folder.write("many.onnx", many.model())));
  CHECK(client.property("runtime.description").find("40000 nodes in a file of") != std::string::npos);
  CHECK(values_of<float>(client.run({bytes_of<float>({1, 2, 3})})[0]) == std::vector<float>{-1, -2, -3});
}

TEST_CASE("the runtime's own reason is told, once") {
  const TemporaryFolder folder;
  const auto count = [](const std::string &text, const std::string &part) {
    size_t n = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
  };
  const std::string x = value("x", kFloat, {1, 4});
  const Failure load =
      Client::refusal(descriptor(folder.write("m.onnx", Graph{{node("MatMul", {"x", "w"}, {"y"}, "bad\n\x1b[31mnode")},
                                                              {x},
                                                              {value("y", kFloat, {1, 5})},
                                                              {constant<float>("w", kFloat, {1, 5}, {1, 1, 1, 1, 1})}}
                                                            .model())));
  CHECK(load.status == AIR_ERROR_INVALID_MODEL);
  CHECK_MESSAGE(count(load.text, "Incompatible dimensions") == 1, load.text);
  CHECK_MESSAGE(count(load.text, "\n") == 0, load.text);
  CHECK_MESSAGE(count(load.text, "\x1b") == 0, load.text);
  const Graph gather{
      {node("Gather", {"x", "at"}, {"y"}, "pick")}, {x, value("at", kInt64, {1})}, {value("y", kFloat, {1, 4})}};
  Client client(descriptor(folder.write("m.onnx", gather.model())));
  std::vector<Bytes> outputs;
  const std::vector<Bytes> inputs = {bytes_of<float>({1, 2, 3, 4}), bytes_of<int64_t>({7})};
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
    CHECK(client.try_run(inputs, 1, mode, outputs) == AIR_ERROR_RUN_FAILED);
    const std::string text = last_failure(AIR_OK).text;
    CHECK_MESSAGE(count(text, "idx=7") == 1, text);
    CHECK_MESSAGE(count(text, "\n") == 0, text);
  }
}

TEST_CASE("weights in a file beside the model are found, also for a model that is written again") {
  const TemporaryFolder folder;
  const std::vector<float> weights = {10, 20, 30, 40};
  folder.write("weights.bin", {reinterpret_cast<const char *>(weights.data()), 16});
  const auto entry = [](const char *key, const char *text) { return field(13, field(1, key) + field(2, text)); };
  Graph graph{{node("Add", {"x", "w"}, {"y"})}, {value("x", kFloat, {-1, -1})}, {value("y", kFloat, {-1, -1})}};
  graph.constants = {number(1, 4) + number(2, kFloat) + field(8, "w") + entry("location", "weights.bin") +
                     entry("length", "16") + number(14, 1)};
  Client client(descriptor(folder.write("m.onnx", graph.model()), "shape=1x4"));
  CHECK(client.info().weights_bytes == 16);
  const auto outputs = client.run({bytes_of<float>({1, 2, 3, 4})}, 1, AIR_MODE_PER_LAYER_WITH_DATA);
  CHECK(values_of<float>(outputs[0]) == std::vector<float>{11, 22, 33, 44});
}

TEST_CASE("after a run that failed in a mode with nodes the others go on") {
  const TemporaryFolder folder;
  const TemporaryFolder temporary;
  const Environment tmpdir("TMPDIR", temporary.path().string());
  const Graph graph{{node("Gather", {"x", "at"}, {"y"})},
                    {value("x", kFloat, {1, 4}), value("at", kInt64, {1})},
                    {value("y", kFloat, {1, 4})}};
  Client client(descriptor(folder.write("m.onnx", graph.model())));
  const Bytes x = bytes_of<float>({1, 2, 3, 4});
  std::vector<Bytes> outputs;
  CHECK(client.try_run({x, bytes_of<int64_t>({7})}, 1, AIR_MODE_PER_LAYER, outputs) == AIR_ERROR_RUN_FAILED);
  CHECK(last_failure(AIR_OK).tells("indices"));
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
    CHECK(values_of<float>(client.run({x, bytes_of<int64_t>({0})}, 1, mode)[0]) == std::vector<float>{1, 2, 3, 4});
  }
}

TEST_CASE("wrong use is told with what to do") {
  const TemporaryFolder folder;
  const auto refused = [](const std::string &text) { return Client::refusal(text); };
  CHECK(refused("onnx:").status == AIR_ERROR_INVALID_DESCRIPTOR);
  CHECK(refused("onnx:" + (folder.path() / "absent.onnx").string()).status == AIR_ERROR_NOT_FOUND);
  CHECK(refused("onnx:" + folder.write("text.onnx", "hello, world\n")).status == AIR_ERROR_INVALID_MODEL);
  const std::string tflite = folder.write("model.onnx", read_file(digits("digits_int8.tflite")));
  CHECK(refused(tflite).tells("it is a LiteRT model: use tflite:" + tflite));
  CHECK(refused(digits_descriptor("int8", "optimise=all")).tells("did you mean optimize?"));
  CHECK(refused(digits_descriptor("int8", "optimise=all"))
            .tells(
                "backend onnxruntime has runtime, name, shape, threads, weights, only, fold, save, optimize, provider, "
                "provider.*, "
                "config.*"));
  CHECK(refused(digits_descriptor("int8", "optimize=most")).tells("none, basic, extended, all"));
  CHECK(refused("onnx:x.onnx?threads=0").tells("from 1 to"));
  CHECK(refused(digits_descriptor("int8", "shape=1x2")).tells("does not fit input 'input'"));
  CHECK(refused(digits_descriptor("int8", "shape=softmax:1x9")).tells("does not fit output 'softmax'"));
  CHECK(refused(digits_descriptor("int8", "name=other")).tells("there is 'digits_int8'"));
  const Failure provider = refused(digits_descriptor("int8", "provider=Imaginary"));
  CHECK(provider.status == AIR_ERROR_UNSUPPORTED);
  CHECK(provider.tells("CPUExecutionProvider"));
  CHECK(refused(digits_descriptor("int8", "provider.key=1")).tells("needs option provider"));
}

TEST_CASE("models that the runtime or the C ABI cannot take") {
  const TemporaryFolder folder;
  const auto refusal = [&](const Graph &graph, int64_t opset = 13) {
    return Client::refusal(descriptor(folder.write("m.onnx", graph.model(opset))));
  };
  const std::string x = value("x", kFloat, {1, 4}), y = value("y", kFloat, {1, 4});
  CHECK(refusal({{node("NoSuchOperator", {"x"}, {"y"})}, {x}, {y}}).tells("NoSuchOperator"));
  CHECK(refusal({{node("Relu", {"absent"}, {"y"})}, {x}, {y}}).status == AIR_ERROR_INVALID_MODEL);
  CHECK(refusal({{node("Relu", {"x"}, {"y"})}, {x}, {}}).tells("without outputs"));
  CHECK(refusal({{node("Relu", {"x"}, {"y"})}, {x}, {y}}, 9999).status == AIR_ERROR_INVALID_MODEL);
  const Failure text =
      refusal({{node("Identity", {"x"}, {"y"})}, {value("x", kString, {1, 4})}, {value("y", kString, {1, 4})}});
  CHECK(text.status == AIR_ERROR_UNSUPPORTED);
  CHECK(text.tells("'x' is string"));
  const Failure huge =
      refusal({{node("Relu", {"x"}, {"y"})}, {value("x", kFloat, {1, INT32_MAX, INT32_MAX, INT32_MAX})}, {y}});
  CHECK((huge.status == AIR_ERROR_INVALID_MODEL && !huge.text.empty()));
}

TEST_CASE("a model cut off anywhere is refused") {
  const TemporaryFolder folder;
  const std::string whole = read_file(digits("digits_float32.onnx"));
  for (size_t size = 1; size < whole.size(); size += 997) {
    const Failure failure = Client::refusal(descriptor(folder.write("m.onnx", whole.substr(0, size))));
    CHECK_MESSAGE(failure.status == AIR_ERROR_INVALID_MODEL, size);
  }
}

TEST_CASE("without a runtime the way to get one is told") {
  const Failure absent = Client::refusal(digits_descriptor("int8", "runtime=/no/such/place"));
  CHECK(absent.status == AIR_ERROR_NOT_FOUND);
  CHECK(absent.tells("correct or leave out option runtime"));
  const Environment variable("AIRUNNER_ONNXRUNTIME", "/no/such/place/either");
  CHECK(Client::refusal(digits_descriptor("int8")).tells("correct or unset AIRUNNER_ONNXRUNTIME"));
}

TEST_CASE("the folder of Python's packages, of the package and of the library all name the runtime") {
  const std::filesystem::path folder = std::getenv("AIRUNNER_ONNXRUNTIME");
  for (const char *place : {"", "onnxruntime", "onnxruntime/capi"}) {
    Client client(digits_descriptor("float32", "runtime=" + (folder / place).string()));
    check_digits(client);
    const Environment variable("AIRUNNER_ONNXRUNTIME", (folder / place).string());
    Client by_variable(digits_descriptor("float32"));
    check_digits(by_variable);
  }
}

TEST_CASE("what is no runtime, or too old a one, is told") {
  const TemporaryFolder folder;
  const Failure no_library = Client::refusal(digits_descriptor("int8", "runtime=" + folder.write("lib.so", "text")));
  CHECK(no_library.status == AIR_ERROR_INCOMPATIBLE);
  const Failure other = Client::refusal(digits_descriptor("int8", "runtime=" + test_library("libnot-a-runtime.so")));
  CHECK(other.status == AIR_ERROR_INCOMPATIBLE);
  CHECK(other.tells("does not export OrtGetApiBase"));
  const Failure old = Client::refusal(digits_descriptor("int8", "runtime=" + test_library("libruntime-too-old.so")));
  CHECK(old.status == AIR_ERROR_INCOMPATIBLE);
  CHECK(old.tells("release 1.14 or newer"));
}

TEST_CASE("older versions of the API are agreed on") {
  const Environment real("AIR_TEST_REAL_RUNTIME", real_runtime());
  for (const std::string version : {"14", "18", "24"}) {
    Client client(digits_descriptor("float32", "runtime=" + test_library("libruntime-" + version + ".so")));
    CHECK(client.property("runtime.protocol") == "C API " + version + ", in this process");
    check_digits(client);
  }
}
