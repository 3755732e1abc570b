// SPDX-License-Identifier: BSD-3-Clause
// Sums that no processor clips. Without VNNI (see platform/machine/processor.h) ONNX Runtime multiplies unsigned inputs by signed weights so that sums
// of two products stop at 32,767: layers of int8 networks then compute other values than the network, and than any board. Source: ONNX Runtime's
// documentation, "Quantize ONNX models", "When and why do I need to try U8U8?".
#pragma once

#include <string>

#include "onnxruntime/protobuf.h"

namespace air::ort {

struct ExactSums {
  // With unsigned weights in the place of signed ones, each 128 more and with a zero point of 128 more: the sums are the same. "": as it was.
  std::string model;
  // Whether an operator of integers has signed inputs. Those sums are exact, and the runtime's own way to exact ones does not take such a model.
  bool has_signed_inputs = false;
};

// Of the main graph's operators of integers with weights in the file. Throws protobuf::Malformed.
ExactSums exact_sums(protobuf::Bytes model);

}  // namespace air::ort
