// SPDX-License-Identifier: BSD-3-Clause
// Boards of protocol 2.1 and 2.2.
#include <doctest/doctest.h>

#include <atomic>
#include <string_view>

#include "airunner_st.h"
#include "common/tensor_facts.h"
#include "firmware.h"
#include "session.h"
#include "wire/constants.h"

using air::property;
using air::test::Client;
using air::test::error_text;
using air::test::Firmware;
using air::wire::Flavour;

TEST_CASE("what a board of 2.x says of its model") {
  for (const uint32_t version : {0x201U, 0x202U}) {
    Firmware firmware({.flavour = Flavour::A, .version = version});
    Client client(firmware.descriptor());
    REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
    const air_model &model = client.model();
    CHECK(std::string_view(model.name) == "network");
    CHECK(std::string_view(property(model, "hash")) == "0123456789abcdef");
    CHECK(std::string_view(property(model, "runtime")) == "ST.AI (legacy api)");
    CHECK(std::string_view(property(model, "runtime.compiler")) == (version == 0x201 ? "<undef>" : "IAR"));
    CHECK(std::string_view(property(model, "tools.version")).starts_with("7."));
    CHECK(model.macc == 1234);
    CHECK(model.weights_bytes == 2048);
    CHECK(model.activations_bytes == 512);
    CHECK(model.inputs[0]->dtype == AIR_DTYPE_FLOAT32);
    CHECK(model.inputs[0]->rank == 3);
    CHECK((model.capabilities & AIR_CAP_PER_LAYER_DATA) != 0);
    CHECK((model.capabilities & AIR_CAP_MEMORY_RW) == 0);
  }
}

TEST_CASE("a runtime of 2.1 that is not ST's goes by its tool") {
  Firmware firmware({.flavour = Flavour::A, .version = 0x201, .tool_2x = "TVM 0.8"});
  Client client(firmware.descriptor());
  REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
  CHECK(std::string_view(property(client.model(), "runtime")) == "TVM 0.8");
}

TEST_CASE("services that protocol 2.x has otherwise or not at all") {
  std::atomic<bool> has_self_tests = true;
  Firmware firmware(
      {.flavour = Flavour::A, .version = 0x202, .on_reply = [&has_self_tests](air::wire::Response &response) {
         if (has_self_tests && response.payload == air::wire::Payload::Sync) {
           response.sync.capability |= air::wire::kCap2xSelfTest;
         }
         return true;
       }});
  uint32_t value = 0;
  {
    Client client(firmware.descriptor());
    CHECK(air_st_self_test(client.runner, 0, 0, 0, nullptr, &value) == AIR_ERROR_UNSUPPORTED);
    CHECK(error_text().starts_with("self tests are unsupported with protocol 2.2"));
    CHECK(air_st_memory_read(client.runner, 0, &value, sizeof(value), nullptr) == AIR_ERROR_UNSUPPORTED);
    CHECK(error_text().starts_with("memory services are unsupported with protocol 2.2"));
  }
  has_self_tests = false;
  Client client(firmware.descriptor());
  CHECK(air_st_self_test(client.runner, 0, 0, 0, nullptr, &value) == AIR_ERROR_UNSUPPORTED);
  CHECK(error_text().find("was built without self tests") != std::string::npos);
}

TEST_CASE("runs of a board of 2.x in every mode") {
  Firmware firmware({.flavour = Flavour::A, .version = 0x202, .n_elements = 100, .n_nodes = 3});
  Client client(firmware.descriptor());
  REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
  REQUIRE_MESSAGE(client.run() == AIR_OK, error_text());
  const auto outputs = client.outputs();
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0][13] == static_cast<std::byte>((13 * 13) & 0x3F));
  CHECK(client.value("time.device") == doctest::Approx(4.0));

  for (const uint32_t mode : {AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
    REQUIRE_MESSAGE(client.run(mode) == AIR_OK, error_text());
    CHECK(client.outputs() == outputs);
    REQUIRE(client.n_nodes() == 3);
    CHECK(client.value("time.device") == doctest::Approx(3 * 1.5));
    CHECK(client.value("time.run") == doctest::Approx(4.0));
    const air_node &node = *air_get_result_model(client.result.get())->nodes[1];
    CHECK(node.layer == 11);
    CHECK(std::string_view(node.operation) == "Dense (0x104)");
    if (mode == AIR_MODE_PER_LAYER) continue;
    REQUIRE(!client.outputs_of(1).empty());
    CHECK(client.outputs_of(1)[0][13] == outputs[0][13]);
  }
  CHECK(client.run(AIR_MODE_PERF_ONLY) == AIR_OK);
  CHECK(client.run(AIR_MODE_FIXED_INPUT) == AIR_OK);
}

TEST_CASE("a board of 2.x that breaks off a run is usable afterwards") {
  std::atomic<bool> fails = true;
  Firmware firmware({.flavour = Flavour::A, .version = 0x202, .on_reply = [&fails](air::wire::Response &response) {
                       if (!fails || response.payload != air::wire::Payload::Node2x) return true;
                       const uint32_t reqid = response.reqid;
                       response = {};
                       response.reqid = reqid;
                       response.state = air::wire::kStateError;
                       response.payload = air::wire::Payload::Ack;
                       response.ack = {.param = 10, .error = air::wire::kErrorGeneric};
                       return true;
                     }});
  Client client(firmware.descriptor());
  CHECK(client.run() == AIR_ERROR_RUN_FAILED);
  fails = false;
  CHECK_MESSAGE(client.run() == AIR_OK, error_text());
}

TEST_CASE("a board of 2.x left anywhere in a session is brought back") {
  Firmware recorded({.flavour = Flavour::A, .version = 0x202});
  {
    Client client(recorded.descriptor());
    REQUIRE(client.run(AIR_MODE_PER_LAYER_WITH_DATA) == AIR_OK);
  }
  const std::vector<std::byte> session = recorded.heard();
  for (size_t cut = 0; cut < session.size(); cut += 61) {
    Firmware firmware({.flavour = Flavour::A,
                       .version = 0x202,
                       .heard_before = {session.begin(), session.begin() + static_cast<ptrdiff_t>(cut)}});
    Client client(firmware.descriptor());
    INFO("after ", cut, " bytes");
    REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
    CHECK_MESSAGE(client.run() == AIR_OK, error_text());
  }
}
