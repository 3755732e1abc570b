// SPDX-License-Identifier: BSD-3-Clause
// The parts of a comparison: metrics with numbers worked out by hand, orders of channels, pairs of nodes, what explains an error.
#include <doctest/doctest.h>
#if defined(_WIN32)
#  include <windows.h>
// After the types of windows.h.
#  include <psapi.h>
#else
#  include <sys/resource.h>
#endif

#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <string>

#include "../sanitized.h"
#include "captures.h"
#include "common/error.h"
#include "compare/comparison.h"
#include "compare/in_parallel.h"
#include "compare/inputs.h"
#include "compare/mapping.h"
#include "compare/metrics.h"
#include "compare/tensors.h"

using air::Comparison;
using doctest::Approx;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

air::Measured measured_of(std::span<const double> reference, std::span<const double> other, double quantum) {
  air::Measuring measuring(quantum);
  measuring.add(reference, other);
  return measuring.measured();
}

std::vector<air::Match> matches(const air_result &a, const air_result &b) {
  return air::match_nodes(air::Side(a), air::Side(b));
}

// "0-0 1-2 ---1": indices of both sides, "-" for none.
std::string pairs(const air_result &a, const air_result &b) {
  std::string text;
  for (const air::Match &match : matches(a, b)) {
    text += (text.empty() ? "" : " ") + (match.reference ? std::to_string(*match.reference) : "-") + ":" +
            (match.other ? std::to_string(*match.other) : "-");
  }
  return text;
}

std::string verdicts(const Comparison &comparison) {
  std::string text;
  for (uint32_t i = 0; i < comparison.n_nodes; ++i) {
    text += (text.empty() ? "" : " ") + std::string(air_verdict_name(comparison.nodes[i]->verdict));
  }
  return text;
}

// Largest memory of the process so far.
long peak_kib() {
#if defined(_WIN32)
  PROCESS_MEMORY_COUNTERS counters{};
  GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters);
  return static_cast<long>(counters.PeakWorkingSetSize / 1024);
#else
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
#endif
}

Comparison compared(HandMade &a, HandMade &b) {
  return {a.result(), b.result(), {}};
}

const std::vector<float> kRamp = {1, 2, 3, 4};

}  // namespace

TEST_CASE("metrics of parts are those of the whole") {
  std::vector<double> reference, other;
  for (int i = 0; i < 3'000; ++i) {
    reference.push_back(100 + std::sin(i) * (1 + i % 7));
    other.push_back(reference.back() + std::cos(3 * i) / 16);
  }
  reference[700] = other[1'900] = kNan;
  const air::Measured whole = measured_of(reference, other, 0.125);
  air::Measuring measuring(0.125);
  for (size_t begin = 0; begin < reference.size(); begin += 500)
    measuring.add(std::span(reference).subspan(begin, 500), std::span(other).subspan(begin, 500));
  const air::Measured parts = measuring.measured();
  for (size_t metric = AIR_METRIC_RMSE; metric < air::kMetrics; ++metric)
    CHECK(parts.metrics[metric] == Approx(whole.metrics[metric]).epsilon(1e-13));
  CHECK(parts.bins == whole.bins);
  CHECK(parts.n_values == whole.n_values);
  CHECK(parts.n_not_finite == 2);
  CHECK(parts.max_error_index == whole.max_error_index);
  CHECK(parts.reference.std == Approx(whole.reference.std).epsilon(1e-13));
  CHECK(parts.other.mean == Approx(whole.other.mean).epsilon(1e-13));
}

TEST_CASE("metrics are those of their definitions") {
  const std::vector<double> reference = {1, 2, 3, 4};
  const std::vector<double> other = {1, 2, 3, 6};
  const air::Measured m = measured_of(reference, other, 0.5);
  CHECK(m.metrics[AIR_METRIC_RMSE] == Approx(1));
  CHECK(m.metrics[AIR_METRIC_MAE] == Approx(0.5));
  CHECK(m.metrics[AIR_METRIC_L2R] == Approx(2 / std::sqrt(30)));
  CHECK(m.metrics[AIR_METRIC_MEAN] == Approx(0.5));
  CHECK(m.metrics[AIR_METRIC_STD] == Approx(std::sqrt(0.75)));
  CHECK(m.metrics[AIR_METRIC_NSE] == Approx(1 - 4.0 / 5));
  CHECK(m.metrics[AIR_METRIC_COS] == Approx(38 / std::sqrt(30.0 * 50)));
  CHECK(m.metrics[AIR_METRIC_MAX_ERROR] == 2);
  CHECK(m.max_error_index == 3);
  CHECK(std::isnan(m.metrics[AIR_METRIC_ACC]));
  CHECK(m.reference.mean == 2.5);
  CHECK(m.other.std == Approx(std::sqrt(3.5)));
  CHECK(m.bins[0] == 3);
  CHECK(m.bins[4] == 1);  // 4 steps of 0.5
  CHECK(air::bin_limits()[4] == 4);
}

TEST_CASE("equal values are exactly alike, also where the norms are tiny or zero") {
  for (const std::vector<double> &values : {std::vector<double>{0, 0}, {1e-200, 3e-200}, {0.1, 0.7}}) {
    const air::Measured m = measured_of(values, values, 0);
    CHECK(m.metrics[AIR_METRIC_COS] == 1);
    CHECK(m.metrics[AIR_METRIC_NSE] == 1);
    CHECK(m.metrics[AIR_METRIC_L2R] == 0);
    CHECK(m.bins[0] == 2);
  }
  CHECK(measured_of(std::vector<double>{0, 0}, std::vector<double>{0, 1}, 0).metrics[AIR_METRIC_COS] == 0);
  const air::Measured of_nothing = measured_of(std::vector<double>{0, 0}, std::vector<double>{0, 1}, 0);
  CHECK(of_nothing.metrics[AIR_METRIC_L2R] == kInfinity);  // breaks every limit
  CHECK(of_nothing.metrics[AIR_METRIC_NSE] == -kInfinity);
}

TEST_CASE("large numbers: squares beyond all doubles, small spreads about large errors") {
  const air::Measured huge = measured_of(std::vector<double>{1e200, 1e200}, std::vector<double>{-1e200, -1e200}, 0);
  if constexpr (std::numeric_limits<long double>::max_exponent > std::numeric_limits<double>::max_exponent) {
    CHECK(huge.metrics[AIR_METRIC_COS] == Approx(-1));
    CHECK(huge.metrics[AIR_METRIC_L2R] == Approx(2));
  }
  CHECK(measured_of(std::vector<double>{1.7e308}, std::vector<double>{-1.7e308}, 1).bins[air::kBins - 1] == 1);
  const air::Measured distant = measured_of(std::vector<double>{0, 0}, std::vector<double>{1e9 + 1, 1e9 - 1}, 0);
  CHECK(distant.metrics[AIR_METRIC_STD] == Approx(1));
}

TEST_CASE("what is not finite is counted and left out") {
  const std::vector<double> reference = {1, kNan, kInfinity, kNan, 2};
  const std::vector<double> other = {1, kNan, kInfinity, 0, kInfinity};
  const air::Measured m = measured_of(reference, other, 0);
  CHECK(m.n_values == 1);
  CHECK(m.n_not_finite == 2);
  CHECK(m.metrics[AIR_METRIC_RMSE] == 0);
  CHECK(m.reference.n_nan == 2);
  CHECK(m.other.n_inf == 2);
  CHECK(m.other.max == 1);
}

TEST_CASE("without steps errors are counted in neighbouring float32 numbers") {
  const double next = static_cast<double>(std::nextafterf(1, 2));
  const air::Measured m = measured_of(std::vector<double>{1, 0, -1, 3}, std::vector<double>{next, -0.0, -1, 1e300}, 0);
  CHECK(m.bins[0] == 2);
  CHECK(m.bins[2] == 1);  // one step
  CHECK(m.bins[32] == 1);
}

TEST_CASE("acc compares places of the largest value, sample by sample") {
  CHECK(air::n_agreeing(std::vector<double>{1, 2, 5, 0}, std::vector<double>{0, 9, 1, 2}, 2) == 1);
  CHECK(air::n_agreeing(std::vector<double>{3, 3}, std::vector<double>{1, 0}, 2) == 1);  // the first of equal ones
}

TEST_CASE("channels first and last") {
  const std::vector<double> first = {1, 2, 3, 11, 12, 13};  // 2 channels of 3
  const std::vector<double> last = {1, 11, 2, 12, 3, 13};
  const air::Reordering from_first{AIR_LAYOUT_FROM_CHANNEL_FIRST, 2};
  const air::Reordering from_last{AIR_LAYOUT_FROM_CHANNEL_LAST, 2};
  CHECK(air::reordered<double>(first, 6, from_first) == last);
  CHECK(air::reordered<double>(last, 6, from_last) == first);
  CHECK(air::relative_error(last, first, 6, from_first) == 0);
  CHECK(air::relative_error(last, first, 6, {}) > 0.1);
}

// A square picture of one channel is the same in both orders; one of several channels is not.
TEST_CASE("declared orders turn what has channels, and nothing else") {
  const auto ways = [](const std::vector<int64_t> &first_shape, const std::vector<int64_t> &last_shape) {
    air_tensor first{};
    first.rank = static_cast<uint32_t>(first_shape.size());
    first.shape = first_shape.data();
    air_tensor last = first;
    last.shape = last_shape.data();
    first.flags = AIR_TENSOR_CHANNEL_FIRST;
    last.flags = AIR_TENSOR_CHANNEL_LAST;
    return air::reorderings(last, first).front().layout;
  };
  CHECK(ways({1, 8, 8}, {8, 8, 1}) == AIR_LAYOUT_SAME);
  CHECK(ways({8, 8, 8}, {8, 8, 8}) == AIR_LAYOUT_FROM_CHANNEL_FIRST);
}

TEST_CASE("a node that computes nothing finite is not found by its values") {
  HandMade a;
  a.add({"x", "", "Mystery"}, std::vector<float>(4, static_cast<float>(kNan)));
  HandMade b("LiteRT");
  b.add({"y", "", "Other"}, kRamp);
  CHECK(pairs(a.result(), b.result()) == "0:- -:0");
}

TEST_CASE("nodes are paired by name, and else by order, type and values") {
  HandMade fused;
  fused.add({"conv", "a", "Conv2D"}, {0, 1, 2, 0}).add({"dense", "b", "Dense", -1, {2}}, {5, 6});
  HandMade split("ONNX Runtime");
  split.add({"conv_sum", "conv", "Conv"}, {-4, 1, 2, -3})
      .add({"conv", "relu", "Relu"}, {0, 1, 2, 0})
      .add({"flat", "flat", "Flatten"}, {0, 1, 2, 0})
      .add({"dense", "dense", "Gemm", -1, {2}}, {5, 6});
  CHECK(pairs(fused.result(), split.result()) == "-:0 0:1 -:2 1:3");
  CHECK(pairs(split.result(), fused.result()) == "0:- 1:0 2:- 3:1");
}

TEST_CASE("equal values elsewhere outweigh a name") {
  HandMade fused;
  fused.add({"conv"}, {0, 1, 2, 0});
  HandMade split("ONNX Runtime");
  split.add({"conv"}, {-4, 1, 2, -3}).add({"relu"}, {0, 1, 2, 0});
  CHECK(pairs(fused.result(), split.result()) == "-:0 0:1");
}

TEST_CASE("names that only count pair nothing") {
  HandMade a;
  a.add({"ai_tens_n_0_0", "ai_node_0"}, {1, 2, 3, 4}).add({"ai_tens_n_1_0", "ai_node_1"}, {9, -8, 7, -6});
  HandMade b("LiteRT");
  b.add({"ai_tens_n_0_0", "ai_node_0"}, {9, -8, 7, -6});
  CHECK(pairs(a.result(), b.result()) == "0:- 1:0");
}

TEST_CASE("branches executed in another order are found by their names") {
  HandMade a;
  a.add({"left"}, {1, 2, 3, 4}).add({"right"}, {-9, 8, -7, 6});
  HandMade b;
  b.add({"right"}, {-9, 8, -7, 6}).add({"left"}, {1, 2, 3, 4});
  const std::string text = pairs(a.result(), b.result());
  CHECK((text == "0:1 1:0" || text == "1:0 0:1"));
}

TEST_CASE("layers stay paired behind a fault, by number and type within one family of runtimes") {
  HandMade a;
  HandMade b;
  HandMade other_family("LiteRT");
  for (int32_t i = 0; i < 3; ++i) {
    a.add({"", "", "Conv2D (0x103)", i}, {1, 2, 3, 4});
    b.add({"", "", "Conv2D (0x103)", i}, {-40, 10, -90, 3});
    other_family.add({"", "", "Mystery", i}, {-40, 10, -90, 3});
  }
  CHECK(pairs(a.result(), b.result()) == "0:0 1:1 2:2");
  CHECK(pairs(a.result(), other_family.result()) == "0:- 1:- 2:- -:0 -:1 -:2");
  const auto found = matches(a.result(), b.result());
  CHECK(found[0].reasons == (AIR_MATCH_LAYER | AIR_MATCH_OPERATION | AIR_MATCH_ORDER));
  CHECK(found[0].confidence == Approx(1 - 0.3 * 0.7 * 0.8));
}

TEST_CASE("places in two files are no ids of one model") {
  HandMade a;
  a.add({"in", "", "Mystery", 0}, {9, 1, 9, 1})
      .add({"", "", "Sum", 1}, {-0.05F, 2, 3, 4})
      .add({"", "", "Cut", 2}, {0, 2, 3, 4});
  const auto paired_with = [&](int32_t place_of_in) {
    HandMade b;
    b.add({"in", "", "Mystery", place_of_in}, {9, 1, 9, 1}).add({"", "", "Fused", 1}, {0, 2, 3, 4});
    return pairs(a.result(), b.result());
  };
  CHECK(paired_with(0) == "0:0 1:1 2:-");
  CHECK(paired_with(7) == "0:0 1:- 2:1");  // what has the same name has another place
}

TEST_CASE("a quantized convolution is a convolution behind a fault, too") {
  HandMade a;
  a.add({"", "", "Conv"}, {1, 2, 3, 4}).add({"", "", "Gemm", -1, {2}}, {5, 6});
  HandMade b;
  b.add({"", "", "QLinearConv"}, {-40, 10, -90, 3}).add({"", "", "QLinearAdd", -1, {2}}, {50, -6});
  CHECK(pairs(a.result(), b.result()) == "0:0 1:- -:1");
}

TEST_CASE("a sum of two values is no convolution of about the same values") {
  const auto paired = [](bool reads_two) {
    HandMade a;
    a.add({"x"}, {9, 1, 9, 1})
        .add({"", "", "Conv"}, {-9, 5, -9, 5})
        .add({"", "", "Add", -1, {4}, reads_two}, {1, 2, 3, 4});
    HandMade b;
    b.add({"x"}, {9, 1, 9, 1}).add({"", "", "Conv"}, {1, 2.5F, 3, 4.5F});
    return pairs(a.result(), b.result());
  };
  CHECK(paired(true) == "0:0 1:1 2:-");
  CHECK(paired(false) == "0:0 1:- 2:1");  // of one value and a bias
}

TEST_CASE("what fails on another thread tells why") {
  for (const size_t wrong : {size_t{0}, size_t{63}}) {
    try {
      air::in_parallel(64, uint64_t{1} << 21, [&](size_t i) {
        if (i == wrong) air::report::check(air_save_result(nullptr, "x"));
      });
      FAIL("nothing was thrown");
    } catch (const air::Error &error) {
      CHECK(error.status() == AIR_ERROR_INVALID_ARGUMENT);
      CHECK(std::string(error.what()).starts_with("result is NULL"));
    }
  }
}

TEST_CASE("of a node and its activation the latter is the partner of one that has the values of both") {
  HandMade split;
  split.add({"", "", "Conv"}, {1, 2, 3, 4}).add({"", "", "Relu"}, {1, 2, 3, 4});
  HandMade fused;
  fused.add({"", "", "QLinearConv"}, {1, 2, 3, 4});
  CHECK(pairs(split.result(), fused.result()) == "0:- 1:0");
  CHECK(pairs(fused.result(), split.result()) == "-:0 0:1");
}

TEST_CASE("float: rounding is explained, more is not, and what follows is affected") {
  HandMade a;
  HandMade b;
  a.add({"x"}, kRamp).add({"y"}, kRamp).add({"z"}, kRamp).add({"w"}, kRamp);
  b.add({"x"}, kRamp).add({"y"}, {1, 2, 3, 4.0001F}).add({"z"}, {1, 2, 3, 4.2F}).add({"w"}, {1, 2, 3.3F, 4});
  const Comparison comparison = compared(a, b);
  CHECK(verdicts(comparison) == "equal rounding diverges affected");
  CHECK(comparison.first_diverging == 2);
  CHECK(comparison.nodes[3]->allowed_rmse < 0.01);
}

TEST_CASE("quantization explains half a step of its own and twice the error before") {
  HandMade a;
  a.add({"x"}, kRamp).add({"y"}, kRamp);
  const auto judged = [&](const std::vector<int8_t> &x, const std::vector<int8_t> &y) {
    HandMade b;
    b.add_int8({"x"}, 0.125F, x).add_int8({"y"}, 0.125F, y);
    return verdicts(compared(a, b));
  };
  CHECK(judged({8, 16, 24, 32}, {8, 16, 24, 32}) == "equal equal");
  CHECK(judged({8, 16, 24, 33}, {8, 16, 24, 32}) == "quantization equal");         // half a step
  CHECK(judged({8, 16, 25, 33}, {8, 16, 24, 32}) == "diverges equal");             // 0.7 steps
  CHECK(judged({8, 16, 24, 33}, {9, 15, 25, 33}) == "quantization quantization");  // 1 step of 0.5 + 2 * 0.5
  CHECK(judged({8, 16, 24, 33}, {10, 14, 26, 34}) == "quantization diverges");     // 2 steps
}

TEST_CASE("equally quantized nodes on equal inputs differ by two steps at most") {
  const std::vector<int8_t> values(64, 10);
  const auto judged = [&](int8_t last) {
    std::vector<int8_t> other = values;
    other.back() = last;
    HandMade a;
    HandMade b;
    a.add_int8({"x", "", "", -1, {64}}, 0.1F, values);
    b.add_int8({"x", "", "", -1, {64}}, 0.1F, other);
    return verdicts(compared(a, b));
  };
  CHECK(judged(10) == "equal");
  CHECK(judged(12) == "quantization");
  CHECK(judged(13) == "diverges");
}

TEST_CASE("a value beyond what the quantized side can represent is its quantization") {
  HandMade a;
  a.add({"x"}, {1, 2, 30, 4});
  HandMade saturated;
  saturated.add_int8({"x"}, 0.1F, {10, 20, 127, 40});
  CHECK(verdicts(compared(a, saturated)) == "quantization");
  HandMade wrong;
  wrong.add_int8({"x"}, 0.1F, {10, 20, 100, 40});
  CHECK(verdicts(compared(a, wrong)) == "diverges");
}

TEST_CASE("an output that was turned is not equal") {
  HandMade a;
  a.add({"x", "", "", -1, {2, 2}}, {1, 2, 3, 4});
  HandMade b;
  b.add({"x", "", "", -1, {2, 2}}, {1, 3, 2, 4});
  const Comparison comparison = compared(a, b);
  CHECK(comparison.outputs[0]->layout == AIR_LAYOUT_SAME);
  CHECK(comparison.outputs[0]->metrics[AIR_METRIC_MAX_ERROR] == 1);
}

TEST_CASE("an output that mixes kinds has metrics of each of its parts") {
  HandMade a;
  a.add({"y", "", "", -1, {2, 2, 2}}, {100, 200, 300, 400, 0.1F, 0.2F, 0.3F, 0.4F});
  HandMade b;
  b.add({"y", "", "", -1, {2, 2, 2}}, {100, 200, 300, 400, 0, 0, 0, 0});
  const Comparison mixed = compared(a, b);
  const air_tensor_pair &output = *mixed.outputs[0];
  CHECK(mixed.passed == 1);  // as a whole
  REQUIRE(output.n_mixed == 2);
  CHECK(output.mixed_axis == 0);
  CHECK(output.mixed_metrics[AIR_METRIC_L2R] == 0);
  CHECK(output.mixed_metrics[output.n_metrics + AIR_METRIC_L2R] == Approx(1));
  CHECK(output.mixed_metrics[output.n_metrics + AIR_METRIC_COS] == 0);
  CHECK(mixed.nodes[0]->tensors[0]->n_mixed == 0);  // of outputs only
  HandMade one_kind;
  one_kind.add({"y", "", "", -1, {2, 2}}, {10, 20, 1, 2});
  CHECK(compared(one_kind, one_kind).outputs[0]->n_mixed == 0);
  HandMade probabilities;
  probabilities.add({"y", "", "", -1, {2, 2}}, {0.99F, 0.01F, 0.999F, 0.001F});
  CHECK(compared(probabilities, probabilities).outputs[0]->n_mixed == 0);
}

TEST_CASE("a layout that is known decides what shapes do not, and is refused where they do") {
  HandMade a;
  a.add({"x", "", "", -1, {2, 2}}, {1, 2, 3, 4});
  HandMade b;
  b.add({"x", "", "", -1, {2, 2}}, {1, 3, 2, 4});
  const auto with = [](HandMade &left, HandMade &right, uint32_t layout) {
    air_compare_options options{};
    options.layout = layout;
    return Comparison(left.result(), right.result(), options);
  };
  const Comparison turned = with(a, b, 1 + AIR_LAYOUT_FROM_CHANNEL_FIRST);
  CHECK(turned.passed == 1);
  CHECK(turned.outputs[0]->layout == AIR_LAYOUT_FROM_CHANNEL_FIRST);
  CHECK(turned.nodes[0]->tensors[0]->layout == AIR_LAYOUT_FROM_CHANNEL_FIRST);
  CHECK(verdicts(turned) == "equal");
  CHECK(verdicts(with(a, b, 1 + AIR_LAYOUT_SAME)) == "diverges");
  CHECK_THROWS_WITH_AS(with(a, b, 4), "layout is 4, expected 0, or 1 + an air_layout", air::Error);
  HandMade vector;
  vector.add({"x"}, kRamp);
  CHECK_THROWS_WITH_AS(with(vector, vector, 1), doctest::Contains("the layout decides nothing"), air::Error);
}

TEST_CASE("numbers that count have no step of rounding") {
  HandMade a;
  HandMade b;
  a.add_int8({"x"}, 0, {0, 1, 1, 0}).add({"y"}, kRamp);
  b.add_int8({"x"}, 0, {0, 1, 1, 1}).add({"y"}, {1, 2, 3, 4.2F});
  CHECK(verdicts(compared(a, b)) == "diverges affected");
}

TEST_CASE("an output without one finite value passes nothing") {
  HandMade a;
  HandMade b;
  a.add({"x"}, std::vector<float>(4, static_cast<float>(kNan)));
  b.add({"x"}, std::vector<float>(4, static_cast<float>(kNan)));
  CHECK(compared(a, b).passed == 0);
}

TEST_CASE("a NaN on one side diverges, and fails the output") {
  HandMade a;
  a.add({"x"}, kRamp);
  HandMade b;
  b.add({"x"}, {1, 2, 3, std::numeric_limits<float>::quiet_NaN()});
  const Comparison comparison = compared(a, b);
  CHECK(verdicts(comparison) == "diverges");
  CHECK(comparison.passed == 0);
  CHECK(comparison.outputs[0]->broken == 0);
  CHECK(comparison.outputs[0]->n_not_finite == 1);
}

TEST_CASE("a softmax may carry on the absolute error of its input") {
  const auto judged = [](const char *description) {
    HandMade a;
    HandMade b;
    a.add({"x"}, {10, 20, 30, 40}).add({"y", "", description}, {0.1F, 0.2F, 0.3F, 0.4F});
    b.add_int8({"x"}, 0.5F, {20, 41, 60, 80}).add({"y", "", description}, {0.1F, 0.2F, 0.36F, 0.34F});
    return verdicts(compared(a, b));
  };
  CHECK(judged("Softmax (0x10c)") == "quantization quantization");
  CHECK(judged("Dense (0x104)") == "quantization diverges");
}

TEST_CASE("outputs that do not correspond, and inputs that cannot") {
  HandMade a;
  a.add({"x"}, kRamp);
  HandMade b;
  b.add({"x", "", "", -1, {3}}, {1, 2, 3});
  CHECK_THROWS_WITH_AS(compared(a, b), doctest::Contains("x (1, 4) of the reference, x (1, 3) of the other"),
                       air::Error);
}

TEST_CASE("thousands of nodes are paired in bounded memory, also where one side has more of them") {
  constexpr int n_nodes = 5000;
  std::deque<std::string> names;
  const auto value = [](int i) { return std::vector<float>{std::sin(0.7F * static_cast<float>(i)), 1, 2, 3}; };
  for (const bool named : {true, false}) {
    HandMade a;
    HandMade b;
    for (int i = 0; i < n_nodes; ++i) {
      const char *name = named ? names.emplace_back("layer_of_" + std::to_string(i) + "_x").c_str() : "t_1";
      a.add({.tensor = name}, value(i));
      // Nodes that only the other side has: far more than a straight line would bridge, where names tell; else a few.
      const int n_more = named ? (i == 100 ? 700 : 0) : (i == 100 ? 20 : 0);
      for (int k = 0; k < n_more; ++k) b.add({.tensor = "t_2", .shape = {2}}, {0, 0});
      b.add({.tensor = name}, value(i));
    }
    a.result();
    b.result();
    const long before = peak_kib();
    int n_paired = 0;
    for (const air::Match &match : matches(a.result(), b.result())) {
      if (!match.reference || !match.other) continue;
      const uint32_t more = named ? 700 : 20;
      n_paired += *match.other == *match.reference + (*match.reference < 100 ? 0 : more) ? 1 : 0;
    }
    CHECK(n_paired == n_nodes);
    if (!AIR_TEST_SANITIZED) CHECK(peak_kib() - before < 64 * 1024);
  }
}

TEST_CASE("a window leaves no node out where only the last ones agree") {
  HandMade a;
  HandMade b;
  for (int i = 0; i < 1500; ++i) a.add({.tensor = "t_1", .shape = {2}}, {0, 0});
  for (int i = 0; i < 1500; ++i) b.add({.tensor = "t_1", .shape = {3}}, {0, 0, 0});
  a.add({.tensor = "softmax"}, kRamp);
  b.add({.tensor = "softmax"}, kRamp);
  uint32_t last = 0;
  for (const air::Match &match : matches(a.result(), b.result())) {
    if (match.reference && match.other) last = *match.reference;
  }
  CHECK(last == 1500);
}

TEST_CASE("inputs made apart are the same where one real value may have become both") {
  const auto side = [](float scale, const std::vector<int8_t> &values) {
    auto made = std::make_unique<HandMade>();
    made->input_int8(scale, values);
    made->add({.tensor = "y"}, kRamp);
    return made;
  };
  const auto same = [](HandMade &a, HandMade &b) {
    try {
      air::check_same_inputs(air::Side(a.result()), air::Side(b.result()));
      return true;
    } catch (const air::Error &error) {
      CHECK(error.status() == AIR_ERROR_INVALID_INPUT);
      return false;
    }
  };
  // 0.34, -0.6, 0.1, 9 (beyond the ends) in steps of 0.02 and of 0.03: neither conversion of one gives the other
  const auto fine = side(0.02F, {17, -30, 5, 127});
  const auto coarse = side(0.03F, {11, -20, 3, 127});
  CHECK(same(*fine, *coarse));
  CHECK(same(*coarse, *fine));
  const auto other = side(0.03F, {13, -20, 3, 127});
  CHECK_FALSE(same(*fine, *other));
}
