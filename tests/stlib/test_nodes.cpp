// SPDX-License-Identifier: BSD-3-Clause
// Observed nodes: order, descriptions, data in their true shapes, stopping, times.
#include <doctest/doctest.h>

#include <algorithm>

#include "stlib/abi/formats.h"
#include "support.h"

namespace air::stlib::test {
namespace {

const std::vector<std::string> kObserved = {"tiny-legacy", "tiny-st-ai", "tiny-user-io-legacy", "tiny-user-io-st-ai",
                                            "tiny-low-level-observer-legacy"};

uint32_t format_of(const backend::Node &node, const std::string &tag) {
  const auto found =
      std::ranges::find(node.properties, "st.format." + tag, [](const auto &pair) { return pair.first; });
  return found == node.properties.end() ? 0 : static_cast<uint32_t>(std::stoul(found->second)) & ~ST_FORMAT_FLAG_IO;
}

TEST_CASE("nodes: events come in order, with descriptions that stay the same") {
  for (const std::string &library : kObserved) {
    INFO(library);
    Client client(fixture(library));
    CHECK((client.model().capabilities & (AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN)) ==
          (AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN));
    const Bytes input = tiny_input(3);
    const Outcome first = client.run({input}, {.mode = AIR_MODE_PER_LAYER});
    const size_t n_descriptions = client.n_descriptions();
    const Outcome second = client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
    REQUIRE(first.nodes.size() == 18);
    REQUIRE(second.nodes.size() == 18);
    CHECK(client.n_descriptions() == n_descriptions);
    for (size_t i = 0; i < 18; ++i) {
      const NodeSeen &seen = first.nodes[i];
      CHECK(seen.begins == (i % 2 == 0));
      CHECK(seen.sample == i / 6);
      CHECK(seen.index == i % 6 / 2);
      CHECK(seen.index == second.nodes[i].index);
    }
    const backend::Node &node = *first.nodes[0].node;
    CHECK(node.name == "ai_node_0");
    CHECK(node.operation == "Conv2D (0x103)");
    CHECK(node.layer_number == 8);
    CHECK(node.operation_code == 0x103);
    REQUIRE(node.inputs.size() == 1);
    REQUIRE(node.outputs.size() == 1);
    CHECK(format_of(node, "N.0.I0") == ST_FORMAT_S8);
    CHECK(format_of(node, "N.0.0") == ST_FORMAT_S8);
    CHECK(node.properties.size() == 2);
    CHECK(node.outputs[0].tag == "N.0.0");
    CHECK(node.outputs[0].scales[0] == 0.5F);
    CHECK(node.outputs[0].zero_points[0] == -3);
    const backend::Tensor &last = first.nodes[4].node->outputs[0];
    CHECK(last.dtype == AIR_DTYPE_FLOAT32);
    CHECK(last.encoding == AIR_ENCODING_PLAIN);
  }
}

TEST_CASE("nodes: data of inputs and outputs, in the true shape") {
  for (const std::string &library : kObserved) {
    INFO(library);
    Client client(fixture(library));
    const Bytes input = tiny_input(4);
    const std::vector<float> expected = tiny_output(input);
    const Outcome outcome = client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
    REQUIRE(outcome.nodes.size() == 24);
    for (size_t sample = 0; sample < 4; ++sample) {
      const NodeSeen *seen = &outcome.nodes[sample * 6];
      CHECK(seen[0].data[0] == Bytes(input.begin() + static_cast<ptrdiff_t>(sample) * 32,
                                     input.begin() + static_cast<ptrdiff_t>(sample) * 32 + 32));
      CHECK(seen[1].node->outputs[0].shape == std::vector<int64_t>{4, 4, 2});
      for (size_t i = 0; i < 32; ++i) {
        CHECK(static_cast<int8_t>(seen[1].data[0][i]) == std::min(-static_cast<int8_t>(input[sample * 32 + i]), 127));
      }
      CHECK(seen[3].node->outputs[0].shape == std::vector<int64_t>{1, 1, 2});
      CHECK(seen[4].data[0] == seen[3].data[0]);
      CHECK(values_of<float>(seen[5].data[0]) == std::vector<float>{expected[sample * 2], expected[sample * 2 + 1]});
    }
  }
}

TEST_CASE("nodes: without WITH_DATA the end of a node has no data") {
  for (const std::string &library : kObserved) {
    Client client(fixture(library));
    for (const NodeSeen &seen : client.run({tiny_input(1)}, {.mode = AIR_MODE_PER_LAYER}).nodes)
      CHECK(seen.data[0].empty() == !seen.begins);
  }
}

TEST_CASE("nodes: several outputs, and none") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    Client client(fixture("segments-" + flavour));
    const Outcome outcome = client.run({Bytes{1, 2, 3, 4, 5, 6, 7, 8}}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
    REQUIRE(outcome.nodes.size() == 6);
    REQUIRE(outcome.nodes[1].node->outputs.size() == 2);
    CHECK(outcome.nodes[1].data == std::vector<Bytes>{{1, 2, 3, 4}, {5, 6, 7, 8}});
    CHECK(outcome.nodes[1].node->outputs[1].tag == "N.0.1");
    CHECK(outcome.nodes[3].node->outputs.empty());
    CHECK(outcome.nodes[4].node->inputs.size() == 2);
    CHECK(outcome.nodes[4].data == outcome.nodes[1].data);
  }
}

TEST_CASE("nodes: a sink that wants to stop gets no more events, and the sample is finished") {
  for (const std::string &library : kObserved) {
    for (int n = 0; n < 6; ++n) {
      Client client(fixture(library));
      const Bytes input = tiny_input(1);
      const Outcome outcome = client.run({input}, {.mode = AIR_MODE_PER_LAYER, .stop_after_events = n});
      CHECK(outcome.status == AIR_OK);
      CHECK(outcome.nodes.size() == static_cast<size_t>(n) + 1);
      CHECK(values_of<float>(outcome.outputs[0]) == tiny_output(input));
      CHECK(client.run({input}, {.mode = AIR_MODE_PER_LAYER}).nodes.size() == 6);
    }
  }
}

TEST_CASE("nodes: one without events is described all the same") {
  Client client(fixture("hostile-skipped-node-st-ai"));
  const Outcome outcome = client.run({tiny_input(2)}, {.mode = AIR_MODE_PER_LAYER});
  REQUIRE(outcome.nodes.size() == 8);
  for (size_t i = 0; i < 8; ++i) CHECK(outcome.nodes[i].index == (i % 4 < 2 ? 0 : 2));
  CHECK(client.n_descriptions() == 3);
}

TEST_CASE("nodes: a description that cannot be used fails the run, and is tried again in the next") {
  for (const std::string &library : kObserved) {
    CAPTURE(library);
    Client client(fixture(library));
    const Outcome failed = client.run({tiny_input(1)}, {.mode = AIR_MODE_PER_LAYER, .refuses_nodes = true});
    CHECK(failed.status == AIR_ERROR_INTERNAL);
    CHECK(failed.failure.message == "no such node");
    CHECK(failed.nodes.empty());
    CHECK(client.run({tiny_input(1)}, {.mode = AIR_MODE_PER_LAYER}).nodes.size() == 6);
  }
}

TEST_CASE("nodes: node begin is only told to those who want it") {
  for (const std::string &library : kObserved) {
    Client client(fixture(library));
    const Outcome outcome = client.run({tiny_input(2)}, {.mode = AIR_MODE_PER_LAYER, .wants_begin = false});
    CHECK(outcome.count(true) == 0);
    CHECK(outcome.count(false) == 6);
  }
}

TEST_CASE("nodes: the slow node is the one with the time") {
  for (const std::string flavour : {"legacy", "st-ai"}) {
    Client client(fixture("tiny-slow-" + flavour));
    const Outcome outcome = client.run({tiny_input(1)}, {.mode = AIR_MODE_PER_LAYER});
    REQUIRE(outcome.nodes.size() == 6);
    CHECK(outcome.nodes[1].duration_ms >= 20.0);
    CHECK(outcome.nodes[3].duration_ms < outcome.nodes[1].duration_ms);
    double sum = 0;
    for (const NodeSeen &seen : outcome.nodes) sum += seen.begins ? 0.0 : seen.duration_ms;
    CHECK(sum <= static_cast<double>(outcome.results[0].device_ns) * 1e-6 + 1e-6);
  }
}

}  // namespace
}  // namespace air::stlib::test
