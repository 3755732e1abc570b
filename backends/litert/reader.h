// SPDX-License-Identifier: BSD-3-Clause
// The operator at the end of a graph that reads tensors where the runtime computed them. As outputs of the graph some would come as zeros
// (those that are sized while the graph runs), others would lose what is computed only once (weights behind a DEQUANTIZE).
#pragma once

#include <exception>
#include <vector>

#include "litert/api.h"
#include "runtime/shapes.h"

namespace air::litert {

class Reader {
 public:
  static constexpr const char *kName = "airunner.reader";

  explicit Reader(const Api &api);
  Reader(const Reader &) = delete;
  Reader &operator=(const Reader &) = delete;

  void expect(size_t n_tensors);
  // The options have to go before this does.
  void add_to(abi::Options options);

  // Forgets that shapes are known, and that values were read.
  void forget();
  // Shapes were told, before or while the graph ran.
  bool knows_shapes() const noexcept { return knows_shapes_; }
  const std::vector<runtime::Shape> &shapes() const noexcept { return shapes_; }

  // When all operators of the last run were done; 0 when it did not come that far.
  uint64_t reached_ns() const noexcept { return reached_ns_; }
  // Throws what kept it from reading then.
  void check_values() const;
  const std::byte *value(size_t index) const { return values_.at(index).data(); }

 private:
  void tell_shapes(size_t n, const abi::Layout *layouts);
  void read(size_t n, const abi::TensorBuffer *tensors) noexcept;
  void read_one(size_t index, abi::TensorBuffer tensor);

  const Api &api_;
  const abi::OperatorKernel kernel_;
  std::vector<runtime::Shape> shapes_;
  std::vector<std::vector<std::byte>> values_;
  bool knows_shapes_ = false;
  uint64_t reached_ns_ = 0;
  std::exception_ptr failure_;
};

}  // namespace air::litert
