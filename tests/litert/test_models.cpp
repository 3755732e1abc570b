// SPDX-License-Identifier: BSD-3-Clause
// Models run by the real LiteRT, and how the backend meets what goes wrong.
#include <doctest/doctest.h>

#include <numeric>

#include "digits.h"

using namespace air::runtime::test;

namespace {

std::string made(const std::string &name, const std::string &options = "") {
  const std::filesystem::path folder = std::getenv("AIR_TEST_MODELS");
  return "tflite:" + (folder / (name + ".tflite")).string() + (options.empty() ? "" : "?" + options);
}

std::string digits_descriptor(const std::string &dtype, const std::string &options = "") {
  return "tflite:" + digits("digits_" + dtype + ".tflite").string() + (options.empty() ? "" : "?" + options);
}

size_t count_right(const std::string &dtype, const std::string &options, uint32_t mode) {
  Client client(digits_descriptor(dtype, options));
  const auto outputs = client.run({digits_images(dtype)}, kDigitsImages, mode);
  return dtype == "int8" ? count_right_digits<int8_t>(outputs[0]) : count_right_digits<float>(outputs[0]);
}

}  // namespace

TEST_CASE("digits: about as right as the libraries of the same weights, with all kernels and in every mode") {
  for (const std::string kernels : {"xnnpack", "builtin", "reference"}) {
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
      CHECK(count_right("float32", "kernels=" + kernels, mode) == 356);
      const size_t right = count_right("int8", "kernels=" + kernels, mode);
      CHECK(right >= 356);  // kernels round in different ways
      CHECK(right <= 357);
    }
  }
}

TEST_CASE("the description of a model") {
  const Client client(digits_descriptor("int8", "threads=1"));
  const air_model &info = client.info();
  CHECK(std::string(info.name) == "digits_int8");
  CHECK(client.property("hash").size() == 34);
  CHECK(info.macc == 268544);
  CHECK(info.weights_bytes == 11000);
  CHECK(info.n_nodes_told == 9);
  CHECK(air::scales_of(*info.inputs[0])[0] == doctest::Approx(1.0 / 255));
  CHECK(air::zero_points_of(*info.outputs[0])[0] == -128);
  CHECK(client.property("runtime") == "LiteRT");
  CHECK(client.property("runtime.version").starts_with("2."));
  CHECK(client.property("runtime.description").find("libLiteRt.so") != std::string::npos);
}

TEST_CASE("nodes are the operators of the file, and their data what they compute") {
  Client client(made("chain"));
  const auto outputs = client.run({bytes_of<float>({-1, 2, -3, 4})}, 1, AIR_MODE_PER_LAYER_WITH_DATA);
  CHECK(values_of<float>(outputs[0]) == std::vector<float>{0, -2, 0, -4});
  REQUIRE(client.nodes().size() == 2);
  const std::vector<std::string> names = {"y", "z"}, types = {"RELU (19)", "NEG (59)"};
  const std::vector<std::vector<float>> data = {{0, 2, 0, 4}, {0, -2, 0, -4}};
  for (uint32_t i = 0; i < 2; ++i) {
    CHECK(client.nodes()[i]->name == names[i]);
    CHECK(client.nodes()[i]->operation == types[i]);
    REQUIRE(client.nodes()[i]->n_inputs == 1);
    CHECK(std::string(client.nodes()[i]->inputs[0]->name) == (i == 0 ? "x" : "y"));
    CHECK(client.node_values<float>(i) == data[i]);
  }
  // Weights are no inputs; an addition has two.
  Client digits(digits_descriptor("int8"));
  digits.run({Bytes(64)}, 1, AIR_MODE_PER_LAYER);
  CHECK(digits.nodes()[0]->n_inputs == 1);
  REQUIRE(digits.nodes()[4]->n_inputs == 2);
  CHECK(std::string(digits.nodes()[4]->inputs[0]->name) == "conv_3");
  CHECK(std::string(digits.nodes()[4]->inputs[1]->name) == "pool_1");
  CHECK(digits.nodes()[4]->inputs[1]->encoding == AIR_ENCODING_QUANTIZED);
}

TEST_CASE("times of nodes follow their work") {
  Client client(digits_descriptor("float32"));
  client.run({digits_images("float32")}, kDigitsImages, AIR_MODE_PER_LAYER);
  REQUIRE(client.nodes().size() == 9);
  const auto total = [&](uint32_t node) {
    const auto durations = client.node_durations(node);
    return std::accumulate(durations.begin(), durations.end(), 0.0);
  };
  CHECK(total(1) > total(8));  // the largest convolution, the softmax
  CHECK(total(1) > 0.0);
}

TEST_CASE("a signature that names other outputs does not matter") {
  Client client(made("signature"));
  const auto outputs = client.run({bytes_of<float>({-1, 2, -3, 4})});
  CHECK(values_of<float>(outputs[0]) == std::vector<float>{0, -2, 0, -4});
  CHECK(std::string(client.info().outputs[0]->name) == "z");
}

TEST_CASE("quantized inputs of their own scales") {
  Client client(made("int8", "kernels=builtin"));
  REQUIRE(client.info().n_inputs == 2);
  // (q - 0) / 2 + (q - 2) / 4, then twice that minus 1.
  const auto outputs = client.run({bytes_of<int8_t>({2, 4, 6, 8}), bytes_of<int8_t>({6, 10, 2, -2})});
  CHECK(values_of<int8_t>(outputs[0]) == std::vector<int8_t>{3, 7, 5, 5});
}

TEST_CASE("a shape without a batch is one of a sample, constants are no outputs of nodes") {
  Client client(made("constant"));
  CHECK(client.info().inputs[0]->rank == 2);
  CHECK((client.info().inputs[0]->flags & AIR_TENSOR_WITHOUT_BATCH) != 0);
  const auto outputs = client.run({bytes_of<float>({1, 2, 3, 4, 5, 6})}, 1, AIR_MODE_PER_LAYER_WITH_DATA);
  CHECK(values_of<float>(outputs[0]) == std::vector<float>{11, 22, 33, 14, 25, 36});
  CHECK(client.nodes()[0]->n_outputs == 1);
}

TEST_CASE("dynamic shapes") {
  const Failure failure = Client::refusal(made("dynamic"));
  CHECK(failure.status == AIR_ERROR_INVALID_DESCRIPTOR);
  CHECK(failure.tells("?shape=x:1x<n>"));
  Client client(made("dynamic", "shape=1x3"));
  CHECK(values_of<float>(client.run({bytes_of<float>({1, -1, 2, 3, -3, 4})}, 2)[0]) ==
        std::vector<float>{-1, 0, -2, -3, 0, -4});
  const auto nodes = client.run({bytes_of<float>({1, -1, 2})}, 1, AIR_MODE_PER_LAYER_WITH_DATA);
  CHECK(values_of<float>(nodes[0]) == std::vector<float>{-1, 0, -2});
  CHECK(client.nodes()[0]->outputs[0]->n_elements == 3);
  CHECK(std::string(client.info().descriptor).ends_with("?shape=1x3"));
}

TEST_CASE("wrong use is told with what to do") {
  const TemporaryFolder folder;
  const auto refused = [](const std::string &text) { return Client::refusal(text); };
  CHECK(refused("tflite:").status == AIR_ERROR_INVALID_DESCRIPTOR);
  CHECK(refused("tflite:" + (folder.path() / "absent.tflite").string()).status == AIR_ERROR_NOT_FOUND);
  CHECK(refused("tflite:" + folder.write("text.tflite", "hello, world\n")).status == AIR_ERROR_INVALID_MODEL);
  CHECK(refused(made("chain", "kernel=builtin")).tells("did you mean kernels?"));
  CHECK(refused(made("chain", "kernel=builtin"))
            .tells("backend litert has runtime, name, shape, threads, weights, only, save, kernels, accelerator, "
                   "cpu.flags, "));
  CHECK(refused(made("chain", "kernels=fast")).tells("xnnpack, builtin, reference"));
  CHECK(refused(made("chain", "shape=1x5")).tells("does not fit input 'x'"));
  CHECK(refused(made("chain", "shape=w:1x4")).tells("there is x"));
  CHECK(refused(made("chain", "name=other")).tells("there is 'chain'"));
  CHECK(refused(made("chain", "cpu.flag=1")).tells("did you mean cpu.flags?"));
  CHECK(refused(made("chain", "cpu.flags=1&kernels=builtin")).tells("no effect with other kernels"));
  CHECK(refused(made("chain", "cpu.flags=%0Ax")).tells("without quotes"));
}

TEST_CASE("models that the runtime or the C ABI cannot take") {
  CHECK(Client::refusal(made("no_outputs")).tells("without outputs"));
  CHECK(Client::refusal(made("no_such_tensor")).tells("names a tensor that is not there"));
  CHECK(Client::refusal(made("text")).tells("is string"));
  // An operator of one's own may be anything: that it is not there shows when it is run.
  Client custom(made("custom"));
  std::vector<Bytes> outputs;
  CHECK(custom.try_run({bytes_of<float>({1, 2, 3, 4})}, 1, AIR_MODE_IO_ONLY, outputs) == AIR_ERROR_RUN_FAILED);
  CHECK(last_failure(AIR_OK).tells("Unheard"));
  CHECK(custom.try_run({bytes_of<float>({1, 2, 3, 4})}, 1, AIR_MODE_PER_LAYER, outputs) == AIR_ERROR_UNSUPPORTED);
  const Failure layers = last_failure(AIR_OK);
  CHECK(layers.tells("unresolved custom op: Unheard"));
  CHECK_FALSE(layers.tells("--outputs-only"));
  CHECK(Client::refusal(made("empty_input")).tells("an input of shape (1, 0) is empty"));
  for (const char *absurd : {"huge", "negative"}) CHECK_FALSE(Client::refusal(made(absurd)).text.empty());
}

TEST_CASE("a model cut off anywhere is refused or runs") {
  const TemporaryFolder folder;
  const std::string whole = read_file(digits("digits_float32.tflite"));
  size_t n_refused = 0;
  for (size_t size = 8; size < whole.size(); size += 997) {
    n_refused +=
        Client::refusal("tflite:" + folder.write("m.tflite", whole.substr(0, size))).status == AIR_ERROR_INVALID_MODEL;
  }
  CHECK(n_refused >= 40);
}

TEST_CASE("plain kernels compute in their own way, also with layers") {
  const auto run = [](const std::string &kernels, uint32_t mode) {
    Client client(digits_descriptor("float32", "threads=1&kernels=" + kernels));
    return client.run({digits_images("float32")}, kDigitsImages, mode)[0];
  };
  const Bytes builtin = run("builtin", AIR_MODE_IO_ONLY), reference = run("reference", AIR_MODE_IO_ONLY);
  CHECK(builtin != reference);
  CHECK(run("builtin", AIR_MODE_PER_LAYER) == builtin);
  CHECK(run("reference", AIR_MODE_PER_LAYER) == reference);
  CHECK(run("reference", AIR_MODE_PER_LAYER_WITH_DATA) == reference);
}

TEST_CASE("weights behind a DEQUANTIZE are those of the file in every sample, and data of a node") {
  Client client(made("half_weights", "kernels=builtin"));
  const Bytes input = bytes_of<float>({1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0});
  const auto plain = values_of<float>(client.run({input}, 3)[0]);
  CHECK(plain[0] != 0.0f);
  CHECK(values_of<float>(client.run({input}, 3, AIR_MODE_PER_LAYER_WITH_DATA)[0]) == plain);
  const auto numbers = client.node_values<float>(0);
  REQUIRE(numbers.size() == 36);
  for (size_t sample = 0; sample < 3; ++sample) CHECK(numbers[12 * sample] == -0.75f);
}

TEST_CASE("states are kept over samples and set back") {
  struct Stateful {
    const char *name;
    uint64_t states_bytes;
    size_t n_inputs;
  };
  for (const auto &[name, states_bytes, n_inputs] :
       {Stateful{"svdf", 120, 4}, Stateful{"lstm", 32, 6}, Stateful{"resource", 16, 4}}) {
    for (const std::string kernels : {"xnnpack", "builtin"}) {
      Client client(made(name, "kernels=" + kernels));
      CHECK(client.info().states_bytes == states_bytes);
      REQUIRE((client.info().capabilities & AIR_CAP_RESET_STATES) != 0);
      const Bytes ones = bytes_of(std::vector<float>(n_inputs, 1.0f));
      for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
        const Bytes first = client.run({ones}, 1, mode)[0];
        const Bytes second = client.run({ones}, 1, mode)[0];
        CHECK(first != second);
        REQUIRE(air_reset_states(client.session(), nullptr) == AIR_OK);
        CHECK(client.run({ones}, 1, mode)[0] == first);
      }
    }
  }
  Client resource(made("resource"));
  CHECK(values_of<float>(resource.run({bytes_of<float>({1, 1, 1, 1})}, 1)[0])[0] == 11.0f);
}

TEST_CASE("a shape that is computed while the model runs") {
  Client client(made("free_batch"));
  const Bytes input = bytes_of<float>({1, -2, 3, -4, 5, -6, 7, -8, -1, 2, -3, 4, -5, 6, -7, 8});
  const std::vector<float> relu = {0, 2, 0, 4, 0, 6, 0, 8, 1, 0, 3, 0, 5, 0, 7, 0};
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA})
    CHECK(values_of<float>(client.run({input}, 2, mode)[0]) == relu);
  // What is computed from shapes alone is no data of a node; the others are.
  const std::vector<uint32_t> outputs = {1, 0, 0, 0, 1, 1};
  REQUIRE(client.nodes().size() == outputs.size());
  for (uint32_t i = 0; i < outputs.size(); ++i) CHECK(client.nodes()[i]->n_outputs == outputs[i]);
}

TEST_CASE("outputs that no operator computes, and tensors without names") {
  Client client(made("borders"));
  REQUIRE(client.info().n_outputs == 5);
  const std::vector<Bytes> inputs = {bytes_of<float>({1, 2, 3, 4, 0, 0, 0, 0}),
                                     bytes_of<float>({-2, -2, -2, -2, 1, 2, 3, 4})};
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
    const auto outputs = client.run(inputs, 2, mode);
    CHECK(outputs[0] == inputs[1]);
    CHECK(values_of<float>(outputs[1]) == std::vector<float>{7, 8, 9, 7, 8, 9});
    CHECK(values_of<int32_t>(outputs[2]) == std::vector<int32_t>{1, 4, 1, 4});
    CHECK(values_of<float>(outputs[3]) == std::vector<float>{0, 0, 1, 2, 1, 2, 3, 4});
    CHECK(outputs[4] == outputs[3]);
  }
  CHECK(std::string(client.info().outputs[3]->name) != client.info().outputs[4]->name);
}

TEST_CASE("an output whose size depends on values has that of each sample, or the one that is given") {
  const Bytes samples = bytes_of<float>({1, -1, 1, -1, -1, -1, -1, -1, 1, 1, 1, -1});
  for (const std::string shape : {"", "shape=where:*x2"}) {
    Client open(made("where", shape));
    REQUIRE(open.info().outputs[0]->rank == 2);
    CHECK(open.info().outputs[0]->shape[0] == -1);
    CHECK(open.info().outputs[0]->shape[1] == 2);
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
      CHECK(values_of<int64_t>(open.run({samples}, 3, mode)[0]) == std::vector<int64_t>{0, 0, 0, 2, 0, 0, 0, 1, 0, 2});
      CHECK(open.output_shape_at(0) == std::vector<int64_t>{2, 2});
      CHECK(open.output_shape_at(1) == std::vector<int64_t>{0, 2});
      CHECK(open.output_shape_at(2) == std::vector<int64_t>{3, 2});
    }
    CHECK(open.node_values_at<int64_t>(0, 1) == std::vector<int64_t>{0, 0, 0, 2});
    CHECK(open.node_values_at<int64_t>(1, 1).empty());
    CHECK(open.node_values_at<int64_t>(2, 1) == std::vector<int64_t>{0, 0, 0, 1, 0, 2});
  }
  Client client(made("where", "shape=where:2x2"));
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
    const auto outputs = client.run({bytes_of<float>({1, -1, 1, -1})}, 1, mode);
    CHECK(values_of<int64_t>(outputs[0]) == std::vector<int64_t>{0, 0, 0, 2});
    std::vector<Bytes> ignored;
    CHECK(client.try_run({bytes_of<float>({1, 1, 1, -1})}, 1, mode, ignored) == AIR_ERROR_RUN_FAILED);
    CHECK(last_failure(AIR_OK).tells("'where' has the shape (3, 2) in this run, expected (2, 2)"));
    CHECK(client.try_run({bytes_of<float>({-1, -1, -1, -1})}, 1, mode, ignored) == AIR_ERROR_RUN_FAILED);
    CHECK(last_failure(AIR_OK).tells("empty"));
  }
  // Within a graph it is data of a node.
  Client inside(made("where_inside"));
  CHECK(values_of<float>(inside.run({samples}, 3, AIR_MODE_PER_LAYER_WITH_DATA)[0]) ==
        std::vector<float>{1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0});
  CHECK(inside.node_values_at<int64_t>(0, 1) == std::vector<int64_t>{0, 0, 0, 2});
  CHECK(inside.node_values_at<int64_t>(1, 1).empty());
}

TEST_CASE("elements of 4 and 16 bits") {
  struct Case {
    const char *name;
    air_dtype dtype;
    std::vector<uint8_t> elements;  // 1, -2 and 3
  };
  const std::vector<float> numbers = {1, -2, 3};
  for (const Case &c : {Case{"bfloat16", AIR_DTYPE_BFLOAT16, {0x80, 0x3F, 0x00, 0xC0, 0x40, 0x40}},
                        Case{"int4", AIR_DTYPE_INT4, {0xE1, 0x03}}}) {
    for (const std::string kernels : {"kernels=xnnpack", "kernels=builtin"}) {
      CAPTURE(c.name);
      CAPTURE(kernels);
      Client there(made(std::string("to_") + c.name, kernels)), back(made(std::string("from_") + c.name, kernels));
      CHECK(there.info().outputs[0]->dtype == c.dtype);
      CHECK(there.info().outputs[0]->encoding == AIR_ENCODING_PLAIN);
      for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA}) {
        CHECK(there.run({bytes_of(numbers)}, 1, mode)[0] == bytes_of(c.elements));
        CHECK(values_of<float>(back.run({bytes_of(c.elements)}, 1, mode)[0]) == numbers);
      }
      CHECK(there.node_values<uint8_t>(0) == c.elements);
    }
  }
}

TEST_CASE("behind an odd number of half bytes there is nothing") {
  Client client(made("half_bytes"));
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA})
    CHECK(values_of<uint8_t>(client.run({bytes_of<uint8_t>({0x21, 0xF3})}, 1, mode)[0]) ==
          std::vector<uint8_t>{0x21, 0x03});
  CHECK(client.node_values<uint8_t>(0) == std::vector<uint8_t>{0x21, 0x03});
}

TEST_CASE("scales that the backend does not read are unknown, and there are none where the file has none") {
  const Client client(made("blockwise"));
  const air_tensor &input = *client.info().inputs[0], &output = *client.info().outputs[0];
  CHECK(input.encoding == AIR_ENCODING_QUANTIZED);
  REQUIRE(input.quantization != nullptr);
  CHECK(input.quantization->known == 0);
  CHECK(output.encoding == AIR_ENCODING_PLAIN);
  CHECK(output.quantization == nullptr);
}

TEST_CASE("nodes tell what executes them, and what they compute in") {
  Client client(digits_descriptor("int8"));
  const Bytes all = digits_images("int8");
  client.run({Bytes(all.begin(), all.begin() + 64)}, 1, AIR_MODE_PER_LAYER);
  for (const air_node *node : client.nodes()) {
    CHECK(std::string(node->processor) == "CPU");
    CHECK(node->computes_in == AIR_DTYPE_INT8);
  }
  // Float activations and integer weights, or the other way round, may meet in either type.
  Client half(made("half_weights"));
  half.run({bytes_of<float>({1, 2, 3, 4})}, 1, AIR_MODE_PER_LAYER);
  CHECK(half.nodes()[0]->computes_in == AIR_DTYPE_NONE);
  CHECK(half.nodes()[1]->computes_in == AIR_DTYPE_FLOAT32);
}

TEST_CASE("a delegate that computes in another precision than the model is told") {
  const auto run = [](const std::string &options) {
    Client client(made("conv", options));
    std::vector<float> values(client.info().inputs[0]->n_elements);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 3;
    const std::vector<Bytes> outputs = client.run({bytes_of<float>(values)});
    return std::pair(outputs[0], client.note(0));
  };
  const auto [plain, nothing] = run("cpu.flags=2");
  CHECK(nothing.empty());
  for (const char *flags : {"cpu.flags=4", "cpu.flags=6"}) {
    const auto [halves, note] = run(flags);
    CHECK(note.starts_with("XNNPACK computes in float16 "));
    CHECK(halves != plain);  // it does
  }
}

TEST_CASE("the first run with layers notes that the model was compiled once more, and with which kernels") {
  const Bytes two = bytes_of<float>({-1, 2, -3, 4, -5, 6, -7, 8});
  for (const auto &[kernels, note] :
       {std::pair<std::string, std::string>{"xnnpack", " with the kernels builtin"}, {"builtin", ""}}) {
    Client client(made("chain", "kernels=" + kernels));
    client.run({two}, 2);
    CHECK(client.note(0).empty());
    client.run({two}, 2, AIR_MODE_PER_LAYER);
    CHECK(client.note(0) == "the model was compiled once more, to be run operator by operator" + note);
    CHECK(client.note(1).empty());
    client.run({two}, 2, AIR_MODE_PER_LAYER);
    CHECK(client.note(0).empty());
  }
}

TEST_CASE("a token and a time limit end a sample between two operators, and the next run goes on") {
  constexpr float kNeverReached = 1e9F;  // 1 more than 2^24 is 2^24
  for (const std::string kernels : {"xnnpack", "builtin"}) {
    Client client(made("counter", "kernels=" + kernels));
    // An operator cannot be interrupted, so that 100 ms are no promise.
    CHECK((client.info().capabilities & AIR_CAP_CANCEL_RUN) == 0);
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
      CAPTURE(kernels);
      CAPTURE(mode);
      check_interrupted(client, {bytes_of<float>({0}), bytes_of<float>({kNeverReached})}, mode);
      CHECK(values_of<float>(client.run({bytes_of<float>({0}), bytes_of<float>({3})}, 1, mode)[0])[0] == 3.0F);
    }
  }
}

TEST_CASE("what only a delegate has is told when layers are asked for") {
  Client client(made("delegate_only"));
  const Bytes input = bytes_of(std::vector<float>(16, 1.0f));
  CHECK(values_of<float>(client.run({input})[0])[0] != 0.0f);
  std::vector<Bytes> ignored;
  CHECK(client.try_run({input}, 1, AIR_MODE_PER_LAYER, ignored) == AIR_ERROR_UNSUPPORTED);
  const Failure failure = last_failure(AIR_OK);
  CHECK(failure.tells("operator 0 (Convolution2DTransposeBias)"));
  CHECK(failure.tells("--outputs-only"));
  CHECK_FALSE(failure.tells("Stub"));
}

TEST_CASE("values that the model does not take are told the same way with layers, and the next run goes on") {
  Client client(made("gather"));
  std::vector<Bytes> outputs;
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
    CHECK(client.try_run({bytes_of<int32_t>({0, 2, 7, 1})}, 2, mode, outputs) == AIR_ERROR_RUN_FAILED);
    const Failure failure = last_failure(AIR_OK);
    CHECK(failure.tells("gather index out of bounds"));
    CHECK_FALSE(failure.tells("layers"));
    CHECK(values_of<float>(client.run({bytes_of<int32_t>({2, 0})}, 1, mode)[0]) == std::vector<float>{-5, -6, -1, -2});
  }
}

TEST_CASE("an empty tensor among the layers is left out of them") {
  Client client(made("empty_inside"));
  CHECK(values_of<float>(client.run({bytes_of<float>({1, 2, 3, 4})}, 1, AIR_MODE_PER_LAYER_WITH_DATA)[0]) ==
        std::vector<float>{-1, -2, -3, -4});
  CHECK(client.nodes()[0]->n_outputs == 0);
}

TEST_CASE("an accelerator that the runtime does not have is refused") {
  for (const std::string accelerator : {"gpu", "npu"}) {
    const Failure failure = Client::refusal(made("chain", "accelerator=" + accelerator));
    if (failure.text.empty()) continue;  // a machine that has one
    CHECK(failure.status == AIR_ERROR_UNSUPPORTED);
    CHECK(failure.tells("this LiteRT has no " + accelerator));
  }
  CHECK(Client::refusal(made("chain", "accelerator=cpu")).text.empty());
}

TEST_CASE("options that do not reach layers are refused with them") {
  Client client(made("chain", "cpu.flags=2"));
  const Bytes input = bytes_of<float>({-1, 2, -3, 4});
  CHECK(values_of<float>(client.run({input})[0]) == std::vector<float>{0, -2, 0, -4});
  std::vector<Bytes> ignored;
  CHECK(client.try_run({input}, 1, AIR_MODE_PER_LAYER, ignored) == AIR_ERROR_UNSUPPORTED);
  CHECK(last_failure(AIR_OK).tells("leave them out"));
}

TEST_CASE("the runtime's own reason is told, once") {
  const auto told = [](const Failure &failure, std::string_view reason) {
    const size_t at = failure.text.find(reason);
    return at != std::string::npos && failure.text.find(reason, at + 1) == std::string::npos;
  };
  const Failure axis = Client::refusal(made("no_such_axis"));
  CHECK_MESSAGE(told(axis, "quantized_dimension must be in range [0, 1). Was 3"), axis.text);
  const Failure elu = Client::refusal(made("elu", "kernels=reference"));
  CHECK_MESSAGE(told(elu, "Didn't find op for builtin opcode 'ELU'"), elu.text);
  CHECK(elu.status == AIR_ERROR_INVALID_MODEL);
  const Failure shape = Client::refusal(made("dynamic", "shape=1x0"));
  CHECK_MESSAGE(told(shape, "LiteRT says"), shape.text);
}

TEST_CASE("without a runtime the way to get one is told") {
  const Failure absent = Client::refusal(made("chain", "runtime=/no/such/place"));
  CHECK(absent.status == AIR_ERROR_NOT_FOUND);
  CHECK(absent.tells("correct or leave out option runtime"));
  const Environment variable("AIRUNNER_LITERT", "/no/such/place/either");
  CHECK(Client::refusal(made("chain")).tells("correct or unset AIRUNNER_LITERT"));
}

TEST_CASE("the folder of Python's packages and of the package both name the runtime") {
  const std::filesystem::path folder = std::getenv("AIRUNNER_LITERT");
  for (const char *place : {"", "ai_edge_litert"}) {
    const Environment variable("AIRUNNER_LITERT", (folder / place).string());
    const Client client(made("chain"));
    CHECK(client.info().n_nodes_told > 0);
  }
}

TEST_CASE("what is named like an ONNX model is told to be one") {
  const std::string onnx = digits("digits_int8.onnx").string();
  CHECK(Client::refusal("tflite:" + onnx).tells("an ONNX model is named onnx:" + onnx));
  const TemporaryFolder folder;
  const Failure text = Client::refusal("tflite:" + folder.write("text.tflite", "hello, world"));
  CHECK(text.status == AIR_ERROR_INVALID_MODEL);
  CHECK_FALSE(text.tells("onnx:"));
}

TEST_CASE("what is no runtime, or too old a one, is told") {
  const std::filesystem::path folder = std::getenv("AIR_TEST_LIBRARIES");
  const auto refusal = [&](const char *library) {
    return Client::refusal(made("chain", "runtime=" + (folder / library).string()));
  };
  CHECK(refusal("liblitert-other.so").tells("not a library of LiteRT"));
  CHECK(refusal("liblitert-other.so").status == AIR_ERROR_INCOMPATIBLE);
  CHECK(refusal("liblitert-tensorflow.so").tells("older C API of TensorFlow Lite"));
  CHECK(refusal("liblitert-old.so").tells("LiteRT 2.1.6 or newer"));
}
