// SPDX-License-Identifier: BSD-3-Clause
// Given values: they lie in the network's memory when what follows a node begins, in every mode and wherever inputs and outputs are.
#include <doctest/doctest.h>

#include "support.h"

namespace air::stlib::test {
namespace {

// Node 1 of `tiny` gives two int8, which node 2 makes real: (q + 3) * 0.5.
constexpr uint32_t kPool = 1;

std::vector<float> output_of(const Bytes &pooled) {
  std::vector<float> output;
  for (const unsigned char q : pooled) output.push_back(static_cast<float>(static_cast<int8_t>(q) + 3) * 0.5F);
  return output;
}

const std::vector<std::string> kObserved = {"tiny-legacy", "tiny-st-ai", "tiny-user-io-legacy", "tiny-user-io-st-ai",
                                            "tiny-low-level-observer-legacy"};

TEST_CASE("given: in every mode, at any alignment, and only where they are given") {
  const Bytes input = tiny_input(3);
  const Bytes given = {1, 2, 250, 40, 5, 6};
  for (const std::string &library : kObserved) {
    INFO(library);
    Client client(fixture(library));
    CHECK((client.model().capabilities & AIR_CAP_GIVEN) != 0);
    const Outcome free = client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
    REQUIRE(client.prepare({kPool}).status == AIR_OK);
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
      for (const size_t misalignment : {0U, 1U}) {
        const Outcome outcome = client.run({input}, {.mode = mode, .misalignment = misalignment, .given = {given}});
        REQUIRE(outcome.status == AIR_OK);
        CHECK(values_of<float>(outcome.outputs[0]) == output_of(given));
        if (mode != AIR_MODE_PER_LAYER_WITH_DATA) continue;
        for (size_t i = 0; i < outcome.nodes.size(); ++i) {
          const NodeSeen &seen = outcome.nodes[i];
          if (seen.index < kPool || (seen.index == kPool && !seen.begins)) CHECK(seen.data == free.nodes[i].data);
        }
      }
    }
    CHECK(client.run({input}).outputs == free.outputs);
    CHECK(values_of<float>(client.run({input}, {.given = {given}}).outputs[0]) == output_of(given));
    CHECK(client.reset_states() == (library.ends_with("legacy") ? AIR_OK : AIR_ERROR_UNSUPPORTED));
    CHECK(values_of<float>(client.run({input}, {.given = {given}}).outputs[0]) == output_of(given));
  }
}

TEST_CASE("given: the last node, whose output is the model's") {
  const Bytes input = tiny_input(2);
  const std::vector<float> given = {1.25F, -7.0F, 0.0F, 3.5F};
  for (const std::string &library : kObserved) {
    INFO(library);
    Client client(fixture(library));
    client.run({input}, {.mode = AIR_MODE_PER_LAYER});
    REQUIRE(client.prepare({2}).status == AIR_OK);
    const Outcome outcome = client.run({input}, {.given = {bytes_of(given)}});
    CHECK(values_of<float>(outcome.outputs[0]) == given);
  }
}

TEST_CASE("given: several outputs of several nodes, in the order of preparing") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    INFO(flavour);
    Client client(fixture("segments-" + flavour));
    const Bytes input = {1, 2, 3, 4, 5, 6, 7, 8};
    const Outcome free = client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
    REQUIRE(client.prepare({2, 0}).status == AIR_OK);
    const NodeSeen &last = free.nodes[5];
    REQUIRE(last.index == 2);
    std::vector<Bytes> given = last.data;
    given.push_back({9, 9, 9, 9});
    given.push_back({7, 7, 7, 7});
    const Outcome outcome = client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA, .given = given});
    REQUIRE(outcome.status == AIR_OK);
    CHECK(outcome.outputs == free.outputs);
    CHECK(outcome.nodes[1].data == free.nodes[1].data);
    CHECK(outcome.nodes[4].data == std::vector<Bytes>{{9, 9, 9, 9}, {7, 7, 7, 7}});
  }
}

TEST_CASE("given: a node that is not known, or that does not run") {
  Client fresh(fixture("tiny-st-ai"));
  CHECK(fresh.prepare({0}).status == AIR_ERROR_UNSUPPORTED);
  Client client(fixture("hostile-skipped-node-st-ai"));
  const Bytes input = tiny_input(1);
  const Outcome free = client.run({input}, {.mode = AIR_MODE_PER_LAYER});
  REQUIRE(client.prepare({1}).status == AIR_OK);
  const Outcome outcome = client.run({input}, {.given = {{1, 2}}});
  CHECK(outcome.status == AIR_ERROR_UNSUPPORTED);
  CHECK(outcome.failure.tells("0 of 1 nodes could be given values"));
  CHECK(client.run({input}).outputs == free.outputs);
}

TEST_CASE("given: networks that tell untrue things about their nodes are not harmed") {
  constexpr const char *kFolders[] = {
      "hostile-observer-unknown-nodes",  "hostile-observer-null-tensors",    "hostile-observer-many-tensors",
      "hostile-observer-null-data",      "hostile-observer-tensor-shapes",   "hostile-observer-stop-only",
      "hostile-observer-repeated-nodes", "hostile-observer-register-fails",  "hostile-unknown-nodes-st-ai",
      "hostile-null-tensors-st-ai",      "hostile-many-tensors-st-ai",       "hostile-null-data-st-ai",
      "hostile-stop-only-st-ai",         "hostile-repeated-nodes-st-ai",     "hostile-details-indices-st-ai",
      "hostile-details-null-st-ai",      "hostile-details-many-nodes-st-ai", "hostile-details-shapes-st-ai"};
  const Bytes input = tiny_input(1);
  const std::vector<Bytes> given(64, Bytes(65'536));  // enough for whatever they describe
  for (const char *folder : kFolders) {
    INFO(std::string(folder));
    Client client(fixture(folder));
    client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
    if (client.prepare({kPool}).status == AIR_OK) {
      const Outcome outcome = client.run({input}, {.given = given});
      INFO(outcome.failure.message);
      CHECK((outcome.status == AIR_OK || outcome.status == AIR_ERROR_UNSUPPORTED));
    }
    CHECK(values_of<float>(client.run({input}).outputs[0]) == tiny_output(input));
  }
}

}  // namespace
}  // namespace air::stlib::test
