// SPDX-License-Identifier: BSD-3-Clause
// What is measured in the runs of one model, by the index of its column.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "airunner_backend.hpp"
#include "aivalidation/link/link.h"
#include "aivalidation/model/npu_counters.h"
#include "wire/messages.h"

namespace air::aivalidation {

class Measurements {
 public:
  Measurements(uint32_t rtid, NpuClocks clocks) : rtid_(rtid), npu_(clocks) {}

  // Those that every run has. Others show with the first run that has them.
  static std::vector<backend::Column> columns();

  void begin_run();
  // The operator that stands for the whole inference.
  void add_inference(const wire::Operator &op, const backend::Run &run);
  void add_link(uint64_t ns, const Link::Traffic &before, const Link::Traffic &after);
  // Columns 2, 3, ...
  std::span<const double> of_run() const { return std::span(run_values_).subspan(2); }

  // Columns 0, 1, ... of a node. Valid until the next call.
  std::span<const double> of_node(uint32_t node, double ms, const wire::Operator &op, const backend::Run &run);

  NpuCounters &npu() { return npu_; }

 private:
  void add_counters(const wire::Operator &op, const backend::Run &run, std::vector<double> &values);
  uint32_t counter_column(size_t counter, const wire::Operator &op, const backend::Run &run);

  uint32_t rtid_;
  NpuCounters npu_;
  std::vector<uint64_t> counters_;
  std::vector<uint32_t> counter_columns_;
  std::optional<uint32_t> stack_column_, heap_column_;
  std::vector<double> run_values_, node_values_;
};

}  // namespace air::aivalidation
