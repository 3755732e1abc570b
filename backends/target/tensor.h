// SPDX-License-Identifier: BSD-3-Clause
// The description of one tensor: what the target says of it, checked and put in the public form.
#pragma once

#include <memory>
#include <string>

#include "airunner_backend.h"
#include "wire/messages.h"
#include "wire/shape.h"

namespace air::target {

struct TensorInfo {
  // `n_bytes`: the bytes that came with the description, 0 for none. Throws AIR_ERROR_PROTOCOL for a description that contradicts itself
  // and AIR_ERROR_UNSUPPORTED for a format that cannot be stored.
  TensorInfo(const wire::TensorDesc &desc, std::string given_name, std::string given_tag, uint64_t n_bytes = 0);
  TensorInfo(const TensorInfo &) = delete;
  TensorInfo &operator=(const TensorInfo &) = delete;

  std::string name;
  std::string tag;
  wire::Shape shape;
  wire::Shape storage_shape;
  float scale;
  int32_t zero_point;
  air_tensor_info view{};
};

// Two messages describe tensors of one format and shape.
bool same_form(const wire::TensorDesc &a, const wire::TensorDesc &b);

// A memory pool, described as bytes.
std::unique_ptr<TensorInfo> make_pool_info(const wire::TensorDesc &desc, std::string name, std::string tag);

}  // namespace air::target
