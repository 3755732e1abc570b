// SPDX-License-Identifier: BSD-3-Clause
// Pictures that are read at other places than they should: turned, shifted, from other channels or other tensors.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compare/local/candidates.h"

namespace air::local {
namespace {

constexpr uint64_t kWidestBorder = 3;

// Rows and columns at the ends of a picture.
struct Border {
  uint64_t top, bottom, left, right;
};

// What lies there is not known.
Reals without(const Suspect &suspect, Reals values, const Border &border) {
  const Picture &picture = *suspect.picture;
  const auto is_within = [](uint64_t at, uint64_t size, uint64_t front, uint64_t behind) {
    return at >= front && at + behind < size;
  };
  for (uint64_t sample = 0; sample < suspect.n_samples; ++sample) {
    for (uint64_t y = 0; y < picture.height; ++y) {
      for (uint64_t x = 0; x < picture.width; ++x) {
        if (is_within(y, picture.height, border.top, border.bottom) &&
            is_within(x, picture.width, border.left, border.right))
          continue;
        for (uint64_t c = 0; c < picture.channels; ++c)
          values[sample * picture.size() + picture.at(y, x, c)] = std::numeric_limits<double>::quiet_NaN();
      }
    }
  }
  return values;
}

// What is shifted out of the picture is not known where the kernel reaches beyond it.
void try_shift(Candidates &candidates, const Alteration &alteration, const Reals &values) {
  for (uint64_t width = 1; width <= kWidestBorder; ++width) {
    const auto lost = [width](bool is_lost) { return is_lost ? width : 0; };
    const Border border = {lost(alteration.down < 0), lost(alteration.down > 0), lost(alteration.right < 0),
                           lost(alteration.right > 0)};
    candidates.consider("padding", static_cast<int>(width), without(candidates.suspect(), values, border));
  }
}

// All is right but at the border: its part of the error is what this explains.
void try_border(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  const Picture &picture = *suspect.picture;
  for (uint64_t width = 1; width <= kWidestBorder; ++width) {
    const uint64_t rows = 4 * width < picture.height ? width : 0;
    const uint64_t columns = 4 * width < picture.width ? width : 0;
    if (rows + columns == 0) return;
    Reals actual = suspect.actual;
    const Reals within = without(suspect, suspect.exact, {rows, rows, columns, columns});
    for (size_t i = 0; i < actual.size(); ++i) {
      if (std::isnan(within[i])) actual[i] = suspect.exact[i];
    }
    candidates.consider("padding", static_cast<int>(width) + 1, actual, suspect.exact);
  }
}

}  // namespace

void try_geometry(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  for (const auto &[alteration, values] : suspect.altered) {
    switch (alteration.change) {
      case Change::kTransposed:
        candidates.consider("kernel transposed", 0, values);
        break;
      case Change::kFlipped:
        candidates.consider("kernel flipped", 0, values);
        break;
      case Change::kChannelsReversed:
        candidates.consider("input channels reversed", 0, values);
        break;
      case Change::kShifted:
        if (suspect.picture) try_shift(candidates, alteration, values);
        break;
      default:
        break;
    }
  }
  if (suspect.picture) try_border(candidates);
}

// Of an addition: another tensor in the place of one operand, or none.
void try_connections(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  if (suspect.inputs.size() != 2) return;
  const auto sum = [&](const Reals &a, const Reals *b, double sign) {
    Reals values = a;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = candidates.cut(values[i] + (b == nullptr ? 0 : sign * (*b)[i]));
    return values;
  };
  for (const size_t kept : {size_t{0}, size_t{1}}) {
    const Reals &a = suspect.inputs[kept].values;
    const Reals &b = suspect.inputs[1 - kept].values;
    if (a.size() != suspect.actual.size() || b.size() != suspect.actual.size()) return;
    candidates.consider("skip connection", 1, sum(a, nullptr, 0));
    candidates.consider("skip connection", 1, sum(a, &b, -1));
    for (const Reals &other : suspect.others) candidates.consider("skip connection", 1, sum(a, &other, 1));
  }
}

}  // namespace air::local
