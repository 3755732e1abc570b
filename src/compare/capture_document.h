// SPDX-License-Identifier: BSD-3-Clause
// The JSON description inside a capture: written from a session, read back into public structs.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "airunner.h"

namespace air {

class Session;

// `profile`: of the run; `nodes`: those of its nodes whose data are in the capture.
std::string capture_document(const Session &session, const air_profile &profile, uint64_t n_samples,
                             std::span<const air_node_profile *const> nodes);

// Owns everything it describes.
class CaptureDocument {
 public:
  // Trusts nothing in `text`. Throws AIR_ERROR_INVALID_INPUT; `what` names the source.
  CaptureDocument(std::string_view text, const std::string &what);
  CaptureDocument(const CaptureDocument &) = delete;
  CaptureDocument &operator=(const CaptureDocument &) = delete;

  uint64_t n_samples = 0;
  const char *descriptor = "";
  const char *backend = "";
  const char *begin = "";
  const char *host = "";
  air_model_info info{};
  std::deque<air_node_info> nodes;

 private:
  friend class DocumentReader;

  std::deque<std::string> texts_;
  std::deque<std::vector<int64_t>> shapes_;
  std::deque<std::vector<float>> scales_;
  std::deque<std::vector<int32_t>> zero_points_;
  std::deque<air_tensor_info> tensors_;
  std::deque<std::vector<const air_tensor_info *>> tensor_lists_;
  std::deque<std::vector<const char *>> text_lists_;
  air_runtime_info runtime_{};
  air_device_info device_{};
};

}  // namespace air
