// SPDX-License-Identifier: BSD-3-Clause
// What one session computed: recorded, repeated with another session, saved and loaded.
#pragma once

#include <functional>
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
  // Both check everything; throw AIR_ERROR_INVALID_INPUT.
  explicit Capture(std::vector<NamedArray> arrays);
  explicit Capture(const std::string &path);  // reads the arrays that the description tells of, and no others
  Capture(const Capture &) = delete;
  Capture &operator=(const Capture &) = delete;

  const std::vector<NamedArray> &arrays() const noexcept { return arrays_; }

 private:
  using Block = std::function<const void *(const std::string &name, const air_tensor_info &tensor)>;
  Capture(const NpzReader &archive, const std::string &path);
  void bind(const Block &block);

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
