// SPDX-License-Identifier: BSD-3-Clause
// What the structs of a legacy library say, read with care: the report, shapes and quantization.
#pragma once

#include <string>
#include <vector>

#include "stlib/abi/legacy.h"
#include "stlib/model/model.h"

namespace air::stlib {

struct LegacyReport {
  ModelFacts facts;
  std::vector<ai_buffer> inputs;
  std::vector<ai_buffer> outputs;
};

// Throws AIR_ERROR_INCOMPATIBLE for libraries of X-CUBE-AI 7.0 and older, AIR_ERROR_INVALID_MODEL for absurd reports.
LegacyReport read_legacy_report(ai_get_report_fn *get_report, ai_handle network, const std::string &c_name);

// Format, shape and quantization of a buffer; name and tag are the caller's to set first.
void describe_legacy_buffer(const ai_buffer &buffer, TensorSpec &spec);

// The shape in the order of the user, channels last.
std::vector<int64_t> read_legacy_shape(const ai_buffer_shape &shape, const std::string &what);

// Scales and zero points of a list; none when the list cannot be one.
void read_intq_list(const ai_intq_info_list *list, TensorSpec &spec);

}  // namespace air::stlib
