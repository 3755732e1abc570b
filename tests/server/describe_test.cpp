// SPDX-License-Identifier: BSD-3-Clause
// What the protocol has words for, and what becomes of the rest.
#include <doctest/doctest.h>

#include <array>
#include <stdexcept>

#include "common/values.h"
#include "server/models/describe.h"
#include "wire/format.h"

namespace {

constexpr std::array<int64_t, 2> kFixed = {3, 5};
constexpr std::array<int64_t, 2> kDynamic = {3, -1};

air_tensor tensor(air_dtype dtype, const std::array<int64_t, 2> &shape) {
  air_tensor made{};
  made.name = "t";
  made.dtype = dtype;
  made.rank = 2;
  made.shape = shape.data();
  return made;
}

// One input and one output of these.
air::HeldModel model(const air_tensor &input, const air_tensor &output) {
  const std::array inputs = {&input};
  const std::array outputs = {&output};
  constexpr std::array<air_option, 1> kProperties = {{{"st.format.O.0", "12345"}}};
  air_model description{};
  description.name = "network";
  description.n_inputs = description.n_outputs = description.n_properties = 1;
  description.inputs = inputs.data();
  description.outputs = outputs.data();
  description.properties = kProperties.data();
  air::HeldModel made;
  REQUIRE_MESSAGE(air_make_model(&description, made.out()) == AIR_OK, air_last_error()->message);
  return made;
}

air::wire::ModelInfo describe(const air_model &described) {
  return air::server::describe_model(described, "network", *air::server::find_personality("st-ai"), false);
}

}  // namespace

TEST_CASE("format words are those that the model tells, else those of the type") {
  const air_tensor value = tensor(AIR_DTYPE_INT8, kFixed);
  const air::HeldModel made = model(value, value);
  const air::wire::ModelInfo info = describe(*made);
  CHECK(info.inputs.at(0).format == air::wire::encode_format({.dtype = AIR_DTYPE_INT8}));
  CHECK(info.outputs.at(0).format == 12345);
  CHECK(info.inputs.at(0).size == 15);
}

TEST_CASE("types that the protocol does not have are none") {
  for (const air_dtype dtype : {AIR_DTYPE_INT4, AIR_DTYPE_UINT4, AIR_DTYPE_BFLOAT16, AIR_DTYPE_FLOAT8_E4M3}) {
    CAPTURE(dtype);
    const air_tensor value = tensor(dtype, kFixed);
    const air::HeldModel made = model(value, value);
    CHECK_FALSE(air::wire::decode_format(describe(*made).inputs.at(0).format));
  }
}

TEST_CASE("shapes that each sample has of its own: none for inputs and outputs, no elements for nodes") {
  const air_tensor fixed = tensor(AIR_DTYPE_FLOAT32, kFixed);
  const air_tensor dynamic = tensor(AIR_DTYPE_FLOAT32, kDynamic);
  const air::HeldModel made = model(fixed, dynamic);
  CHECK_THROWS_AS(describe(*made), std::runtime_error);
  const air::wire::TensorDesc desc =
      air::server::describe_tensor(*made, *made->outputs[0], *air::server::find_personality("st-ai"), 0);
  CHECK(desc.size == 0);
  CHECK(desc.dims == std::vector<uint32_t>{1, 3, 0});
}

TEST_CASE("nodes of other runtimes have the types of ST's numbering, where it has them") {
  const auto type = [](const char *operation, uint32_t code) {
    air_node node{};
    node.operation = operation;
    node.operation_code = code;
    return air::server::operator_type(node);
  };
  CHECK(type("Conv2D (0x103)", 0x103) == 0x103);
  CHECK(type("Split (0x3)", 3) == 3);
  CHECK(type("DEPTHWISE_CONV_2D (4)", 4) == 0x103);
  CHECK(type("FULLY_CONNECTED (9)", 9) == 0x104);
  CHECK(type("SOFTMAX (25)", 25) == 0x10C);
  CHECK(type("QLinearConv", 0) == 0x103);
  CHECK(type("HardSwish", 0) == 0);
}
