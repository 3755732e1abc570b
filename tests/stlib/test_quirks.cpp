// SPDX-License-Identifier: BSD-3-Clause
// The quirks of the reference client (specification of host libraries, appendix A) that this backend does not have. Q9 and Q15 belong
// to conversions and to the recorder of the library, which have tests of their own.
#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "stlib/model/nodes.h"
#include "stlib/model/vendor_errors.h"
#include "support.h"

namespace air::stlib::test {
namespace {

constexpr uint32_t kPerLayer = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA;

TEST_CASE("Q1: without libai_observer a legacy model runs, and a st-ai model is even profiled") {
  const Bytes input = tiny_input(2);
  Client legacy(fixture("tiny-no-observer-legacy"));
  CHECK((legacy.model().capabilities & kPerLayer) == 0);
  CHECK(values_of<float>(legacy.run({input}).outputs[0]) == tiny_output(input));
  CHECK_FALSE(std::filesystem::exists(fixture("tiny-st-ai/libai_observer.so")));
  CHECK((Client(fixture("tiny-st-ai")).model().capabilities & kPerLayer) == kPerLayer);
}

TEST_CASE("Q2: a st-ai library without details runs and gives node times") {
  Client client(fixture("tiny-no-details-st-ai"));
  CHECK((client.model().capabilities & kPerLayer) == AIR_CAP_PER_LAYER);
  const Bytes input = tiny_input(2);
  const Outcome outcome = client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
  CHECK(values_of<float>(outcome.outputs[0]) == tiny_output(input));
  REQUIRE(outcome.count(false) == 6);
  CHECK(outcome.nodes[0].node->layer_number == 8);
  CHECK(outcome.nodes[0].node->outputs.empty());
}

TEST_CASE("Q3: one duration for each sample in every mode") {
  for (const char *library : {"tiny-legacy", "tiny-st-ai"}) {
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
      const Outcome outcome = Client(fixture(library)).run({tiny_input(7)}, {.mode = mode});
      CHECK(outcome.results.size() == 7);
      CHECK(outcome.nodes.empty() == (mode == AIR_MODE_IO_ONLY));
    }
  }
}

TEST_CASE("Q4: node callbacks come for st-ai models too") {
  const Outcome outcome = Client(fixture("tiny-st-ai")).run({tiny_input(1)}, {.mode = AIR_MODE_PER_LAYER});
  CHECK(outcome.count(true) == 3);
  CHECK(outcome.count(false) == 3);
}

TEST_CASE("Q5: node data of st-ai models have their shape") {
  Client client(fixture("tiny-st-ai"));
  const Outcome outcome = client.run({tiny_input(1)}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
  CHECK(outcome.nodes[1].node->outputs[0].shape == std::vector<int64_t>{4, 4, 2});
}

TEST_CASE("Q6: weights of the user live as long as the connection") {
  std::unique_ptr<Client> client;
  {
    Bytes block = {0xFF, 0, 0, 0, 0, 0, 0, 0};
    client = std::make_unique<Client>(fixture("tiny-no-weights-st-ai"), ConnectArguments{.weights = {block}});
    std::fill(block.begin(), block.end(), static_cast<unsigned char>(0x55));
  }
  const Bytes input = tiny_input(2);
  CHECK(values_of<float>(client->run({input}).outputs[0]) == tiny_output(input));
}

TEST_CASE("Q7: tensors have the names the library gives them") {
  Client named(fixture("formats-st-ai"));
  CHECK(named.input(2).name == std::string("flag"));
  CHECK(named.output(1).name == std::string("q4_11_out"));
  CHECK(Client(fixture("tiny-st-ai")).input().name == std::string("input_1"));
}

TEST_CASE("Q8: outputs of every format work with the st-ai API") {
  Client client(fixture("formats-st-ai"));
  std::vector<Bytes> inputs;
  for (uint32_t i = 0; i < client.model().n_inputs; ++i) inputs.emplace_back(size_of(client.input(i)));
  CHECK(client.run(inputs).status == AIR_OK);
  CHECK(client.output(0).dtype == AIR_DTYPE_FLOAT64);
  CHECK(client.output(5).dtype == AIR_DTYPE_FLOAT16);
}

TEST_CASE("Q10: an emulated library is known by the name that was found") {
  Client forced(fixture("tiny-emulation"), {.options = {{"api", "legacy"}}});
  CHECK((forced.model().capabilities & kPerLayer) == 0);
  CHECK(forced.run({tiny_input(1)}, {.mode = AIR_MODE_PER_LAYER}).nodes.empty());
}

TEST_CASE("Q11: activations have the size that the library asks for") {
  CHECK(Client(fixture("tiny-st-ai")).model().activations_bytes == 100);
  // One byte more than asked for would hide this overrun.
  CHECK(Client(fixture("hostile-writes-activations-st-ai")).run({tiny_input(1)}).status == AIR_ERROR_CORRUPTED);
}

TEST_CASE("Q12: outputs inside activations are those of their sample") {
  for (const char *library : {"tiny-legacy", "tiny-st-ai"}) {
    const Bytes input = tiny_input(16);
    const std::vector<float> expected = tiny_output(input);
    CHECK(std::adjacent_find(expected.begin(), expected.end(), std::not_equal_to<>()) != expected.end());
    CHECK(values_of<float>(Client(fixture(library)).run({input}).outputs[0]) == expected);
  }
}

TEST_CASE("Q13: an error inside a callback fails the run") {
  const HostLog log{backend::Log(nullptr)};
  NodeTracker tracker(log);
  const air_run empty{};
  backend::Run run(empty);
  tracker.begin_run(run);
  CHECK(tracker.active());
  tracker.keep(std::make_exception_ptr(std::runtime_error("inside")));
  tracker.keep(std::make_exception_ptr(std::runtime_error("later")));
  CHECK_FALSE(tracker.active());
  CHECK_THROWS_WITH(tracker.end_run(), "inside");
  tracker.begin_run(run);
  CHECK_NOTHROW(tracker.end_run());
}

TEST_CASE("Q14: nothing is observed unless a per-layer mode runs") {
  for (const char *library : {"tiny-legacy", "tiny-st-ai", "tiny-low-level-observer-legacy"}) {
    Client client(fixture(library));
    CHECK(client.run({tiny_input(2)}, {.mode = AIR_MODE_PER_LAYER}).nodes.size() == 12);
    const Outcome outcome = client.run({tiny_input(2)});
    CHECK(outcome.nodes.empty());
    for (const air_run_result &result : outcome.results) CHECK(result.device_ns == result.run_ns);
  }
}

TEST_CASE("Q16: the report of X-CUBE-AI 8.0 is read") {
  Client client(fixture("hostile-macc-32-legacy"));
  CHECK(client.model().macc == 123456);
  CHECK(client.model().n_nodes == 3);
  CHECK(client.model().n_inputs == 1);
}

TEST_CASE("Q17: node types have the names of the runtime's release") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    const auto description = [&](const std::string &library) {
      Client client(fixture(library + flavour));
      return std::string(client.run({tiny_input(1)}, {.mode = AIR_MODE_PER_LAYER}).nodes[0].node->operation);
    };
    CHECK(description("tiny-runtime-9-") == "LinearClassifier (0x12a)");
    CHECK(description("tiny-runtime-12-") == "TopK (0x12a)");
  }
}

TEST_CASE("Q18: nothing is left: no file, no descriptor, no mapping") {
  const size_t n_files = count_open_files();
  for (const char *library :
       {"tiny-legacy", "tiny-st-ai", "accumulator-st-ai", "two-models-legacy", "tiny-low-level-observer-legacy"}) {
    Client client(fixture(library));
    CHECK(count_mappings("memfd:libai_") > 0);
  }
  for (const char *library : {"tiny-no-weights-legacy", "tiny-no-weights-st-ai", "hostile-no-symbols",
                              "hostile-unresolved", "hostile-init-fails-legacy"}) {
    Client::refusal(fixture(library));
  }
  CHECK(count_open_files() == n_files);
  CHECK(count_mappings("memfd:libai_") == 0);
}

TEST_CASE("Q19: the type of an error counts, even without a code") {
  ai_error error{};
  error.type = AI_ERROR_INVALID_STATE;
  CHECK(is_error(error));
  error.type = 0;
  CHECK_FALSE(is_error(error));
}

TEST_CASE("Q20: the search takes libraries only, in a fixed order") {
  const TemporaryFolder folder;
  for (const char *name : {"libai_network.json", "libai_network.so.1", "libai_network.dll.a", "libai_observer.so"})
    folder.touch(name);
  CHECK(Client::refusal(folder.path().string()).status == AIR_ERROR_NOT_FOUND);
  std::filesystem::create_directory(folder.path() / "libai_observer.files");
  std::filesystem::copy(fixture("tiny-st-ai/libai_network.so"),
                        folder.path() / "libai_observer.files/libai_network.so");
  CHECK(Client(folder.path().string()).model().name == std::string("network"));
}

}  // namespace
}  // namespace air::stlib::test
