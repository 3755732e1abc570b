// SPDX-License-Identifier: BSD-3-Clause
// Running: formats, memory of the caller, native batch, states, errors of the network, times.
#include <doctest/doctest.h>

#include "support.h"

namespace air::stlib::test {
namespace {

const std::vector<std::string> kFlavours = {"legacy", "st-ai"};

TEST_CASE("run: inputs and outputs inside activations or of the caller, aligned or not") {
  const Bytes input = tiny_input(9);
  const std::vector<float> expected = tiny_output(input);
  for (const std::string &flavour : kFlavours) {
    for (const std::string library : {"tiny-", "tiny-user-io-"}) {
      Client client(fixture(library + flavour));
      CHECK(((client.input().flags & AIR_TENSOR_IN_ACTIVATIONS) != 0) == (library == "tiny-"));
      for (const size_t misalignment : {0U, 1U, 3U, 4U, 8U}) {
        const Outcome outcome = client.run({input}, {.misalignment = misalignment});
        INFO(library, flavour, " misaligned by ", misalignment);
        CHECK(outcome.status == AIR_OK);
        CHECK(values_of<float>(outcome.outputs[0]) == expected);
      }
    }
  }
}

TEST_CASE("run: aligned memory of the caller is used in place, except for the outputs of the last sample") {
  const Bytes input = tiny_input(2);
  const auto log_of = [&](const std::string &library, uint32_t mode, size_t misalignment) {
    Client client(fixture(library));
    take_log();
    client.run({input}, {.mode = mode | AIR_MODE_DEBUG, .misalignment = misalignment});
    return take_log();
  };
  for (const std::string &flavour : kFlavours) {
    const std::vector<std::string> aligned = log_of("tiny-user-io-" + flavour, AIR_MODE_IO_ONLY, 0);
    REQUIRE(aligned.size() == 2);
    CHECK(aligned[0].ends_with("input_1 in place, output_1 in place"));
    CHECK(aligned[1].ends_with("input_1 in place, output_1 copied"));
    CHECK(log_of("tiny-user-io-" + flavour, AIR_MODE_IO_ONLY, 4)[0].ends_with("input_1 copied, output_1 copied"));
    CHECK(log_of("tiny-user-io-" + flavour, AIR_MODE_PER_LAYER, 0)[0].ends_with("input_1 copied, output_1 copied"));
    CHECK(log_of("tiny-" + flavour, AIR_MODE_IO_ONLY, 0)[0].ends_with(
        "input_1 inside activations, output_1 inside activations"));
  }
  CHECK(log_of("tiny-align-64-st-ai", AIR_MODE_IO_ONLY, 32)[0].ends_with("input_1 copied, output_1 copied"));
  CHECK(log_of("tiny-align-64-st-ai", AIR_MODE_IO_ONLY, 0)[0].ends_with("input_1 in place, output_1 in place"));
}

TEST_CASE("run: a library that wants more alignment gets it") {
  Client client(fixture("tiny-align-64-st-ai"));
  const Bytes input = tiny_input(9);
  for (const size_t misalignment : {0U, 4U, 8U, 32U}) {
    const Outcome outcome = client.run({input}, {.misalignment = misalignment});
    CHECK(outcome.status == AIR_OK);
    CHECK(values_of<float>(outcome.outputs[0]) == tiny_output(input));
  }
}

TEST_CASE("run: activations that belong to the library") {
  Client client(fixture("tiny-preallocated-st-ai"));
  const Bytes input = tiny_input(2);
  CHECK(values_of<float>(client.run({input}).outputs[0]) == tiny_output(input));
}

TEST_CASE("run: outputs are left as they are when only times matter") {
  for (const std::string &flavour : kFlavours) {
    for (const std::string library : {"tiny-", "tiny-user-io-"}) {
      Client client(fixture(library + flavour));
      const Outcome outcome = client.run({tiny_input(3)}, {.mode = AIR_MODE_PERF_ONLY});
      CHECK(outcome.status == AIR_OK);
      CHECK(outcome.outputs[0] == Bytes(24, 0xC3));
    }
  }
}

TEST_CASE("run: every format") {
  const std::vector<float> scales = {0.5F, 0.25F, 2.0F};
  for (const std::string &flavour : kFlavours) {
    for (const std::string library : {"formats-", "formats-user-io-"}) {
      Client client(fixture(library + flavour));
      REQUIRE(client.model().n_inputs == 8);
      std::vector<Bytes> inputs;
      for (uint32_t i = 0; i < 8; ++i) {
        Bytes bytes(client.input(i).size_bytes);
        for (size_t k = 0; k < bytes.size(); ++k) bytes[k] = static_cast<unsigned char>(i == 2 ? k % 2 : 17 * k + i);
        inputs.push_back(bytes);
      }
      const Outcome outcome = client.run(inputs);
      REQUIRE(outcome.status == AIR_OK);
      const auto f64 = values_of<double>(outcome.outputs[0]);
      for (size_t k = 0; k < 4; ++k) CHECK(f64[k] == (inputs[0][k] - 128) * 0.25);
      CHECK(outcome.outputs[1] == inputs[1]);
      for (size_t k = 0; k < 4; ++k) CHECK(outcome.outputs[2][k] == (inputs[2][k] == 0 ? 1 : 0));
      CHECK(client.output(3).rank == 5);
      CHECK(values_of<uint32_t>(outcome.outputs[3])[5] == 0U - values_of<uint32_t>(inputs[3])[5]);
      CHECK(client.input(4).dtype == AIR_DTYPE_INT32);
      CHECK(client.input(4).encoding == AIR_ENCODING_PACKED_BITS);
      CHECK(client.output(4).dtype == AIR_DTYPE_UINT32);
      CHECK(values_of<uint32_t>(outcome.outputs[4])[0] == ~values_of<uint32_t>(inputs[4])[0]);
      CHECK(values_of<uint16_t>(outcome.outputs[5])[4] == (values_of<uint16_t>(inputs[5])[4] ^ 0x8000));
      CHECK(outcome.outputs[6] == inputs[6]);
      CHECK(client.output(1).encoding == AIR_ENCODING_FIXED_POINT);
      CHECK(client.output(1).fraction_bits == 11);
      CHECK(client.output(1).rank == 6);
      CHECK(client.output(6).fraction_bits == 8);
      const auto channels = values_of<float>(outcome.outputs[7]);
      CHECK(channels[4] == static_cast<float>(static_cast<int8_t>(inputs[7][4])) * scales[1]);
      CHECK(client.input(7).n_scales == 3);
      CHECK(client.input(7).zero_points[2] == 7);
      CHECK(client.input(0).zero_points[0] == 128);
    }
  }
}

TEST_CASE("run: a shape without batch gets one in front") {
  Client client(fixture("formats-st-ai"));
  const air_tensor_info &rows = client.input(6);
  CHECK((rows.flags & AIR_TENSOR_WITHOUT_BATCH) != 0);
  CHECK(std::vector<int64_t>(rows.shape, rows.shape + rows.rank) == std::vector<int64_t>{1, 5, 3});
}

TEST_CASE("run: a native batch gives what single samples give") {
  const Bytes input = tiny_input(11);
  Client client(fixture("tiny-user-io-legacy"), {.options = {{"batch", "4"}}});
  CHECK(client.model().native_batch == 4);
  CHECK(std::string(client.info().descriptor).ends_with("?batch=4"));
  for (const uint64_t per_run : {4U, 1U, 3U, 2U}) {
    for (const size_t misalignment : {0U, 1U}) {
      const Outcome outcome = client.run({input}, {.per_run = per_run, .misalignment = misalignment});
      CHECK(outcome.status == AIR_OK);
      CHECK(outcome.results.size() == (11 + per_run - 1) / per_run);
      CHECK(values_of<float>(outcome.outputs[0]) == tiny_output(input));
    }
  }
  CHECK(client.run({input}, {.mode = AIR_MODE_PER_LAYER}).count(false) == 33);
  CHECK(client.run({input}, {.per_run = 5}).status == AIR_ERROR_INTERNAL);
}

TEST_CASE("run: states are kept until they are reset") {
  const Bytes ones = bytes_of(std::vector<float>(4, 1.0F));
  for (const std::string &flavour : kFlavours) {
    Client client(fixture("accumulator-" + flavour));
    CHECK((client.model().capabilities & AIR_CAP_RESET_STATES) != 0);
    client.run({ones}, {.mode = AIR_MODE_PER_LAYER});
    CHECK(values_of<float>(client.run({ones}).outputs[0])[3] == 2.0F);
    REQUIRE(client.reset_states() == AIR_OK);
    CHECK(values_of<float>(client.run({ones}).outputs[0])[3] == 1.0F);
    CHECK(client.run({ones}, {.mode = AIR_MODE_PER_LAYER}).count(false) == 1);
  }
  CHECK(Client(fixture("accumulator-st-ai")).model().states_bytes == 16);
  CHECK(Client(fixture("tiny-st-ai")).reset_states() == AIR_ERROR_UNSUPPORTED);
}

TEST_CASE("run: errors of the network have its code and its words") {
  for (const std::string &flavour : kFlavours) {
    Client client(fixture("tiny-failing-" + flavour));
    for (int i = 0; i < 2; ++i) {
      const Outcome outcome = client.run({tiny_input(2)});
      CHECK(outcome.status == AIR_ERROR_RUN_FAILED);
      CHECK(outcome.failure.vendor_code != 0);
      CHECK(outcome.failure.tells(flavour == "legacy" ? "type=\"" : "STAI_ERROR_"));
    }
  }
}

TEST_CASE("run: after an error the model works again, also where errors stay") {
  const Bytes input = tiny_input(5);
  for (const std::string &flavour : kFlavours) {
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
      Client client(fixture("tiny-failing-third-" + flavour));
      const Outcome failed = client.run({input}, {.mode = mode});
      CHECK(failed.status == AIR_ERROR_RUN_FAILED);
      CHECK(failed.results.size() == 2);
      const Outcome good = client.run({input}, {.mode = mode});
      CHECK(good.status == AIR_OK);
      CHECK(values_of<float>(good.outputs[0]) == tiny_output(input));
      if (mode == AIR_MODE_PER_LAYER) CHECK(good.count(false) == 15);
    }
  }
}

TEST_CASE("run: time is that of the network") {
  for (const std::string &flavour : kFlavours) {
    Client client(fixture("tiny-slow-" + flavour));
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
      const Outcome outcome = client.run({tiny_input(2)}, {.mode = mode});
      for (const air_run_result &result : outcome.results) {
        CHECK(result.device_ns >= 20'000'000);
        CHECK(result.exec_ns >= result.device_ns);
        CHECK(result.end_ns != 0);
      }
    }
  }
}

TEST_CASE("run: two models of one library") {
  for (const std::string &flavour : kFlavours) {
    Client client(fixture("two-models-" + flavour));
    for (uint32_t i = 0; i < 2; ++i) {
      const bool is_encoder = client.model(i).name == std::string("encoder");
      Bytes input = is_encoder ? tiny_input(2) : Bytes(2 * client.model(i).inputs[0]->size_bytes, 9);
      const Outcome outcome = client.run({input}, {.mode = AIR_MODE_PER_LAYER, .model = i});
      CHECK(outcome.status == AIR_OK);
      if (is_encoder) CHECK(values_of<float>(outcome.outputs[0]) == tiny_output(input));
    }
  }
}

}  // namespace
}  // namespace air::stlib::test
