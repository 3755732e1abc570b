// SPDX-License-Identifier: BSD-3-Clause
// Connecting: flavours, c-names, description, options, weights, copies, unloading.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <span>
#include <thread>

#include "stlib/abi/formats.h"
#include "support.h"

namespace air::stlib::test {
namespace fs = std::filesystem;
namespace {

TEST_CASE("connect: a plugin of another ABI version is not there") {
  CHECK(air_backend_query(AIR_BACKEND_ABI_VERSION + 1, nullptr) == nullptr);
  CHECK(air_backend_query(0, nullptr) == nullptr);
  CHECK(table().name == std::string("stlib"));
  CHECK(table().schemes[0] == std::string("file"));
  CHECK(table().schemes[1] == std::string("lib"));
  CHECK(table().schemes[2] == nullptr);
}

TEST_CASE("connect: description of a legacy model") {
  Client client(fixture("tiny-legacy"));
  const air_backend_model &model = client.model();
  CHECK(model.name == std::string("network"));
  CHECK(client.property("hash") == "0x0123456789abcdef0123456789abcdef");
  CHECK(client.property("model_datetime") == "2026-11-22T00:00:00+0000");
  CHECK(client.property("compile_datetime") == "Nov 22 2026 00:00:00");
  CHECK(client.property("runtime") == "ST.AI (legacy api)");
  CHECK(client.property("device.type") == "HOST");
  CHECK(client.property("flags") == "");
  CHECK(model.macc == 123456);
  CHECK(model.n_nodes == 3);
  CHECK(model.weights_bytes == 8);
  CHECK(model.activations_bytes == 100);
  CHECK(model.activations_pools[0].name == std::string("act_1"));
  CHECK(shape_of(model.weights_pools[0]) == std::vector<int64_t>{1, 1, 8});
  CHECK(client.input().name == std::string("input_1"));
  CHECK(client.input().tag == std::string("I.0"));
  CHECK(client.property("st.format.I.0") == std::to_string(ST_FORMAT_S8 | ST_FORMAT_FLAG_IO));
  CHECK(client.property("st.format.O.0") == std::to_string(ST_FORMAT_FLOAT32 | ST_FORMAT_FLAG_IO));
  CHECK(client.input().dtype == AIR_DTYPE_INT8);
  CHECK(client.input().encoding == AIR_ENCODING_QUANTIZED);
  CHECK(client.input().scales[0] == 0.5F);
  CHECK(client.input().zero_points[0] == -3);
  CHECK((client.input().flags & AIR_TENSOR_IN_ACTIVATIONS) != 0);
  CHECK(shape_of(client.input()) == std::vector<int64_t>{4, 4, 2});
  CHECK(shape_of(client.output()) == std::vector<int64_t>{1, 1, 2});
}

TEST_CASE("connect: description of a st-ai model") {
  Client client(fixture("tiny-st-ai"));
  const air_backend_model &model = client.model();
  CHECK(client.property("runtime") == "ST.AI (st-ai api)");
  CHECK(client.property("flags") == "flag_inputs,flag_outputs,flag_weights");
  CHECK(model.weights_bytes == 8);
  CHECK(model.activations_bytes == 100);
  CHECK(model.states_bytes == AIR_BACKEND_ZERO);
  CHECK(shape_of(client.output()) == std::vector<int64_t>{2});
  CHECK((client.output().flags & AIR_TENSOR_WITHOUT_BATCH) == 0);
  CHECK((model.capabilities & AIR_CAP_RESET_STATES) == 0);
}

TEST_CASE("connect: a library that stays is not taken for the next one, nor for itself as it was built again") {
  TemporaryFolder folder;
  const auto shape_in = [&](const std::string &name, const std::string &as) {
    const fs::path built = folder.path() / as;  // other tests look for what a libai_... has left
    fs::copy_file(fixture(name + "/libai_network.so"), built, fs::copy_options::overwrite_existing);
    return shape_of(Client(built.string()).input());
  };
  const auto tiny = shape_in("tiny-st-ai", "tiny.so"), io = shape_in("io-st-ai", "io.so");
  REQUIRE(tiny != io);
  for (const std::string other : {"stays.so", "stays-too.so", "stays.so"}) {
    CHECK(shape_in("tiny-stays-st-ai", "stays.so") == tiny);
    CHECK(shape_in("io-stays-st-ai", other) == io);
  }
}

TEST_CASE("connect: addresses of inputs and outputs inside activations, and of no others") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    Client inside(fixture("tiny-" + flavour));
    for (const char *key : {"st.address.I.0", "st.address.O.0"})
      CHECK(std::stoull(inside.property(key), nullptr, 16) != 0);
    CHECK(inside.property("st.address.I.0") != inside.property("st.address.O.0"));
    CHECK(Client(fixture("tiny-user-io-" + flavour)).property("st.address.I.0") == "");
  }
}

TEST_CASE("connect: MACC beyond 32 bits, in both flavours") {
  CHECK(Client(fixture("tiny-big-macc-legacy")).model().macc == 5000000000U);
  CHECK(Client(fixture("tiny-big-macc-st-ai")).model().macc == 5000000000U);
}

TEST_CASE("connect: the c-name is found whatever the file is called") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    CHECK(Client(fixture("tiny-kws-" + flavour)).model().name == std::string("kws"));
    CHECK(Client(fixture("tiny-renamed-" + flavour)).model().name == std::string("network"));
    CHECK(Client(fixture("tiny-kws-" + flavour), {.name = "kws"}).model().name == std::string("kws"));
    CHECK(Client(fixture("tiny-kws-" + flavour), {.options = {{"name", "kws"}}}).model().name == std::string("kws"));
    const Failure failure = Client::refusal(fixture("tiny-kws-" + flavour), {.name = "other"});
    CHECK(failure.status == AIR_ERROR_NOT_FOUND);
    CHECK(failure.tells("'other'"));
    CHECK(failure.tells("kws"));
  }
}

TEST_CASE("connect: several c-names are several models") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    Client both(fixture("two-models-" + flavour));
    REQUIRE(both.info().n_models == 2);
    CHECK(both.model(0).name != std::string(both.model(1).name));
    Client one(fixture("two-models-" + flavour), {.name = "encoder"});
    REQUIRE(one.info().n_models == 1);
    CHECK(one.info().descriptor == "file:" + fixture("two-models-" + flavour) + "/libai_two.so?name=encoder");
    const Failure failure = Client::refusal(fixture("two-models-" + flavour), {.weights = {Bytes(8)}});
    CHECK(failure.status == AIR_ERROR_AMBIGUOUS);
  }
}

TEST_CASE("connect: one of several models that cannot be used leaves the others") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    CAPTURE(flavour);
    const std::string library = fixture("one-of-two-" + flavour);
    take_log();
    Client client(library);
    REQUIRE(client.info().n_models == 1);
    CHECK(client.model().name == std::string("decoder"));
    CHECK(contains(take_log(), "model 'encoder' cannot be used: model 'encoder': Shared library should be generated"));
    const Failure encoder = Client::refusal(library, {.name = "encoder"});
    CHECK(encoder.status == AIR_ERROR_WEIGHTS);
    CHECK(encoder.tells("#1: 8 bytes"));
    const Failure other = Client::refusal(library, {.name = "other"});
    CHECK(other.status == AIR_ERROR_NOT_FOUND);
    CHECK(other.tells("model 'encoder' cannot be used"));
    Client given(library, {.options = {{"weights", fixture("weights/tiny/weights.bin")}}, .name = "encoder"});
    CHECK(given.model().name == std::string("encoder"));
  }
}

TEST_CASE("connect: the canonical descriptor carries what is needed to connect again") {
  const std::string weights = fixture("weights/tiny/weights.bin");
  Client client(fixture("tiny-no-weights-st-ai"), {.options = {{"weights", weights}, {"api", "st-ai"}, {"copy", "0"}}});
  CHECK(client.info().descriptor ==
        "file:" + fixture("tiny-no-weights-st-ai/libai_network.so") + "?weights=" + weights + "&api=st-ai&copy=0");

  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "100% a?b");
  fs::copy(fixture("tiny-st-ai/libai_network.so"), folder.path() / "100% a?b/libai_network.so");
  Client odd((folder.path() / "100% a?b").string());
  CHECK(std::string(odd.info().descriptor).ends_with("/100%25%20a%3Fb/libai_network.so"));
}

// The library refuses what does not fit this.
TEST_CASE("connect: options are described") {
  const std::span options(table().options, table().n_options);
  const auto described = [&](const std::string &key) {
    const auto found = std::ranges::find(options, key, [](const air_backend_option &option) { return option.key; });
    REQUIRE(found != options.end());
    CHECK(found->struct_size == sizeof(air_backend_option));
    CHECK(std::string(found->text) != "");
    return *found;
  };
  const auto choices = [](const air_backend_option &option) {
    std::vector<std::string> list;
    for (const char *const *choice = option.choices; *choice != nullptr; ++choice) list.emplace_back(*choice);
    return list;
  };
  CHECK(options.size() == 5);
  CHECK(described("name").type == AIR_OPTION_TEXT);
  CHECK(described("weights").type == AIR_OPTION_PATH);
  CHECK(described("api").type == AIR_OPTION_CHOICE);
  CHECK(choices(described("api")) == std::vector<std::string>{"legacy", "st-ai"});
  CHECK(described("copy").type == AIR_OPTION_FLAG);
  CHECK(described("batch").type == AIR_OPTION_NUMBER);
  CHECK(choices(described("batch")) == std::vector<std::string>{"1", "65536"});
  CHECK(described("batch").default_value == std::string("1"));
  for (const char *key : {"name", "weights", "api", "copy"}) CHECK(described(key).default_value == nullptr);
}

TEST_CASE("connect: options that do not fit the library are refused") {
  const auto refusal = [](const char *key, const char *value) {
    return Client::refusal(fixture("tiny-st-ai"), {.options = {{key, value}}});
  };
  CHECK(refusal("weights", "").status == AIR_ERROR_INVALID_DESCRIPTOR);
  CHECK(refusal("api", "legacy").status == AIR_ERROR_INVALID_MODEL);
  CHECK(refusal("batch", "4").status == AIR_ERROR_UNSUPPORTED);
  CHECK(Client::refusal(fixture("tiny-legacy"), {.options = {{"batch", "4"}}}).status == AIR_ERROR_UNSUPPORTED);
}

TEST_CASE("connect: missing weights are told with the bytes of each segment") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    const Failure tiny = Client::refusal(fixture("tiny-no-weights-" + flavour));
    CHECK(tiny.status == AIR_ERROR_WEIGHTS);
    CHECK(tiny.tells("#1: 8 bytes"));
    const Failure segments = Client::refusal(fixture("segments-no-weights-" + flavour));
    CHECK(segments.status == AIR_ERROR_WEIGHTS);
    CHECK(segments.tells("#1: 4 bytes, #3: 8 bytes"));
  }
}

TEST_CASE("connect: weights are taken from files and buffers, and checked") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    const std::string library = fixture("tiny-no-weights-" + flavour);
    const auto file = [](const char *name) {
      return ConnectArguments{.options = {{"weights", fixture("weights/tiny/") + name}}};
    };
    const Bytes input = tiny_input(3);
    CHECK(values_of<float>(Client(library, file("weights.bin")).run({input}).outputs[0]) == tiny_output(input));
    Bytes block = {0xFF, 0, 0, 0, 0, 0, 0, 0};
    CHECK(values_of<float>(Client(library, {.weights = {block}}).run({input}).outputs[0]) == tiny_output(input));
    for (const char *name : {"short.bin", "long.bin", "empty.bin"}) {
      const Failure failure = Client::refusal(library, file(name));
      CHECK(failure.status == AIR_ERROR_WEIGHTS);
      CHECK(failure.tells("Provided weights size are incompatible"));
    }
    CHECK(Client::refusal(library, {.weights = {block, block}})
              .tells("Provided weights count are incompatible (got: 2 expected: 1)"));
    CHECK(Client::refusal(library, file("none.bin")).status == AIR_ERROR_NOT_FOUND);
    CHECK(Client::refusal(library, {.options = {{"weights", fixture("weights")}}}).status == AIR_ERROR_WEIGHTS);
    CHECK(Client::refusal(library, {.options = {{"weights", fixture("weights/tiny/weights.bin")}}, .weights = {block}})
              .status == AIR_ERROR_INVALID_ARGUMENT);
  }
}

TEST_CASE("connect: several segments, one of them empty") {
  const std::string folder = fixture("weights/segments/");
  const Bytes input = {1, 2, 3, 4, 5, 6, 7, 8};
  const Bytes expected = {2 + 15, 4 + 18, 6 + 21, 8 + 24};
  for (const std::string flavour : {"legacy", "st-ai"}) {
    CHECK(Client(fixture("segments-" + flavour)).run({input}).outputs[0] == expected);
    for (const std::string &files : {folder + "weights_0.bin," + folder + "weights_1.bin," + folder + "weights_2.bin",
                                     folder + "weights_0.bin," + folder + "weights_2.bin"}) {
      Client client(fixture("segments-no-weights-" + flavour), {.options = {{"weights", files}}});
      CHECK(client.run({input}).outputs[0] == expected);
    }
  }
}

TEST_CASE("connect: given weights replace those of a st-ai library; a legacy library keeps its own") {
  const ConnectArguments identity = {.options = {{"weights", fixture("weights/tiny/identity.bin")}}};
  const Bytes input(32, 5);
  CHECK(values_of<float>(Client(fixture("tiny-st-ai"), identity).run({input}).outputs[0])[0] == 4.0F);
  CHECK(values_of<float>(Client(fixture("tiny-legacy"), identity).run({input}).outputs[0])[0] == -1.0F);
}

TEST_CASE("connect: a library with both APIs is used through the better one, and can be forced") {
  const std::string library = fixture("tiny-emulation");
  Client better(library);
  CHECK(better.property("runtime") == "ST.AI (st-ai api)");
  CHECK((better.model().capabilities & AIR_CAP_PER_LAYER) != 0);
  Client forced(library, {.options = {{"api", "legacy"}}});
  CHECK(forced.property("runtime") == "ST.AI (legacy api)");
  const Bytes input = tiny_input(2);
  CHECK(better.run({input}).outputs == forced.run({input}).outputs);
}

TEST_CASE("connect: connections are independent copies") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    Client first(fixture("accumulator-" + flavour)), second(fixture("accumulator-" + flavour));
    const Bytes ones = bytes_of(std::vector<float>(4, 1.0F));
    first.run({ones});
    CHECK(values_of<float>(first.run({ones}).outputs[0])[0] == 2.0F);
    CHECK(values_of<float>(second.run({ones}).outputs[0])[0] == 1.0F);
  }
}

TEST_CASE("connect: without a copy a legacy library can be connected again") {
  const ConnectArguments arguments = {.options = {{"copy", "0"}, {"weights", fixture("weights/tiny/weights.bin")}}};
  const Bytes input = tiny_input(1);
  for (int i = 0; i < 3; ++i) {
    Client client(fixture("tiny-no-weights-legacy"), arguments);
    CHECK(count_mappings("tiny-no-weights-legacy/libai_network.so") > 0);
    CHECK(values_of<float>(client.run({input}).outputs[0]) == tiny_output(input));
  }
  CHECK(Client::refusal(fixture("tiny-no-weights-legacy"), {.options = {{"copy", "0"}}}).status == AIR_ERROR_WEIGHTS);
}

TEST_CASE("connect: without a copy a legacy library serves one connection at a time") {
  const ConnectArguments arguments = {.options = {{"copy", "0"}}};
  const Bytes input = tiny_input(1);
  for (int i = 0; i < 2; ++i) {
    Client client(fixture("tiny-legacy"), arguments);
    const Failure refused = Client::refusal(fixture("tiny-legacy"), arguments);
    CHECK(refused.status == AIR_ERROR_BUSY);
    CHECK(refused.tells("leave out copy=0"));
    CHECK(values_of<float>(client.run({input}).outputs[0]) == tiny_output(input));
    CHECK(values_of<float>(Client(fixture("tiny-legacy")).run({input}).outputs[0]) == tiny_output(input));
  }
}

TEST_CASE("connect: the environment can forbid the copy") {
  setenv("AI_RUNNER_FORCE_NO_DLL_COPY", "1", 1);
  {
    Client client(fixture("tiny-st-ai"));
    CHECK(count_mappings("tiny-st-ai/libai_network.so") > 0);
  }
  setenv("AI_RUNNER_FORCE_NO_DLL_COPY", "", 1);
  Client client(fixture("tiny-st-ai"));
  CHECK(count_mappings("tiny-st-ai/libai_network.so") == 0);
  unsetenv("AI_RUNNER_FORCE_NO_DLL_COPY");
}

// A file name this long is more than a file in memory can have, so that the copy is made in the folder for temporary files.
TEST_CASE("connect: the copy in a temporary file is removed at once, also when connecting fails") {
  const TemporaryFolder library, temporary;
  const fs::path good = library.path() / ("libai_" + std::string(245, 'x') + ".so");
  fs::copy(fixture("tiny-st-ai/libai_network.so"), good);
  setenv("TMPDIR", temporary.path().c_str(), 1);
  {
    Client client(good.string());
    CHECK(count_mappings(temporary.path().string()) > 0);
    CHECK(fs::is_empty(temporary.path()));
    const Bytes input = tiny_input(1);
    CHECK(values_of<float>(client.run({input}).outputs[0]) == tiny_output(input));
  }
  fs::copy(fixture("hostile-unresolved/libai_network.so"), good, fs::copy_options::overwrite_existing);
  CHECK(Client::refusal(good.string()).status == AIR_ERROR_INVALID_MODEL);
  fs::copy(fixture("tiny-no-weights-st-ai/libai_network.so"), good, fs::copy_options::overwrite_existing);
  CHECK(Client::refusal(good.string()).status == AIR_ERROR_WEIGHTS);
  unsetenv("TMPDIR");
  CHECK(fs::is_empty(temporary.path()));
  CHECK(count_mappings(temporary.path().string()) == 0);
}

TEST_CASE("connect: the log tells the library taken and the others") {
  take_log();
  Client client(fixture("weights/.."));
  const std::vector<std::string> log = take_log();
  CHECK(contains(log, "library '"));
  CHECK(contains(log, "not taken: '"));
}

TEST_CASE("connect: many threads at once") {
  std::vector<std::thread> threads;
  std::vector<int> n_good(4, 0);
  for (size_t t = 0; t < n_good.size(); ++t) {
    threads.emplace_back([&, t] {
      const Bytes input = tiny_input(20);
      const std::vector<float> expected = tiny_output(input);
      for (int i = 0; i < 10; ++i) {
        Client client(fixture((t + static_cast<size_t>(i)) % 2 == 0 ? "tiny-legacy" : "tiny-st-ai"));
        const Outcome outcome = client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
        if (values_of<float>(outcome.outputs[0]) == expected && outcome.count(false) == 60) ++n_good[t];
      }
    });
  }
  for (std::thread &thread : threads) thread.join();
  CHECK(n_good == std::vector<int>(4, 10));
}

}  // namespace
}  // namespace air::stlib::test
