// SPDX-License-Identifier: BSD-3-Clause
// Tensors with height, width and channels, and what may be done to them.
#include "compare/local/picture.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "common/tensor_facts.h"

namespace air::local {
namespace {

// Where the value for a place comes from; nothing: it is 0.
std::optional<uint64_t> source(const Picture &picture, uint64_t y, uint64_t x, uint64_t channel,
                               const Alteration &alteration) {
  switch (alteration.change) {
    case Change::kTransposed:
      return picture.at(x, y, channel);
    case Change::kFlipped:
      return picture.at(picture.height - 1 - y, picture.width - 1 - x, channel);
    case Change::kShifted: {
      const uint64_t from_y = y - static_cast<uint64_t>(alteration.down);  // wraps beyond any picture
      const uint64_t from_x = x - static_cast<uint64_t>(alteration.right);
      if (from_y >= picture.height || from_x >= picture.width) return {};
      return picture.at(from_y, from_x, channel);
    }
    case Change::kChannelsReversed:
      return picture.at(y, x, picture.channels - 1 - channel);
    default:
      return picture.at(y, x, channel);
  }
}

template <class Real>
void alter_sample(std::span<Real> values, const Picture &picture, const Alteration &alteration) {
  if (alteration.change == Change::kTransposed && picture.height != picture.width) return;
  const std::vector<Real> before(values.begin(), values.end());
  for (uint64_t y = 0; y < picture.height; ++y) {
    for (uint64_t x = 0; x < picture.width; ++x) {
      for (uint64_t channel = 0; channel < picture.channels; ++channel) {
        const std::optional<uint64_t> from = source(picture, y, x, channel, alteration);
        values[picture.at(y, x, channel)] = from ? before[*from] : Real{0};
      }
    }
  }
}

}  // namespace

bool has_channels_first(const air_model &model, const air_tensor &tensor) {
  if ((tensor.flags & AIR_TENSOR_CHANNEL_FIRST) != 0) return true;
  return (tensor.flags & AIR_TENSOR_CHANNEL_LAST) == 0 && std::string_view(model.backend) == "onnxruntime";
}

std::optional<Picture> picture_of(const air_model &model, const air_tensor &tensor) {
  const std::span<const int64_t> shape = shape_of(tensor);
  if (shape.size() != 3 || std::ranges::any_of(shape, [](int64_t size) { return size <= 0; })) return {};
  const auto size = [&](size_t i) { return static_cast<uint64_t>(shape[i]); };
  if (has_channels_first(model, tensor)) return Picture{size(1), size(2), size(0), true};
  return Picture{size(0), size(1), size(2), false};
}

void alter(std::span<float> values, const std::optional<Picture> &picture, const Alteration &alteration) {
  if (alteration.change == Change::kRaised) {
    for (float &value : values) value += alteration.amount;
  } else if (alteration.change == Change::kCut) {
    for (float &value : values) value = std::max(value, 0.0F);
  } else if (alteration.change == Change::kScaled) {
    for (float &value : values) value *= alteration.amount;
  } else if (picture && values.size() == picture->size()) {
    alter_sample(values, *picture, alteration);
  }
}

Reals brought_back(const Reals &values, const Picture &picture, const Alteration &alteration) {
  Reals result = values;
  const bool undo = alteration.change == Change::kTransposed || alteration.change == Change::kFlipped;
  for (size_t first = 0; undo && first < result.size(); first += picture.size())
    alter_sample(std::span(result).subspan(first, picture.size()), picture, alteration);
  return result;
}

}  // namespace air::local
