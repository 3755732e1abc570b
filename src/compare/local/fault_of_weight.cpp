// SPDX-License-Identifier: BSD-3-Clause
// One weight of one filter: the error is one input, at one place beside the output, times a number.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compare/local/candidates.h"

namespace air::local {
namespace {

constexpr uint64_t kMostValues = 1024;  // of a channel, to look for the weight
constexpr int64_t kReach = 5;           // of kernels around their output

// Which input a place of the output reads with that weight; no number beyond the border.
using Reading = std::function<double(uint64_t place)>;

class Search {
 public:
  explicit Search(Candidates &candidates) : candidates_(candidates), suspect_(candidates.suspect()) {
    for (size_t i = 0; i < suspect_.actual.size(); ++i) {
      if (candidates.is_wrong(i)) places_.push_back(i);
    }
  }

  void search_all(const Suspect::Input &input);
  void search_around(const Suspect::Input &input, const Picture &in, const Picture &out);

 private:
  void search(const Reading &read);
  void consider();

  Candidates &candidates_;
  const Suspect &suspect_;
  std::vector<size_t> places_;  // of the values of the channel
  double least_ = std::numeric_limits<double>::infinity();
  Reals best_;
};

// Keeps what explains most.
void Search::search(const Reading &read) {
  const size_t skip = places_.size() / kMostValues + 1;
  double xx = 0, xe = 0, ee = 0;
  for (size_t k = 0; k < places_.size(); k += skip) {
    const size_t i = places_[k];
    const double error = suspect_.actual[i] - candidates_.sum(i);
    if (!candidates_.is_inside(suspect_.actual[i]) || !std::isfinite(error)) continue;
    const double value = read(k);
    xx += value * value, xe += value * error, ee += error * error;
  }
  if (xx == 0 || ee - xe * xe / xx >= least_) return;
  least_ = ee - xe * xe / xx;
  best_ = suspect_.exact;
  for (size_t k = 0; k < places_.size(); ++k)
    best_[places_[k]] = candidates_.cut(candidates_.sum(places_[k]) + xe / xx * read(k));
}

void Search::consider() {
  if (!best_.empty()) candidates_.consider("weight", 2, best_);
}

// Of a node that reads all of its input for each output.
void Search::search_all(const Suspect::Input &input) {
  const uint64_t size = input.values.size() / suspect_.n_samples;
  if (places_.size() != suspect_.n_samples) return;
  for (uint64_t place = 0; place < size; ++place)
    search([&](uint64_t sample) { return input.values[sample * size + place]; });
  consider();
}

// The places of a channel lie row by row in both layouts.
void Search::search_around(const Suspect::Input &input, const Picture &in, const Picture &out) {
  if (out.height == 0 || out.width == 0 || in.height < out.height || in.width < out.width) return;
  const auto stride_of = [](uint64_t from, uint64_t to) { return std::max<uint64_t>(1, (from + to / 2) / to); };
  const auto down = static_cast<int64_t>(stride_of(in.height, out.height));
  const auto right = static_cast<int64_t>(stride_of(in.width, out.width));
  // Without padding it reads what lies behind only.
  const auto reach = [](uint64_t from, uint64_t to, int64_t stride) {
    return std::max(kReach, static_cast<int64_t>(from) - static_cast<int64_t>(to - 1) * stride);
  };
  const int64_t last_y = reach(in.height, out.height, down);
  const int64_t last_x = reach(in.width, out.width, right);
  for (uint64_t channel = 0; channel < in.channels; ++channel) {
    for (int64_t dy = -kReach; dy <= last_y; ++dy) {
      for (int64_t dx = -kReach; dx <= last_x; ++dx) {
        search([&](uint64_t k) {
          const int64_t y = static_cast<int64_t>(k / out.width % out.height) * down + dy;
          const int64_t x = static_cast<int64_t>(k % out.width) * right + dx;
          if (y < 0 || x < 0 || y >= static_cast<int64_t>(in.height) || x >= static_cast<int64_t>(in.width)) return 0.0;
          return input.values[k / (out.height * out.width) * in.size() +
                              in.at(static_cast<uint64_t>(y), static_cast<uint64_t>(x), channel)];
        });
      }
    }
  }
  consider();
}

}  // namespace

void try_one_weight(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  if (candidates.wrong().size() != 1 || suspect.inputs.size() != 1) return;
  const Suspect::Input &input = suspect.inputs.front();
  Search search(candidates);
  if (suspect.picture && input.picture && suspect.picture->height * suspect.picture->width > 1)
    search.search_around(input, *input.picture, *suspect.picture);
  else
    search.search_all(input);
}

}  // namespace air::local
