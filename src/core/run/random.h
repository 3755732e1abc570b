// SPDX-License-Identifier: BSD-3-Clause
// Random tensors equal to those of numpy.random.RandomState(seed).uniform and .randint, as ST's tool draws them.
#pragma once

#include <random>

#include "airunner.h"

namespace air {

class RandomInputs {
 public:
  explicit RandomInputs(const air_random &options) : options_(options), generator_(options.seed) {}

  // Fills n_elements stored elements of the tensor's dtype at `data`.
  void fill(const air_tensor &tensor, uint64_t n_elements, void *data);

 private:
  double uniform(double low, double high);
  uint64_t below_or_equal(uint64_t range);
  template <class T>
  void fill_integers(uint64_t n_elements, T *data, T low, T high);
  template <class T>
  void fill_nibbles(const air_tensor &tensor, uint64_t n_elements, T low, T high, uint8_t *data);

  air_random options_;
  std::mt19937 generator_;
};

}  // namespace air
