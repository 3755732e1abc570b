// SPDX-License-Identifier: BSD-3-Clause
// Given values, and weights that are rounded, in the real LiteRT.
#include <doctest/doctest.h>

#include "alone.h"
#include "digits.h"
#include "given.h"
#include "tflite_file/model_file.h"

using namespace air::runtime::test;

namespace {

std::string made_path(const std::string &name) {
  return (std::filesystem::path(std::getenv("AIR_TEST_MODELS")) / (name + ".tflite")).string();
}

std::string descriptor(const std::string &path, const std::string &kernels) {
  return "tflite:" + path + "?threads=1&kernels=" + kernels;
}

Readers readers_of(const std::string &path) {
  const std::string bytes = read_file(path);
  const air::tflite_file::ModelFile file({reinterpret_cast<const std::byte *>(bytes.data()), bytes.size()}, path);
  Readers readers(file.operators.size());
  for (uint32_t i = 0; i < file.operators.size(); ++i) {
    for (uint32_t k = 0; k < file.operators.size(); ++k) {
      const bool reads = std::ranges::any_of(file.operators[k].inputs, [&](int32_t input) {
        return std::ranges::count(file.operators[i].outputs, input) > 0;
      });
      if (reads) readers[i].insert(k);
    }
  }
  return readers;
}

}  // namespace

TEST_CASE("digits: a node's own values change nothing, zeros what follows") {
  for (const std::string kernels : {"builtin", "reference"}) {
    for (const std::string dtype : {"float32", "int8"}) {
      CAPTURE(kernels);
      CAPTURE(dtype);
      const std::string path = digits("digits_" + dtype + ".tflite").string();
      Client client(descriptor(path, kernels));
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
}

TEST_CASE("models that the digits are not: own values change nothing, zeros what follows") {
  struct Case {
    const char *name;
    std::vector<Bytes> inputs;  // two samples
    size_t n_effective;
  };
  const Bytes four = bytes_of<float>({-1, 2, -3, 4, 5, 6, -7, 8}),
              six = bytes_of<float>({1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3});
  const Bytes bytes = bytes_of<int8_t>({2, 4, 6, 8, 1, 3, 5, 7});
  for (const Case &c : {Case{"chain", {four}, 1}, Case{"signature", {four}, 1}, Case{"int8", {bytes, bytes}, 0},
                        Case{"constant", {six}, 0}, Case{"half_weights", {four}, 3}, Case{"free_two", {four, four}, 0},
                        Case{"branches", {four, bytes_of<uint8_t>({1, 0})}, 0}, Case{"per_channel", {bytes}, 0},
                        Case{"elu", {four}, 0}, Case{"gather", {bytes_of<int32_t>({0, 2, 1, 1})}, 1}}) {
    CAPTURE(c.name);
    Client client(descriptor(made_path(c.name), "builtin"));
    GivenCheck check(client, c.inputs, 2, readers_of(made_path(c.name)));
    check.all_at_once();
    CHECK(check.n_effective() == c.n_effective);
    check.one_by_one();
    CHECK(check.n_effective() == 2 * c.n_effective);
  }
}

TEST_CASE("an output that a node computes is what is given for it, while the node tells what it computes") {
  Client client(descriptor(made_path("chain"), "xnnpack"));
  const std::vector<Bytes> inputs = {bytes_of<float>({-1, 2, -3, 4, 5, -6, 7, -8})};
  REQUIRE(client.prepare({1, 0}) == AIR_OK);
  const Bytes z = bytes_of<float>({1, 2, 3, 4, 5, 6, 7, 8}), y = bytes_of<float>({8, 7, 6, 5, 4, 3, 2, 1});
  client.give({{0, 0, y}, {1, 0, z}});
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA})
    CHECK(client.run(inputs, 2, mode)[0] == z);
  CHECK(client.node_values<float>(0) == std::vector<float>{0, 2, 0, 4, 5, 0, 7, 0});
  CHECK(client.node_values<float>(1) == std::vector<float>{-8, -7, -6, -5, -4, -3, -2, -1});
  // Without them it is as before, prepared or not.
  client.give({});
  for (int i = 0; i < 2; ++i) {
    CHECK(values_of<float>(client.run(inputs, 2)[0]) == std::vector<float>{0, -2, 0, -4, -5, 0, -7, 0});
    REQUIRE(client.prepare({}) == AIR_OK);
  }
}

TEST_CASE("tensors that are resized are given in the size that they have") {
  Client client(descriptor(made_path("dynamic"), "builtin") + "&shape=1x3");
  GivenCheck check(client, {bytes_of<float>({1, -1, 2, 3, -3, 4})}, 2, readers_of(made_path("dynamic")));
  check.all_at_once();
  CHECK(check.n_effective() == 1);
}

TEST_CASE("a model with states begins anew when they are reset, with given values too") {
  Client client(descriptor(made_path("svdf"), "builtin"));
  const std::vector<Bytes> inputs = {bytes_of<float>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})};
  const Bytes given = bytes_of(std::vector<float>(3 * 6, 0.5F));
  const auto plain = client.run(inputs, 3, AIR_MODE_PER_LAYER_WITH_DATA);
  REQUIRE(client.prepare({0}) == AIR_OK);
  client.give({{0, 0, given}});
  for (int i = 0; i < 2; ++i) {
    CHECK(client.run(inputs, 3, AIR_MODE_PER_LAYER_WITH_DATA)[0] == given);
    CHECK(bytes_of(client.node_values<std::byte>(0)) == plain[0]);
    REQUIRE(air_reset_states(client.session(), nullptr) == AIR_OK);
  }
}

TEST_CASE("nodes whose values cannot be given are named, and the session stays as it was") {
  Client client(descriptor(made_path("where_inside"), "builtin"));
  const Bytes x = bytes_of<float>({1, -1, 1, -1});
  REQUIRE(client.prepare({2}) == AIR_OK);
  client.give({{2, 0, bytes_of<float>({5, 6, 7, 8})}});
  const auto is_prepared = [&] { return values_of<float>(client.run({x})[0]) == std::vector<float>{5, 6, 7, 8}; };
  CHECK(is_prepared());
  CHECK(client.prepare({2, 1}) == AIR_ERROR_UNSUPPORTED);
  CHECK_MESSAGE(last_failure(AIR_OK).tells("'where'"), last_failure(AIR_OK).text);
  const std::unique_ptr<air_token, decltype(&air_release_token)> token(air_make_token(), air_release_token);
  air_cancel(token.get());
  CHECK(client.prepare({0}, token.get()) == AIR_ERROR_CANCELLED);
  CHECK(is_prepared());
  Client splitting(descriptor(made_path("split"), "builtin"));
  CHECK(splitting.prepare({1}) == AIR_OK);
  CHECK(splitting.prepare({1, 0}) == AIR_ERROR_UNSUPPORTED);
  CHECK_MESSAGE(last_failure(AIR_OK).tells("node 'nothing'"), last_failure(AIR_OK).text);
}

TEST_CASE("a session that is prepared often takes no more memory for it") {
  Client client(descriptor(made_path("half_weights"), "builtin"));
  check_prepared_often(client, {0, 1}, 40);
}

TEST_CASE("tensors that the file does not call dynamic are given in the size that they have, too") {
  Client client(descriptor(made_path("fixed_inside"), "builtin") + "&shape=1x3");
  GivenCheck check(client, {bytes_of<float>({1, -1, 2, 3, -3, 4})}, 2, readers_of(made_path("fixed_inside")));
  check.all_at_once();
  CHECK(check.n_effective() == 1);
}

TEST_CASE("shapes that are computed from constants can be given") {
  Client client(descriptor(made_path("shaped_by_constant"), "builtin"));
  const std::vector<Bytes> inputs = {bytes_of<float>({1, -1, 2, 3})};
  const auto expected = client.run(inputs, 1, AIR_MODE_PER_LAYER_WITH_DATA);
  const auto data = [&client] {
    std::vector<Bytes> values;
    for (uint32_t node = 0; node < client.nodes().size(); ++node)
      values.push_back(bytes_of(client.node_values<std::byte>(node)));
    return values;
  };
  const std::vector<Bytes> own = data();
  REQUIRE(own.size() == 3);
  for (uint32_t node = 0; node < own.size(); ++node) {
    CAPTURE(node);
    REQUIRE_MESSAGE(client.prepare({node}) == AIR_OK, last_failure(AIR_OK).text);
    client.give({{node, 0, own[node]}});
    CHECK(client.run(inputs, 1, AIR_MODE_PER_LAYER_WITH_DATA) == expected);
    CHECK(data() == own);
  }
}

TEST_CASE("weights of every operator are rounded along its output channels, and nothing else is") {
  for (const std::string name : {"fully_connected", "matmul", "transposed_matmul", "conv", "depthwise",
                                 "transposed_conv", "bidirectional_rnn", "bidirectional_lstm"}) {
    CAPTURE(name);
    const std::vector<Bytes> x = {name == "depthwise"      ? bytes_of<float>({1, 10, 1, 10})
                                  : name.starts_with("bi") ? bytes_of<float>({0.001F, 0.003F})
                                                           : bytes_of<float>({1, 10})};
    const auto expected = Client(descriptor(made_path(name + "_rounded"), "builtin")).run(x);
    CHECK(Client(descriptor(made_path(name), "builtin")).run(x) != expected);
    CHECK(Client(descriptor(made_path(name), "builtin") + "&weights=int8-channel").run(x) == expected);
  }
}

TEST_CASE("weights that cannot be rounded for one operator alone are named") {
  for (const std::string how : {"factor", "branch", "output"}) {
    CAPTURE(how);
    const std::string plain = descriptor(made_path("tied_" + how), "builtin");
    CHECK(Client::refusal(plain).text.empty());
    const Failure failure = Client::refusal(plain + "&weights=int4");
    CHECK(failure.status == AIR_ERROR_UNSUPPORTED);
    CHECK_MESSAGE(failure.tells("'w' is also read as something else"), failure.text);
  }
}

TEST_CASE("without layers nothing can be given") {
  Client client(descriptor(made_path("chain"), "xnnpack") + "&cpu.flags=2");
  CHECK((client.info().capabilities & AIR_CAP_GIVEN) == 0);
  CHECK(client.prepare({0}) == AIR_ERROR_UNSUPPORTED);
  // No operator of it can be given.
  Client splitting(descriptor(made_path("split_only"), "builtin"));
  CHECK(splitting.info().n_nodes == 1);
  CHECK((splitting.info().capabilities & AIR_CAP_GIVEN) == 0);
}

TEST_CASE("an operator that is not to be had without a delegate shows in the run, and is named") {
  Client client(descriptor(made_path("delegate_only"), "xnnpack"));
  REQUIRE(client.prepare({0}) == AIR_OK);
  client.give({{0, 0, bytes_of(std::vector<float>(64, 1.0F))}});
  std::vector<Bytes> ignored;
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
    CHECK(client.try_run({bytes_of(std::vector<float>(16, 1.0F))}, 1, mode, ignored) == AIR_ERROR_UNSUPPORTED);
    const Failure failure = last_failure(AIR_OK);
    CHECK_MESSAGE(failure.tells("operator 0 (Convolution2DTransposeBias)"), failure.text);
    CHECK_MESSAGE(failure.tells("give no values"), failure.text);
  }
}

TEST_CASE("operators alone compute what they compute in the whole") {
  for (const std::string dtype : {"float32", "int8"}) {
    const Bytes all = digits_images(dtype);
    const auto size = static_cast<ptrdiff_t>(all.size() / kDigitsImages * 2);
    const std::string path = digits("digits_" + dtype + ".tflite").string();
    Whole whole(descriptor(path, "builtin"), {Bytes(all.begin(), all.begin() + size)}, 2);
    whole.check_each();
    CHECK(whole.check_alone("only=conv_2,conv_3") == 2);
  }
  struct Case {
    const char *name;
    std::vector<Bytes> inputs;  // one sample
  };
  const Bytes four = bytes_of<float>({-1, 2, -3, 4}), bytes = bytes_of<int8_t>({2, 4, 6, 8});
  for (const Case &c : {Case{"chain", {four}}, Case{"signature", {four}}, Case{"int8", {bytes, bytes}},
                        Case{"half_weights", {four}}, Case{"free_two", {four, four}}, Case{"per_channel", {bytes}},
                        Case{"elu", {four}}, Case{"gather", {bytes_of<int32_t>({0, 2})}}}) {
    CAPTURE(c.name);
    Whole(descriptor(made_path(c.name), "builtin"), c.inputs, 1).check_each();
  }
  // With the operators that make its weights of float16.
  CHECK(Whole(descriptor(made_path("half_weights"), "builtin"), {four}, 1).check_alone("only=y") == 2);
}

TEST_CASE("operators alone are a file, too, and what cannot be is refused") {
  const TemporaryFolder folder;
  const Bytes all = digits_images("int8");
  const auto size = static_cast<ptrdiff_t>(all.size() / kDigitsImages);
  const std::string path = descriptor(digits("digits_int8.tflite").string(), "builtin");
  Whole whole(path, {Bytes(all.begin(), all.begin() + size)}, 1);
  const std::string saved = (folder.path() / "conv_3.tflite").string();
  CHECK(whole.check_alone("only=conv_3&save=" + saved) == 1);
  CHECK(whole.check_model(descriptor(saved, "builtin")) == 1);
  const Client part(descriptor(saved, "builtin"));
  CHECK(part.info().outputs[0]->quantization->scales[0] > 0);
  CHECK(std::filesystem::file_size(saved) < std::filesystem::file_size(digits("digits_int8.tflite")) / 3);
  check_refusals(path, "conv_3");
  const std::string branches = descriptor(made_path("branches"), "builtin");
  Client whole_branches(branches);
  whole_branches.run({bytes_of<float>({-1, 2, -3, 4}), bytes_of<uint8_t>({1})}, 1, AIR_MODE_PER_LAYER);
  bool refused = false;
  for (uint32_t i = 0; i < whole_branches.nodes().size(); ++i)
    refused =
        refused ||
        Client::refusal(branches + "&only=#" + std::to_string(i)).tells("its options name other graphs of the file");
  CHECK(refused);
}
