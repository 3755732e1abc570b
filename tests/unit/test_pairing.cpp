// SPDX-License-Identifier: BSD-3-Clause
// Which nodes belong together where names tell nothing: by several samples, by what an activation leaves, and across branches.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "captures.h"
#include "compare/mapping.h"

namespace {

constexpr const char *kConv = "Conv2D", *kRelu = "Relu";

// "0:0 1:- -:1": indices of both sides, "-" for none.
std::string pairs(HandMade &a, HandMade &b) {
  std::string text;
  for (const air::Match &match : air::match_nodes(air::Side(a.result()), air::Side(b.result()))) {
    text += (text.empty() ? "" : " ") + (match.reference ? std::to_string(*match.reference) : "-") + ":" +
            (match.other ? std::to_string(*match.other) : "-");
  }
  return text;
}

HandMade::Node node(const char *operation, int64_t size = 4) {
  return {"", "", operation, -1, {size}};
}

}  // namespace

TEST_CASE("an activation that cuts nothing in the first sample is told from the node before it by the others") {
  const std::vector<float> before = {1, 2, 3, 4, -4, 1, 2, -3}, behind = {1, 2, 3, 4, 0, 1, 2, 0};
  HandMade split("ONNX Runtime"), fused("LiteRT");
  split.samples(2).add(node(kConv), before).add(node(kRelu), behind);
  fused.samples(2).add(node(kConv), behind);
  CHECK(pairs(split, fused) == "0:- 1:0");
  CHECK(pairs(fused, split) == "-:0 0:1");
}

TEST_CASE(
    "a node that ends with an activation belongs to the activation, though the values before it are almost the same") {
  constexpr int n = 40, n_cut = 4;
  std::vector<float> before, behind, deployed;
  for (int i = 0; i < n; ++i) {
    const bool is_cut = i % (n / n_cut) == 0;
    const float value = 1 + 0.01F * static_cast<float>(i);
    before.push_back(is_cut ? -0.1F : value);
    behind.push_back(is_cut ? 0 : value);
    deployed.push_back(is_cut ? 0 : value + (i % 2 == 0 ? 0.05F : -0.05F));
  }
  HandMade split("ONNX Runtime"), fused("LiteRT");
  split.add(node(kConv, n), before).add(node(kRelu, n), behind);
  fused.add(node(kConv, n), deployed);
  CHECK(pairs(split, fused) == "0:- 1:0");
  // Without an activation at its end it belongs to the node of its kind.
  HandMade bare("LiteRT");
  std::vector<float> uncut = deployed;
  for (float &value : uncut) value = value == 0 ? -0.08F : value;
  bare.add(node(kConv, n), uncut);
  CHECK(pairs(split, bare) == "0:0 1:-");
}

TEST_CASE("an activation whose node has its partner is nobody's by its kind alone") {
  const std::vector<float> conv = {-4, 9, 3, -5}, relu = {0, 0, 3, 5}, other = {7, 2, 0, 0};
  HandMade a("ONNX Runtime"), b("LiteRT");
  a.add(node(kConv), conv).add(node(kRelu), relu);
  b.add(node(kConv), conv).add(node(kConv), other);
  CHECK(pairs(a, b) == "0:0 1:- -:1");
  CHECK(pairs(b, a) == "0:0 1:- -:1");
  // Where the node before has none, it may be that the fault is there.
  HandMade alone("LiteRT");
  alone.add(node(kConv), other);
  CHECK(pairs(a, alone) != "0:- 1:- -:0");
}

TEST_CASE("branches executed in another order are found by names alone") {
  HandMade a, b;
  a.add({"left"}, {1, 2, 3, 4}).add({"right"}, {-9, 8, -7, 6});
  b.add({"right"}, {5, -5, 5, 1}).add({"left"}, {-3, 1, 0, -2});
  const std::string text = pairs(a, b);
  CHECK_MESSAGE((text == "0:1 1:0" || text == "1:0 0:1"), text);
}

TEST_CASE("branches executed in another order are found by values alone") {
  const std::vector<float> left = {1, 2, 3, 4}, right = {-9, 8, -7, 6};
  HandMade a("ONNX Runtime"), b("LiteRT");
  a.add(node(kConv), left).add(node(kConv), right);
  b.add(node(kConv), right).add(node(kConv), left);
  const std::string text = pairs(a, b);
  CHECK_MESSAGE((text == "0:1 1:0" || text == "1:0 0:1"), text);
  // Values that are merely similar do not cross.
  HandMade similar("LiteRT");
  similar.add(node(kConv), {-9, 8, -7, 9}).add(node(kConv), {1, 2, 3, 6});
  CHECK(pairs(a, similar).find('-') != std::string::npos);
}
