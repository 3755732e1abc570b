// SPDX-License-Identifier: BSD-3-Clause
// Which values of a tensor belong to one channel.
#include "compare/local/channels.h"

#include <algorithm>
#include <array>

#include "common/operators.h"
#include "common/tensor_facts.h"
#include "compare/local/picture.h"

namespace air::local {
namespace {

// Sums of each channel are kept for every node; a vector of more elements than this is one channel.
constexpr uint64_t kMostChannels = 1 << 16;

bool is_channels_first(const air_model &model, const air_node &node, const air_tensor &tensor) {
  if (tensor.rank >= 3) return has_channels_first(model, tensor);
  constexpr std::array<const char *, 3> of_channels = {"conv", "pool", "norm"};
  return tensor.rank == 2 && has_channels_first(model, tensor) &&
         std::ranges::any_of(of_channels, [&](const char *kind) { return is_like(node, kind); });
}

}  // namespace

Channels channels_of(const air_model &model, const air_node &node, const air_tensor &tensor) {
  const std::span<const int64_t> shape = shape_of(tensor);
  if (shape.empty()) return {};
  const bool first = is_channels_first(model, node, tensor);
  Channels channels{static_cast<uint64_t>(first ? shape.front() : shape.back()), 1};
  for (size_t i = 1; first && i < shape.size(); ++i) channels.inner *= static_cast<uint64_t>(shape[i]);
  return channels.n == 0 || channels.n > kMostChannels || channels.inner == 0 ? Channels{} : channels;
}

}  // namespace air::local
