// SPDX-License-Identifier: BSD-3-Clause
// Float weights as weight quantization alone makes them: rounded to a scheme, and floats again.
#include "runtime/weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "common/error.h"
#include "common/half.h"
#include "common/memory_size.h"
#include "common/shape.h"

namespace air::runtime {
namespace {

// The largest integer of a symmetric scheme: the smallest is its negative.
float largest_of(Rounding rounding) {
  return rounding == Rounding::kInt16 ? 32767.0F : rounding == Rounding::kInt4 ? 7.0F : 127.0F;
}

bool is_by_channel(Rounding rounding) {
  return rounding == Rounding::kInt8Channel || rounding == Rounding::kInt4;
}

// The nearest float16. NaN stays the one that it is.
float as_float16(float value) {
  return std::isnan(value) ? value : to_float(to_half(value));
}

void round_to_integers(std::vector<float> &values, float largest, Channels channels) {
  std::vector<float> scales(memory_size(channels.n));
  const auto scale_of = [&](size_t i) -> float & { return scales[i / channels.inner % channels.n]; };
  for (size_t i = 0; i < values.size(); ++i) scale_of(i) = std::max(scale_of(i), std::fabs(values[i]));
  for (float &scale : scales) scale /= largest;
  for (size_t i = 0; i < values.size(); ++i) {
    const float scale = scale_of(i);
    if (scale > 0.0F && std::isfinite(scale))
      values[i] = std::clamp(std::nearbyint(values[i] / scale), -largest, largest) * scale;
  }
}

// From 0 to 255, so that the smallest and the largest value are both represented, and 0 is exactly.
void round_to_unsigned(std::vector<float> &values) {
  const auto [least, most] = std::ranges::minmax(values);
  const float low = std::min(least, 0.0F);
  const float scale = (std::max(most, 0.0F) - low) / 255.0F;
  if (!(scale > 0.0F) || !std::isfinite(scale)) return;
  const float zero_point = std::nearbyint(-low / scale);
  for (float &value : values)
    value = (std::clamp(std::nearbyint(value / scale) + zero_point, 0.0F, 255.0F) - zero_point) * scale;
}

}  // namespace

Channels channels_along(const Shape &shape, size_t axis, size_t last_axis) {
  const std::span dimensions(shape);
  return {element_count(dimensions.subspan(axis, last_axis + 1 - axis)).value_or(0),
          element_count(dimensions.subspan(last_axis + 1)).value_or(0)};
}

bool round_floats(std::span<std::byte> floats, Rounding rounding, Channels channels) {
  std::vector<float> values(floats.size() / sizeof(float));
  const size_t size = values.size() * sizeof(float);
  if (size == 0 || rounding == Rounding::kNone) return false;
  std::memcpy(values.data(), floats.data(), size);
  if (rounding == Rounding::kFloat16) {
    std::ranges::transform(values, values.begin(), as_float16);
  } else if (rounding == Rounding::kUint8Tensor) {
    round_to_unsigned(values);
  } else {
    round_to_integers(values, largest_of(rounding), is_by_channel(rounding) ? channels : Channels{});
  }
  const bool changed = std::memcmp(floats.data(), values.data(), size) != 0;
  std::memcpy(floats.data(), values.data(), size);
  return changed;
}

void Weights::add(std::span<const std::byte> floats, Channels channels, std::string name) {
  if (floats.empty()) return;
  const auto place = weights_.emplace(floats.data(), Weight{floats, channels, std::move(name)}).first;
  if (place->second.channels != channels) place->second.has_other_channels = true;
}

void Weights::round(std::span<std::byte> model, const CommonOptions &options, const HostLog &log) const {
  const char *scheme = kRoundings[static_cast<size_t>(options.weights)];
  if (weights_.empty()) {
    fail(AIR_ERROR_UNSUPPORTED,
         "option weights={} has no effect: no operator has constant float32 weights in this model, and those of other "
         "types stay as they are; leave it out",
         scheme);
  }
  for (const auto &[place, weight] : weights_) {
    const auto begin = static_cast<size_t>(place - model.data());
    const bool changed = round_floats(model.subspan(begin, weight.floats.size()), options.weights, weight.channels);
    const bool is_split = weight.has_other_channels && is_by_channel(options.weights);
    if (changed && (is_split || others_.contains(place))) {
      fail(AIR_ERROR_UNSUPPORTED,
           "option weights={}: '{}' is also read as something else, or along other channels, and cannot be rounded for "
           "one "
           "alone; give each operator a constant of its own",
           scheme, weight.name);
    }
  }
  log.write(AIR_LOG_INFO, "{} constants that are weights are rounded to {}", weights_.size(), scheme);
}

}  // namespace air::runtime
