// SPDX-License-Identifier: BSD-3-Clause
// Tensors whose quantization nobody knows, compared: equal types element by element, others not at all, and the rest of both results goes on.
#include <airunner_report.h>
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "../unit/captures.h"

using air::HeldResult;

namespace {

constexpr air_quantization kNobodyKnows = {0, -1, 1, 0, nullptr, nullptr};
constexpr float kScale = 0.5F;
constexpr int32_t kZeroPoint = 3;
constexpr air_quantization kKnown = {1, -1, 1, 1, &kScale, &kZeroPoint};

std::string last_message() {
  return air_last_error()->message;
}

void succeed(air_status status) {
  REQUIRE_MESSAGE(status == AIR_OK, last_message());
}

const std::vector<int64_t> kSix = {6};

Part floats(const std::vector<float> &values = {1, 2, 3, 4, 5, 6}) {
  return part(AIR_DTYPE_FLOAT32, nullptr, values, kSix);
}
Part secret(const std::vector<int8_t> &values, const std::vector<int64_t> &shape = kSix) {
  return part(AIR_DTYPE_INT8, &kNobodyKnows, values, shape);
}
const std::vector<int8_t> kElements = {1, -2, 3, 4, 5, -128};
const std::vector<int8_t> kOthers = {1, -2, 4, 4, 5, 127};

// With two nodes, the second of which computes the output.
HeldResult result_of(const Part &input, const Part &middle, const Part &output, uint32_t flags = 0) {
  HandMade made("", flags);
  made.input("x", input);
  made.add({.tensor = "middle", .name = "conv", .operation = "conv"}, middle);
  made.add({.tensor = "y", .name = "dense", .operation = "dense"}, output);
  return HeldResult::shared(&made.result());
}

using Comparison = air::Held<air_comparison, air_retain_comparison, air_release_comparison>;

Comparison compared(const HeldResult &a, const HeldResult &b) {
  Comparison comparison;
  succeed(air_compare(a.get(), b.get(), nullptr, comparison.out()));
  return comparison;
}

std::string taken(char *text) {
  std::string kept = text;
  air_free_text(text);
  return kept;
}

std::string text_of(const Comparison &comparison) {
  char *text = nullptr;
  succeed(air_comparison_to_text(comparison.get(), nullptr, &text));
  return taken(text);
}

std::string json_of(const Comparison &comparison) {
  char *text = nullptr;
  succeed(air_comparison_to_json(comparison.get(), AIR_JSON_COMPACT, &text));
  return taken(text);
}

std::string page_of(const Comparison &comparison) {
  const std::string json = json_of(comparison);
  const air_document document = {"x", json.c_str()};
  char *text = nullptr;
  succeed(air_render_html(&document, 1, &text));
  return taken(text);
}

void check_tells(const std::string &text, const char *told) {
  CHECK_MESSAGE(text.find(told) != std::string::npos, text);
}

void check_differs(const air_tensor_pair &pair, uint64_t n_values, uint64_t n_equal) {
  CHECK(pair.n_values == n_values);
  CHECK(pair.bins[0] == n_equal);
  CHECK(pair.n_points == 0);
  CHECK(pair.error_unit == AIR_UNIT_QUANTUM);
  CHECK(std::isnan(pair.quantum));
  for (uint32_t i = 0; i < pair.n_metrics; ++i) CHECK(std::isnan(pair.metrics[i]));
}

}  // namespace

TEST_CASE("equal elements are equal, whatever they stand for") {
  const HeldResult result = result_of(secret({1, 2, 3}, {3}), secret(kElements), secret(kElements));
  const Comparison comparison = compared(result, result);
  CHECK(comparison->passed == 1);
  const air_tensor_pair &output = *comparison->outputs[0];
  CHECK(output.n_values == 6);
  CHECK(output.bins[0] == 6);
  CHECK(output.metrics[AIR_METRIC_COS] == 1);
  CHECK(output.metrics[AIR_METRIC_ACC] == 1);
  CHECK(output.metrics[AIR_METRIC_MAX_ERROR] == 0);
  CHECK(std::isnan(output.reference_values.mean));
  REQUIRE(comparison->n_nodes == 2);
  CHECK(comparison->first_diverging == -1);
  for (uint32_t i = 0; i < 2; ++i) {
    CHECK(comparison->nodes[i]->verdict == AIR_VERDICT_EQUAL);
    CHECK(comparison->nodes[i]->allowed_rmse == 0);
  }
  check_tells(text_of(comparison), "PASS: The outputs are equal; the nodes are equal");
  check_tells(page_of(comparison), "equal");
}

TEST_CASE("elements that differ are counted, and break what they are limited by") {
  const HeldResult a = result_of(floats(), secret(kElements), secret(kElements));
  const HeldResult b = result_of(floats(), secret(kOthers), secret(kOthers));
  const Comparison comparison = compared(a, b);
  CHECK(comparison->passed == 0);
  check_differs(*comparison->outputs[0], 6, 4);
  CHECK(comparison->outputs[0]->max_error_index == 5);
  CHECK(comparison->outputs[0]->broken == 0);
  CHECK(comparison->first_diverging == 0);
  CHECK(comparison->nodes[0]->verdict == AIR_VERDICT_DIVERGES);
  CHECK(comparison->nodes[1]->verdict == AIR_VERDICT_AFFECTED);
  const std::string text = text_of(comparison);
  check_tells(text,
              "FAIL: Output y differs in 2 of 6 elements, by nobody knows how much: its quantization is not known");
  check_tells(text, "differs at 2 of 6");
  check_tells(text, "2 of 6 differ");
  check_tells(json_of(comparison), "\"passed\":false,\"broken\":[]");
  check_tells(page_of(comparison), "not within");
}

TEST_CASE("other types cannot be compared; the rest can, and both are named") {
  const HeldResult a = result_of(floats(), secret(kElements), floats());
  const HeldResult b = result_of(floats(), floats(), floats());
  const Comparison comparison = compared(a, b);
  CHECK(comparison->passed == 1);
  REQUIRE(comparison->n_nodes == 2);
  CHECK(comparison->n_matched == 2);
  CHECK(comparison->nodes[0]->n_tensors == 0);
  CHECK(comparison->nodes[0]->verdict == AIR_VERDICT_UNMATCHED);
  CHECK(comparison->nodes[1]->verdict == AIR_VERDICT_EQUAL);
  CHECK(comparison->first_diverging == -1);
  const std::string text = text_of(comparison);
  check_tells(text, "PASS: The outputs are equal; the nodes are equal, but conv (middle) cannot be compared");
  check_tells(page_of(comparison), "cannot be compared");
}

TEST_CASE("an output of another type is beyond every limit") {
  const HeldResult a = result_of(floats(), floats(), secret(kElements));
  const HeldResult b = result_of(floats(), floats(), floats());
  const Comparison comparison = compared(a, b);
  CHECK(comparison->passed == 0);
  check_differs(*comparison->outputs[0], 0, 0);
  const std::string text = text_of(comparison);
  check_tells(text, "FAIL: Output y cannot be compared: its types differ, and the quantization of one is not known");
  check_tells(text, "but dense (y) cannot be compared");
  check_tells(json_of(comparison), "\"passed\":false,\"broken\":[]");
  check_tells(page_of(comparison), "not within");
}

TEST_CASE("inputs of a quantization that nobody knows have to be equal, as far as anybody can tell") {
  const HeldResult a = result_of(secret(kElements), floats(), floats());
  const HeldResult b = result_of(secret(kOthers), floats(), floats());
  const air_comparison *none = nullptr;
  CHECK(air_compare(a.get(), b.get(), nullptr, &none) == AIR_ERROR_INVALID_INPUT);
  check_tells(last_message(), "recorded with different inputs");
  const HeldResult c = result_of(floats(), floats(), floats());
  const Comparison comparison = compared(a, c);
  CHECK(comparison->passed == 1);
  check_differs(*comparison->inputs[0], 0, 0);
  check_tells(text_of(comparison), "x cannot be compared: a quantization is not known");
  const HeldResult shorter = result_of(part<float>(AIR_DTYPE_FLOAT32, nullptr, {1, 2}, {2}), floats(), floats());
  CHECK(air_compare(a.get(), shorter.get(), nullptr, &none) == AIR_ERROR_INVALID_INPUT);
  check_tells(last_message(), "input x of shape (1, 6) cannot become input x of shape (1, 2)");
  CHECK(none == nullptr);
}

TEST_CASE("one side that knows does not help, and equal elements need none") {
  const Part known = part(AIR_DTYPE_INT8, &kKnown, kElements, kSix);
  const Part plain = part(AIR_DTYPE_INT8, nullptr, kElements, kSix);
  for (const Part &side : {known, plain}) {
    const HeldResult a = result_of(side, side, side);
    const HeldResult b = result_of(secret(kElements), secret(kElements), secret(kElements));
    for (const Comparison &comparison : {compared(a, b), compared(b, a)}) {
      CHECK(comparison->passed == 1);
      CHECK(comparison->inputs[0]->bins[0] == 6);
      CHECK(comparison->nodes[1]->verdict == AIR_VERDICT_EQUAL);
    }
  }
  const HeldResult c = result_of(floats(), floats(), part(AIR_DTYPE_INT8, &kKnown, kOthers, kSix));
  check_differs(*compared(result_of(floats(), floats(), secret(kElements)), c)->outputs[0], 6, 4);
}

TEST_CASE("elements are compared as they are stored, in every type") {
  const auto n_equal = [](const Part &left, const Part &right) {
    const HeldResult a = result_of(floats(), floats(), left);
    const HeldResult b = result_of(floats(), floats(), right);
    return compared(a, b)->outputs[0]->bins[0];
  };
  constexpr int64_t large = int64_t{1} << 60;  // beyond what a double tells apart
  const std::vector<int64_t> wide = {large, -1, INT64_MIN, INT64_MAX, 0, 1};
  const std::vector<int64_t> wider = {large + 1, -1, INT64_MAX, INT64_MAX, 0, 1};
  for (const air_dtype dtype : {AIR_DTYPE_INT64, AIR_DTYPE_UINT64, AIR_DTYPE_FLOAT64}) {
    CHECK(n_equal(part(dtype, &kNobodyKnows, wide, kSix), part(dtype, &kNobodyKnows, wider, kSix)) == 4);
  }
  for (const air_dtype dtype : {AIR_DTYPE_INT32, AIR_DTYPE_UINT32, AIR_DTYPE_FLOAT32}) {
    const std::vector<int32_t> one = {0, -1, 2, 3, 4, 5};
    const std::vector<int32_t> other = {INT32_MIN, -1, 2, 3, 4, 6};  // -0 is stored otherwise than 0
    CHECK(n_equal(part(dtype, &kNobodyKnows, one, kSix), part(dtype, &kNobodyKnows, other, kSix)) == 4);
  }
  for (const air_dtype dtype : {AIR_DTYPE_INT16, AIR_DTYPE_UINT16, AIR_DTYPE_FLOAT16, AIR_DTYPE_BFLOAT16}) {
    const std::vector<int16_t> one = {0, -1, 2, 3, 4, 5};
    const std::vector<int16_t> other = {1, -2, 2, 3, 4, 5};
    CHECK(n_equal(part(dtype, &kNobodyKnows, one, kSix), part(dtype, &kNobodyKnows, other, kSix)) == 4);
  }
  for (const air_dtype dtype : {AIR_DTYPE_INT4, AIR_DTYPE_UINT4}) {
    const std::vector<uint8_t> one = {0x12, 0xF4, 0x05};
    const std::vector<uint8_t> other = {0x13, 0x84, 0x05};  // the fifth and last shares its byte with nothing
    CHECK(n_equal(part(dtype, &kNobodyKnows, one, {5}), part(dtype, &kNobodyKnows, other, {5})) == 3);
  }
}

TEST_CASE("elements are compared in the order of the reference") {
  std::vector<int8_t> last(12);
  std::vector<int8_t> first(12);
  for (size_t channel = 0; channel < 3; ++channel) {
    for (size_t place = 0; place < 4; ++place) {
      last[place * 3 + channel] = first[channel * 4 + place] = static_cast<int8_t>(place * 3 + channel);
    }
  }
  const Part to = secret(last, {2, 2, 3});
  const Part from = secret(first, {3, 2, 2});
  const HeldResult a = result_of(to, to, to, AIR_TENSOR_CHANNEL_LAST);
  const HeldResult b = result_of(from, from, from, AIR_TENSOR_CHANNEL_FIRST);
  const Comparison comparison = compared(a, b);
  CHECK(comparison->passed == 1);
  CHECK(comparison->outputs[0]->layout == AIR_LAYOUT_FROM_CHANNEL_FIRST);
  CHECK(comparison->outputs[0]->bins[0] == 12);
  CHECK(comparison->inputs[0]->bins[0] == 12);
}
