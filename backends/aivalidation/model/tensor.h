// SPDX-License-Identifier: BSD-3-Clause
// The description of one tensor: what the target says of it, checked and put in the form of the library.
#pragma once

#include <string>
#include <vector>

#include "airunner_backend.hpp"
#include "wire/messages.h"

namespace air::aivalidation {

struct TensorInfo : backend::Tensor {
  // `n_bytes`: the bytes that came with the description, 0 for none. Throws AIR_ERROR_PROTOCOL for a description that contradicts itself
  // and AIR_ERROR_UNSUPPORTED for a format that cannot be stored.
  TensorInfo(const wire::TensorDesc &desc, std::string given_name, std::string given_tag, uint64_t n_bytes = 0);

  uint32_t format;
  uint64_t size_bytes;
};

// Two messages describe tensors of one format and shape.
bool same_form(const wire::TensorDesc &a, const wire::TensorDesc &b);

// A memory pool, described as bytes.
TensorInfo make_pool_info(const wire::TensorDesc &desc, std::string name, std::string tag);

// ST's format words: st.format.<tag>.
void add_formats(backend::Properties &properties, const std::vector<TensorInfo> &tensors);

}  // namespace air::aivalidation
