// SPDX-License-Identifier: BSD-3-Clause
// Whether the error of a pair of nodes is explained: by rounding, by quantization, by the errors before it.
#pragma once

#include "compare/tensor_pair.h"

namespace air {

// Judges pairs of nodes in the order of execution.
class Judge {
 public:
  // `quantized`: one of the networks computes in quantized numbers, so that all of its values carry that error.
  explicit Judge(bool quantized) : quantized_(quantized) {}

  // The error that inputs bring along.
  void begin(const TensorPair &input);

  struct Judgement {
    air_verdict verdict;
    double allowed_rmse;
  };
  // `softmax`: one of the nodes is one.
  Judgement judge(const TensorPair &pair, bool softmax) const;
  // Takes a judgement over: what is explained is passed on to the nodes behind; after the first divergence all are AFFECTED.
  void accept(const TensorPair &pair, air_verdict verdict);

 private:
  double own_error(const TensorPair &pair) const;

  bool quantized_;
  bool diverged_ = false;
  double carried_ = 0;    // largest relative error so far that was explained
  double last_rmse_ = 0;  // of the last pair that was explained
};

}  // namespace air
