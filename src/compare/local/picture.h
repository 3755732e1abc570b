// SPDX-License-Identifier: BSD-3-Clause
// Tensors with height, width and channels, and what may be done to them.
#pragma once

#include <optional>
#include <span>

#include "airunner.h"
#include "compare/tensors.h"

namespace air::local {

struct Picture {
  uint64_t height, width, channels;
  bool channels_first;

  uint64_t size() const { return height * width * channels; }
  uint64_t at(uint64_t y, uint64_t x, uint64_t channel) const {
    return channels_first ? (channel * height + y) * width + x : (y * width + x) * channels + channel;
  }
};

// Whether a tensor of three or more dimensions has its channels in front: as it declares, else as the runtime has them.
bool has_channels_first(const air_model &model, const air_tensor &tensor);

// Nothing for tensors of other than three dimensions.
std::optional<Picture> picture_of(const air_model &model, const air_tensor &tensor);

enum class Change { kNone, kTransposed, kFlipped, kShifted, kChannelsReversed, kRaised, kScaled, kCut, kBypassed };

// What is done to the inputs of nodes.
struct Alteration {
  Change change = Change::kNone;
  int down = 0, right = 0;  // places of a shift
  float amount = 0;         // that is added, or multiplied by
};

// Of one sample. Cut values are those above 0; what is bypassed is not the inputs, but the activations that read them. Zeros come in where a shift leaves room. What is no picture is raised and scaled only, and what is not square is not transposed.
void alter(std::span<float> values, const std::optional<Picture> &picture, const Alteration &alteration);

// Undoes a transposition or a flip, sample by sample.
Reals brought_back(const Reals &values, const Picture &picture, const Alteration &alteration);

}  // namespace air::local
