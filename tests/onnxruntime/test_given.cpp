// SPDX-License-Identifier: BSD-3-Clause
// Given values, and weights that are rounded, in the real ONNX Runtime.
#include <doctest/doctest.h>

#include "alone.h"
#include "digits.h"
#include "given.h"
#include "onnx_writer.h"
#include "onnxruntime/model_file.h"

using namespace air::ort::test;
using namespace air::runtime::test;

namespace {

std::string descriptor(const std::string &path, const std::string &options = "") {
  return "onnx:" + path + "?threads=1&optimize=none" + (options.empty() ? "" : "&" + options);
}

// As the file tells, without what bodies read.
Readers readers_of(const std::string &path) {
  const std::string bytes = read_file(path);
  const air::ort::ModelFile file({reinterpret_cast<const std::byte *>(bytes.data()), bytes.size()}, path);
  Readers readers(file.nodes.size());
  for (uint32_t i = 0; i < file.nodes.size(); ++i) {
    for (uint32_t k = 0; k < file.nodes.size(); ++k) {
      const bool reads = std::ranges::any_of(file.nodes[k].inputs, [&](std::string_view input) {
        return std::ranges::count(file.nodes[i].outputs, input) > 0;
      });
      if (reads) readers[i].insert(k);
    }
  }
  return readers;
}

std::vector<float> numbers(size_t n, float scale = 0.125F) {
  std::vector<float> values;
  for (size_t i = 0; i < n; ++i) values.push_back(scale * (static_cast<float>((7 * i + 3) % 19) - 9.5F));
  return values;
}

std::string weights(const std::string &name, const std::vector<int64_t> &shape) {
  size_t n = 1;
  for (const int64_t size : shape) n *= static_cast<size_t>(size);
  return constant<float>(name, kFloat, shape, numbers(n));
}

// A residual block with a squeeze and excitation, a node of two outputs, and an inner value as an output.
Graph branched() {
  return {
      {node("Conv", {"x", "w1", "b1"}, {"c1"}), node("LeakyRelu", {"c1"}, {"r1"}), node("Conv", {"r1", "w2"}, {"c2"}),
       node("GlobalAveragePool", {"r1"}, {"mean"}), node("Sigmoid", {"mean"}, {"gate"}),
       node("Mul", {"c2", "gate"}, {"gated"}), node("Add", {"gated", "r1"}, {"sum"}),
       node("Split", {"sum"}, {"first", "second"}) + integer_attribute("axis", 1),
       node("Concat", {"second", "first"}, {"swapped"}) + integer_attribute("axis", 1),
       node("Flatten", {"swapped"}, {"flat"}), node("Gemm", {"flat", "w3"}, {"y"})},
      {value("x", kFloat, {-1, 4, 3, 3})},
      {value("y", kFloat, {-1, 5}), value("sum", kFloat, {-1, 6, 3, 3})},
      {weights("w1", {6, 4, 1, 1}), weights("b1", {6}), weights("w2", {6, 6, 1, 1}), weights("w3", {54, 5})}};
}

Bytes branched_input(size_t n_samples) {
  return bytes_of(numbers(n_samples * 36, 0.25F));
}

// The integer convolution of QOperator models.
Graph integer_convolution() {
  const auto scale = [](const char *name, float value) { return constant<float>(name, kFloat, {}, {value}); };
  const auto zero = [](const char *name, int8_t value) { return constant<int8_t>(name, kInt8, {}, {value}); };
  return {{node("QuantizeLinear", {"x", "xs", "xz"}, {"q"}),
           node("QLinearConv", {"q", "xs", "xz", "w", "ws", "wz", "ys", "yz"}, {"c"}),
           node("DequantizeLinear", {"c", "ys", "yz"}, {"d"}),
           node("Softmax", {"d"}, {"y"}) + integer_attribute("axis", 1)},
          {value("x", kFloat, {1, 2, 2, 2})},
          {value("y", kFloat, {1, 3, 2, 2})},
          {scale("xs", 0.05F), zero("xz", 3), scale("ws", 0.02F), zero("wz", 0), scale("ys", 0.1F), zero("yz", -4),
           constant<int8_t>("w", kInt8, {3, 2, 1, 1}, {50, -20, 100, 7, -90, 64})}};
}

struct Branch {
  Graph graph;
  std::vector<Bytes> inputs;
};

// What a branch and a loop read of the graph around them is not among their inputs.
Branch with_bodies() {
  const Graph then{{node("Add", {"a", "b"}, {"then"})}, {}, {value("then", kFloat, {1, 2})}};
  const Graph otherwise{{node("Sub", {"a", "b"}, {"otherwise"})}, {}, {value("otherwise", kFloat, {1, 2})}};
  const Graph body{{node("Identity", {"go_on"}, {"goes_on"}), node("Add", {"v", "b"}, {"next"})},
                   {value("i", kInt64, {}), value("go_on", kBool, {}), value("v", kFloat, {1, 2})},
                   {value("goes_on", kBool, {}), value("next", kFloat, {1, 2})}};
  return {{{node("Abs", {"x"}, {"a"}), node("Neg", {"x"}, {"b"}), node("Not", {"no"}, {"yes"}),
            node("If", {"yes"}, {"chosen"}) + graph_attribute("then_branch", then.graph()) +
                graph_attribute("else_branch", otherwise.graph()),
            node("Loop", {"times", "", "chosen"}, {"y"}) + graph_attribute("body", body.graph())},
           {value("x", kFloat, {1, 2}), value("no", kBool, {})},
           {value("y", kFloat, {1, 2})},
           {constant<int64_t>("times", kInt64, {}, {3})}},
          {bytes_of<float>({1, -2, 3, 4}), bytes_of<uint8_t>({0, 0})}};
}

}  // namespace

TEST_CASE("digits: a node's own values change nothing, zeros what follows") {
  for (const std::string dtype : {"float32", "int8"}) {
    const std::string path = digits("digits_" + dtype + ".onnx").string();
    Client client(descriptor(path));
    const Bytes all = digits_images(dtype);
    const auto size = static_cast<ptrdiff_t>(all.size() / kDigitsImages * 2);
    GivenCheck check(client, {Bytes(all.begin(), all.begin() + size)}, 2, readers_of(path));
    check.all_at_once();
    // Nothing follows the last node.
    CHECK(check.n_effective() == client.nodes().size() - 1);
    check.one_by_one();
    CHECK(check.n_effective() == 2 * (client.nodes().size() - 1));
  }
}

TEST_CASE("graphs with branches: own values change nothing, zeros what follows") {
  const TemporaryFolder folder;
  const std::string path = folder.write("branched.onnx", branched().model());
  Client client(descriptor(path));
  GivenCheck check(client, {branched_input(3)}, 3, readers_of(path));
  check.all_at_once();
  CHECK(check.n_effective() == 10);
  check.one_by_one();
  CHECK(check.n_effective() == 20);
}

TEST_CASE("integer operators: own values change nothing, zeros what follows") {
  const TemporaryFolder folder;
  const std::string path = folder.write("integers.onnx", integer_convolution().model());
  Client client(descriptor(path));
  GivenCheck check(client, {bytes_of(numbers(16))}, 2, readers_of(path));
  check.all_at_once();
  check.one_by_one();
  CHECK(check.n_effective() == 6);
}

TEST_CASE("bodies of branches and loops receive what is given, too") {
  const TemporaryFolder folder;
  const Branch made = with_bodies();
  const std::string path = folder.write("bodies.onnx", made.graph.model());
  Client client(descriptor(path));
  Readers readers = readers_of(path);
  readers[0].insert(3);       // a: the branch
  readers[1].insert({3, 4});  // b: the branch and the loop
  GivenCheck check(client, made.inputs, 2, readers);
  check.all_at_once();
  CHECK(check.n_effective() == 4);
  check.one_by_one();
  CHECK(check.n_effective() == 8);
  REQUIRE(client.prepare({1}) == AIR_OK);
  client.give({{1, 0, bytes_of<float>({10, 20, 30, 40})}});
  // |x| + b, and b three times more.
  CHECK(values_of<float>(client.run(made.inputs, 2, AIR_MODE_PER_LAYER_WITH_DATA)[0]) ==
        std::vector<float>{41, 82, 123, 164});
  CHECK(client.node_values<float>(1) == std::vector<float>{-1, 2, -3, -4});
}

TEST_CASE("an output that a node computes is what is given for it, while the node tells what it computes") {
  const TemporaryFolder folder;
  const Graph graph{{node("Relu", {"x"}, {"y"}), node("Neg", {"y"}, {"z"})},
                    {value("x", kFloat, {1, 2})},
                    {value("z", kFloat, {1, 2}), value("y", kFloat, {1, 2}), value("y", kFloat, {1, 2})}};
  const std::string path = folder.write("m.onnx", graph.model());
  for (const std::string optimize : {"none", "all"}) {
    Client client("onnx:" + path + "?optimize=" + optimize);
    const std::vector<Bytes> inputs = {bytes_of<float>({-1, 2, 3, -4})};
    REQUIRE(client.prepare({0, 1}) == AIR_OK);
    const Bytes y = bytes_of<float>({5, 6, 7, 8}), z = bytes_of<float>({9, 10, 11, 12});
    client.give({{1, 0, z}, {0, 0, y}});
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA})
      CHECK(client.run(inputs, 2, mode) == std::vector<Bytes>{z, y, y});
    CHECK(client.node_values<float>(0) == std::vector<float>{0, 2, 3, 0});
    CHECK(client.node_values<float>(1) == std::vector<float>{-5, -6, -7, -8});
    CHECK(client.node_durations(0).size() == 2);
    client.run(inputs, 2, AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_UNTIMED);
    CHECK(client.node_values<float>(0) == std::vector<float>{0, 2, 3, 0});
    CHECK(!client.has_durations(0));
    // Without them it is as before, prepared or not.
    client.give({});
    for (int i = 0; i < 2; ++i) {
      CHECK(values_of<float>(client.run(inputs, 2, AIR_MODE_PER_LAYER)[0]) == std::vector<float>{0, -2, -3, 0});
      REQUIRE(client.prepare({}) == AIR_OK);
    }
  }
}

TEST_CASE("names of values that are like those that are made up") {
  const TemporaryFolder folder;
  const Graph graph{
      {node("Relu", {"x"}, {"y"}), node("Neg", {"y"}, {"y__computed"}), node("Abs", {"y__computed"}, {"z"})},
      {value("x", kFloat, {1, 2})},
      {value("z", kFloat, {1, 2})}};
  const std::string path = folder.write("m.onnx", graph.model());
  Client client(descriptor(path));
  GivenCheck check(client, {bytes_of<float>({1, 2})}, 1, readers_of(path));
  check.all_at_once();
  CHECK(check.n_effective() == 2);
}

TEST_CASE("nodes whose values cannot be given are named, and the session stays as it was") {
  const TemporaryFolder folder;
  const Graph graph{{node("Relu", {"x"}, {"a"}, "first"), node("NonZero", {"a"}, {"places"}, "find"),
                     node("SequenceConstruct", {"a", "a"}, {"list"}, "collect"),
                     node("ConcatFromSequence", {"list"}, {"y"}, "join") + integer_attribute("axis", 1)},
                    {value("x", kFloat, {1, 2})},
                    {value("y", kFloat, {1, 4})}};
  Client client(descriptor(folder.write("m.onnx", graph.model())));
  REQUIRE(client.prepare({0}) == AIR_OK);
  client.give({{0, 0, bytes_of<float>({3, 4})}});
  const auto is_prepared = [&] {
    return values_of<float>(client.run({bytes_of<float>({1, 2})})[0]) == std::vector<float>{3, 4, 3, 4};
  };
  CHECK(is_prepared());
  CHECK(client.prepare({0, 1}) == AIR_ERROR_UNSUPPORTED);
  CHECK_MESSAGE(last_failure(AIR_OK).tells("'find'"), last_failure(AIR_OK).text);
  CHECK(client.prepare({2}) == AIR_ERROR_UNSUPPORTED);
  CHECK_MESSAGE(last_failure(AIR_OK).tells("'collect'"), last_failure(AIR_OK).text);
  const std::unique_ptr<air_token, decltype(&air_release_token)> token(air_make_token(), air_release_token);
  air_cancel(token.get());
  CHECK(client.prepare({3}, token.get()) == AIR_ERROR_CANCELLED);
  CHECK(is_prepared());
}

TEST_CASE("a node whose shape only a run tells can be given values after one") {
  const TemporaryFolder folder;
  const Graph graph{
      {node("ReduceSum", {"x"}, {"sum"}, "add up") + integer_attribute("keepdims", 0), node("Neg", {"sum"}, {"y"})},
      {value("x", kFloat, {1, 3})},
      {value("y", kFloat, {})}};
  Client client(descriptor(folder.write("m.onnx", graph.model())));
  const Bytes x = bytes_of<float>({1, 2, 3});
  CHECK(client.prepare({0}) != AIR_OK);
  client.run({x}, 1, AIR_MODE_PER_LAYER);
  REQUIRE_MESSAGE(client.prepare({0}) == AIR_OK, last_failure(AIR_OK).text);
  client.give({{0, 0, bytes_of<float>({50})}});
  CHECK(values_of<float>(client.run({x}, 1, AIR_MODE_PER_LAYER_WITH_DATA)[0]) == std::vector<float>{-50});
  CHECK(client.node_values<float>(0) == std::vector<float>{6});
}

TEST_CASE("older versions of the API take given values, too") {
  const std::filesystem::path capi = std::filesystem::path(std::getenv("AIRUNNER_ONNXRUNTIME")) / "onnxruntime/capi";
  std::string real;
  for (const auto &entry : std::filesystem::directory_iterator(capi)) {
    if (entry.path().filename().string().starts_with("libonnxruntime.so")) real = entry.path().string();
  }
  const Environment variable("AIR_TEST_REAL_RUNTIME", real);
  const TemporaryFolder folder;
  const std::string path = folder.write("branched.onnx", branched().model());
  const std::filesystem::path old = std::filesystem::path(std::getenv("AIR_TEST_LIBRARIES")) / "libruntime-18.so";
  Client client(descriptor(path, "runtime=" + old.string()));
  GivenCheck check(client, {branched_input(2)}, 2, readers_of(path));
  check.all_at_once();
  CHECK(check.n_effective() == 10);
  // Only runs that are timed need a session of their own.
  const Bytes r1 = bytes_of(client.node_values<std::byte>(1));
  REQUIRE(client.prepare({1}) == AIR_OK);
  client.give({{1, 0, r1}});
  std::vector<bool> loaded;
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_IO_ONLY, AIR_MODE_IO_ONLY}) {
    client.run({branched_input(2)}, 2, mode);
    loaded.push_back(!client.note().empty());
  }
  CHECK(loaded == std::vector<bool>{false, true, true, false});
}

TEST_CASE("a model none of whose nodes can be given does not say that they can") {
  const TemporaryFolder folder;
  const Graph graph{{node("NonZero", {"x"}, {"y"})}, {value("x", kFloat, {1, 2})}, {value("y", kInt64, {2, -1})}};
  Client client(descriptor(folder.write("m.onnx", graph.model())));
  CHECK((client.info().capabilities & AIR_CAP_GIVEN) == 0);
  CHECK(client.prepare({0}) == AIR_ERROR_UNSUPPORTED);
}

TEST_CASE("a node that computes strings, too, cannot be given") {
  const TemporaryFolder folder;
  const Graph graph{{node("Cast", {"x"}, {"text"}) + integer_attribute("to", kString),
                     node("StringSplit", {"text"}, {"words", "lengths"}, "split"), node("Neg", {"lengths"}, {"y"})},
                    {value("x", kFloat, {1, 2})},
                    {value("y", kInt64, {1, 2})}};
  constexpr int64_t kOpset = 20;
  Client client(descriptor(folder.write("m.onnx", graph.model(kOpset))));
  CHECK(client.prepare({2}) == AIR_OK);
  CHECK(client.prepare({1}) == AIR_ERROR_UNSUPPORTED);
  CHECK_MESSAGE(last_failure(AIR_OK).tells("node 'split'"), last_failure(AIR_OK).text);
}

TEST_CASE("a session that is prepared often takes no more memory for it") {
  const TemporaryFolder folder;
  Client client(descriptor(folder.write("branched.onnx", branched().model())));
  check_prepared_often(client, {1, 6, 7}, 1000);
}

TEST_CASE("a large model that is prepared is in memory as often as the runtime needs it") {
  constexpr int64_t kSide = 3072, kHalf = kSide * kSide * int64_t{sizeof(float)} / 2;
  const TemporaryFolder folder;
  const Graph graph{{node("MatMul", {"x", "w"}, {"a"}), node("Neg", {"a"}, {"y"})},
                    {value("x", kFloat, {1, kSide})},
                    {value("y", kFloat, {1, kSide})},
                    {weights("w", {kSide, kSide})}};
  const std::string path = folder.write("m.onnx", graph.model());
  const int64_t at_first = resident_bytes();
  Client client(descriptor(path));
  const int64_t connected = resident_bytes();
  REQUIRE(client.prepare({0}) == AIR_OK);
  const int64_t prepared = resident_bytes();
  if (AIR_TEST_SANITIZED) return;
  // The file, and what the runtime makes of it.
  CHECK((connected - at_first) / kHalf <= 4);
  CHECK((prepared - connected) / kHalf <= 2);
}

TEST_CASE("values that are described in the file, have dimensions of their own there, or are empty") {
  const TemporaryFolder folder;
  const Graph made{{node("Relu", {"x"}, {"a"}), node("Slice", {"a", "begin", "begin", "axis"}, {"nothing"}),
                    node("Concat", {"a", "nothing"}, {"b"}) + integer_attribute("axis", 1), node("Neg", {"b"}, {"y"})},
                   {value("x", kFloat, {-1, -1})},
                   {value("y", kFloat, {-1, -1})},
                   {constant<int64_t>("begin", kInt64, {1}, {1}), constant<int64_t>("axis", kInt64, {1}, {1})}};
  // ValueInfo of an inner value, with names for its dimensions.
  const std::string path = folder.write("m.onnx", made.model() + field(7, field(13, value("a", kFloat, {-1, -1}))));
  Client client(descriptor(path, "shape=1x3"));
  GivenCheck check(client, {bytes_of<float>({1, -1, 2, 3, -3, 4})}, 2, readers_of(path));
  check.all_at_once();
  CHECK(check.n_effective() == 2);
  check.one_by_one();
  CHECK(check.n_effective() == 4);
}

TEST_CASE("weights of every operator are rounded along its output channels, and nothing else is") {
  const TemporaryFolder folder;
  // Two channels whose largest weights are 127 and 254: others are rounded to 1 and to 2.
  struct Case {
    const char *type;
    std::string more;
    std::vector<int64_t> shape, input, output;
    std::vector<float> stored, rounded;
  };
  const std::vector<float> rows = {127, 1.4F, 254, 1.4F}, rounded_rows = {127, 1, 254, 2};
  const std::vector<float> columns = {127, 254, 1.4F, 1.4F}, rounded_columns = {127, 254, 1, 2};
  for (const Case &c : {Case{"Conv", "", {2, 2, 1, 1}, {1, 2, 1, 1}, {1, 2, 1, 1}, rows, rounded_rows},
                        Case{"ConvTranspose", "", {2, 2, 1, 1}, {1, 2, 1, 1}, {1, 2, 1, 1}, columns, rounded_columns},
                        Case{"Gemm", "", {2, 2}, {1, 2}, {1, 2}, columns, rounded_columns},
                        Case{"Gemm", integer_attribute("transB", 1), {2, 2}, {1, 2}, {1, 2}, rows, rounded_rows},
                        Case{"MatMul", "", {2, 2}, {1, 2}, {1, 2}, columns, rounded_columns}}) {
    CAPTURE(c.type);
    const auto model = [&](const std::vector<float> &values) {
      const Graph graph{
          {node(c.type, {"x", "w"}, {"a"}) + c.more, node("Mul", {"a", "factor"}, {"y"})},
          {value("x", kFloat, c.input)},
          {value("y", kFloat, c.output)},
          {constant<float>("w", kFloat, c.shape, values), constant<float>("factor", kFloat, {1, 1}, {1.3F})}};
      return folder.write("m.onnx", graph.model());
    };
    const Bytes x = bytes_of<float>({1, 10});
    const auto expected = Client(descriptor(model(c.rounded))).run({x});
    CHECK(Client(descriptor(model(c.stored))).run({x}) != expected);
    CHECK(Client(descriptor(model(c.stored), "weights=int8-channel")).run({x}) == expected);
  }
}

TEST_CASE("weights that cannot be rounded for one operator alone, or lie elsewhere, are named") {
  const TemporaryFolder folder;
  Graph graph{{node("MatMul", {"x", "w"}, {"a"}), node("Add", {"a", "w"}, {"y"})},
              {value("x", kFloat, {2, 2})},
              {value("y", kFloat, {2, 2})},
              {constant<float>("w", kFloat, {2, 2}, {1, 0.3F, 0.2F, 1})}};
  const auto path_of = [&](const Graph &made) { return folder.write("m.onnx", made.model()); };
  const auto refusal = [&] { return Client::refusal(descriptor(path_of(graph), "weights=int4")); };
  CHECK(refusal().status == AIR_ERROR_UNSUPPORTED);
  CHECK_MESSAGE(refusal().tells("'w' is also read as something else"), refusal().text);
  // Along other channels, by a body, as an output.
  const std::string matmul = graph.nodes[0];
  graph.nodes = {matmul, node("Gemm", {"a", "w"}, {"y"}) + integer_attribute("transB", 1)};
  CHECK_MESSAGE(refusal().tells("'w' is also read as something else"), refusal().text);
  CHECK(Client::refusal(descriptor(path_of(graph), "weights=int8-tensor")).text.empty());
  const auto body = [](const std::string &result) {
    return Graph{{node("Mul", {"a", "w"}, {result})}, {}, {value(result, kFloat, {2, 2})}}.graph();
  };
  const std::string inner = node("If", {"yes"}, {"chosen"}) + graph_attribute("then_branch", body("then")) +
                            graph_attribute("else_branch", body("otherwise"));
  const Graph outer{{inner}, {}, {value("chosen", kFloat, {2, 2})}};
  graph.nodes = {matmul, node("If", {"yes"}, {"y"}) + graph_attribute("then_branch", outer.graph()) +
                             graph_attribute("else_branch", outer.graph())};
  graph.constants.push_back(constant<uint8_t>("yes", kBool, {}, {1}));
  CHECK_MESSAGE(refusal().tells("'w' is also read as something else"), refusal().text);
  graph.nodes = {matmul, node("Neg", {"a"}, {"y"})};
  graph.outputs.push_back(value("w", kFloat, {2, 2}));
  CHECK_MESSAGE(refusal().tells("'w' is also read as something else"), refusal().text);
  graph.outputs.pop_back();
  CHECK_MESSAGE(refusal().text.empty(), refusal().text);
  // What rounding does not change may be shared.
  graph.nodes = {matmul, node("Add", {"a", "w"}, {"y"})};
  graph.constants = {constant<float>("w", kFloat, {2, 2}, {7, 7, 1, 3})};
  CHECK_MESSAGE(refusal().text.empty(), refusal().text);
  graph.constants = {number(1, 2) + number(1, 2) + number(2, kFloat) + field(8, "w") +
                     field(13, field(1, "location") + field(2, "weights.bin")) + number(14, 1)};
  const std::vector<float> outside = {1, 2, 3, 4};
  folder.write("weights.bin", {reinterpret_cast<const char *>(outside.data()), 16});
  CHECK(refusal().status == AIR_ERROR_UNSUPPORTED);
  CHECK_MESSAGE(refusal().tells("'w' do not lie in the file"), refusal().text);
  // Bodies are read for this alone.
  graph.constants = {constant<float>("w", kFloat, {2, 2}, {1, 0.3F, 0.2F, 1})};
  graph.nodes = {matmul, node("If", {"yes"}, {"y"}) + graph_attribute("then_branch", "\x0B")};
  CHECK(refusal().status == AIR_ERROR_INVALID_MODEL);
  CHECK_MESSAGE(
      refusal().tells("m.onnx' is not an ONNX model, or it is cut off or damaged: a field is of an unknown kind"),
      refusal().text);
}

TEST_CASE("nodes alone compute what they compute in the whole") {
  for (const std::string dtype : {"float32", "int8"}) {
    const Bytes all = digits_images(dtype);
    const auto size = static_cast<ptrdiff_t>(all.size() / kDigitsImages * 2);
    Whole whole(descriptor(digits("digits_" + dtype + ".onnx").string()), {Bytes(all.begin(), all.begin() + size)}, 2);
    whole.check_each();
    CHECK(whole.check_alone("only=conv_2,conv_3") >= 2);
  }
  const TemporaryFolder folder;
  Whole forked(descriptor(folder.write("branched.onnx", branched().model())), {branched_input(3)}, 3);
  forked.check_each();
  CHECK(forked.check_alone("only=Conv_0,LeakyRelu_1,Split_7") == 3);
  Whole integers(descriptor(folder.write("integers.onnx", integer_convolution().model())), {bytes_of(numbers(16))}, 2);
  integers.check_each();
  const Branch made = with_bodies();
  Whole bodies(descriptor(folder.write("bodies.onnx", made.graph.model())), made.inputs, 2);
  bodies.check_each();
}

TEST_CASE("what is computed from constants comes along, or is folded") {
  const Bytes all = digits_images("int8");
  const auto size = static_cast<ptrdiff_t>(all.size() / kDigitsImages);
  const std::string path = descriptor(digits("digits_int8.onnx").string());
  Whole whole(path, {Bytes(all.begin(), all.begin() + size)}, 1);
  CHECK(whole.check_alone("only=conv_3") == 3);
  CHECK(whole.check_alone("only=conv_3&fold=1") == 1);
  CHECK(Client::refusal(path + "&fold=1").tells("option fold needs option only"));
  CHECK(Client::refusal(path + "&only=conv_3_quantize&fold=1").tells("option fold has no effect"));
}

TEST_CASE("nodes alone are a file, too, and what cannot be is refused") {
  const TemporaryFolder folder;
  const Bytes all = digits_images("float32");
  const auto size = static_cast<ptrdiff_t>(all.size() / kDigitsImages);
  const std::string path = descriptor(digits("digits_float32.onnx").string());
  Whole whole(path, {Bytes(all.begin(), all.begin() + size)}, 1);
  const std::string saved = (folder.path() / "conv_3.onnx").string();
  CHECK(whole.check_alone("only=conv_3&save=" + saved) == 1);
  CHECK(whole.check_model(descriptor(saved)) == 1);
  CHECK(std::string(Client(path + "&only=conv_3&save=" + saved + "2").info().descriptor).find("save") ==
        std::string::npos);
  check_refusals(path, "conv_3");
  const Graph sequence = {{node("SequenceConstruct", {"x", "x"}, {"s"}, "make"),
                           node("ConcatFromSequence", {"s"}, {"y"}, "join") + integer_attribute("axis", 0)},
                          {value("x", kFloat, {1, 2})},
                          {value("y", kFloat, {2, 2})}};
  const std::string sequences = descriptor(folder.write("sequence.onnx", sequence.model()));
  CHECK(Client::refusal(sequences + "&only=join").tells("'s', which these nodes read, is no tensor"));
  const Graph twice = {{node("Abs", {"x"}, {"a"}, "same"), node("Neg", {"a"}, {"y"}, "same")},
                       {value("x", kFloat, {1, 2})},
                       {value("y", kFloat, {1, 2})}};
  CHECK(Client::refusal(descriptor(folder.write("twice.onnx", twice.model())) + "&only=same")
            .tells("several nodes are called 'same': the first is #0"));
}
