// SPDX-License-Identifier: BSD-3-Clause
// What one session computed: recorded, repeated with another session, saved and loaded.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "capture_document.h"
#include "npz/npz.h"

namespace air {

class Session;

// Made of arrays and their description alone, so that a capture that was loaded is the same as one that was recorded.
class Capture : public air_capture {
 public:
  // Checks everything; throws AIR_ERROR_INVALID_INPUT. `file`: where the arrays were read, "" for none.
  explicit Capture(std::vector<NamedArray> arrays, std::string file = "");
  Capture(const Capture &) = delete;
  Capture &operator=(const Capture &) = delete;

  const std::vector<NamedArray> &arrays() const noexcept { return arrays_; }

 private:
  const void *block(const std::string &name, const air_tensor_info &tensor) const;

  std::vector<NamedArray> arrays_;
  std::string file_;
  CaptureDocument document_;
  std::vector<const void *> inputs_, outputs_;
  std::vector<std::vector<const void *>> node_data_;
  std::vector<air_captured_node> nodes_;
  std::vector<const air_captured_node *> node_list_;
};

// Throw what Session::invoke() throws.
std::unique_ptr<Capture> record_capture(Session &session, uint64_t n_samples, std::span<const air_buffer> inputs,
                                        const air_invoke_options &options);
// With the inputs of a capture, converted.
std::unique_ptr<Capture> repeat_capture(Session &session, const air_capture &capture,
                                        const air_invoke_options &options);

}  // namespace air
