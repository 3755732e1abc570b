// SPDX-License-Identifier: BSD-3-Clause
// Names of the node types by release of the runtime: k of 0x100 + k for stateless nodes, 0x180 + k for stateful ones.
#include "common/node_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace air {
namespace {

constexpr uint32_t kStateless = 0x100;
constexpr uint32_t kStateful = 0x180;

constexpr std::array<const char *, 40> kCommon = {
    "Base",   "Add",        "BN",        "Conv2D",  "Dense",           nullptr,    "LRN",       "NL",
    "Norm",   "Conv2dPool", "Transpose", "Pool",    "Softmax",         "Split",    "TimeDelay", "TimeDistributed",
    "Concat", "GEMM",       "Upsample",  "Eltwise", "EltwiseInt",      "InstNorm", "Pad",       "Slice",
    "Tile",   "Reduce",     "RNN",       "Resize",  "Gather",          "Pack",     "UnPack",    "ArgMax",
    "ArgMin", "Cast",       "iForest",   "SvmReg",  "AFeatureExtract", "SVC",      "ZipMap",    "Where"};

constexpr std::array<const char *, 4> kStatefulNames = {"Stateful", "LSTM", "Custom", "GRU"};

struct TypeName {
  uint32_t k;
  const char *name;
  RuntimeVersion since;
};

constexpr TypeName kBefore10[] = {{40, "DQConv2D", {}},
                                  {41, "DQPool", {}},
                                  {42, "LinearClassifier", {}},
                                  {43, "TreeEnsembleClassifier", {}},
                                  {44, "DQDense", {}},
                                  {45, "TopK", {}},
                                  {50, "Reverse", {}},
                                  {51, "ReduceLogSumExp", {}},
                                  {52, "ReduceL1", {}},
                                  {63, "LiteGraph", {}},
                                  {64, "Container", {}},
                                  {65, "Lambda", {}},
                                  {66, "TreeEnsembleRegressor", {}}};

constexpr TypeName kSince10[] = {{40, "LinearClassifier", {10, 0}},
                                 {41, "TreeEnsembleClassifier", {10, 0}},
                                 {42, "TopK", {10, 0}},
                                 {43, "ReduceLogSumExp", {10, 0}},
                                 {44, "ReduceL1", {10, 0}},
                                 {45, "LiteGraph", {10, 0}},
                                 {46, "TreeEnsembleRegressor", {10, 0}},
                                 {48, "DQConv2D", {10, 0}},
                                 {49, "DQPool", {10, 0}},
                                 {50, "DQDense", {10, 0}},
                                 {51, "Reverse", {10, 0}},
                                 {52, "TFLiteWrapper", {10, 0}},
                                 {67, "GatherND", {10, 0}},
                                 {68, "MatMul", {10, 0}},
                                 {69, "ScatterND", {10, 2}},
                                 {70, "GatherElements", {10, 2}},
                                 {100, "SoftmaxCrossEntropyLoss", {11, 0}},
                                 {101, "SoftmaxCrossEntropyLossGrad", {11, 0}},
                                 {102, "InPlaceAccumulatorV2", {11, 0}},
                                 {103, "ReluGrad", {11, 0}}};

template <size_t N>
const char *find_name(const TypeName (&table)[N], uint32_t k, RuntimeVersion runtime) {
  const auto *found =
      std::find_if(std::begin(table), std::end(table), [k](const TypeName &entry) { return entry.k == k; });
  if (found == std::end(table)) return nullptr;
  const bool known = runtime.major > found->since.major ||
                     (runtime.major == found->since.major && runtime.minor >= found->since.minor);
  return known ? found->name : nullptr;
}

const char *name_of(uint32_t type, RuntimeVersion runtime) {
  if (type == 0) return "Output";
  if (type >= kStateful) return type - kStateful < kStatefulNames.size() ? kStatefulNames[type - kStateful] : nullptr;
  if (type < kStateless) return nullptr;
  const uint32_t k = type - kStateless;
  if (k < kCommon.size()) return kCommon[k];
  return runtime.major >= 10 ? find_name(kSince10, k, runtime) : find_name(kBefore10, k, runtime);
}

}  // namespace

std::string describe_node_type(uint32_t type, RuntimeVersion runtime) {
  const uint32_t plain = type & kNodeTypeMask;
  const char *name = name_of(plain, runtime);
  return name != nullptr ? fmt::format("{} (0x{:x})", name, plain) : fmt::format("{} (0x{:x})", plain, plain);
}

}  // namespace air
