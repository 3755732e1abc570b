// SPDX-License-Identifier: BSD-3-Clause
// Float weights as weight quantization alone makes them: rounded to a scheme, and floats again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>

#include "plugin/log.h"
#include "runtime/options.h"
#include "runtime/shapes.h"

namespace air::runtime {

// Which elements share a scale: element i is of channel i / inner % n.
struct Channels {
  uint64_t n = 1;
  uint64_t inner = 1;

  bool operator==(const Channels &) const = default;
};

// The channels that lie along the dimensions from `axis` to `last_axis`.
Channels channels_along(const Shape &shape, size_t axis, size_t last_axis);

// Rounds float32 values in place, halves to even: to integers with one symmetric scale for each channel or for all, or to float16. A channel
// without a finite scale above 0 stays as it is. True where that changes one.
bool round_floats(std::span<std::byte> floats, Rounding rounding, Channels channels);

// The constants of a model, by the place of their bytes, with what its operators read them as.
class Weights {
 public:
  // As weights, and as anything else; `name` is for messages.
  void add(std::span<const std::byte> floats, Channels channels, std::string name);
  void add_other(std::span<const std::byte> bytes) { others_.insert(bytes.data()); }

  // Rounds them in `model`, which they are parts of. Throws UNSUPPORTED where there is none, and where another operator reads a rounded
  // constant in another way.
  void round(std::span<std::byte> model, const CommonOptions &options, const HostLog &log) const;

 private:
  struct Weight {
    std::span<const std::byte> floats;
    Channels channels;
    std::string name;
    bool has_other_channels = false;  // for another operator
  };
  std::map<const std::byte *, Weight> weights_;
  std::set<const std::byte *> others_;
};

}  // namespace air::runtime
