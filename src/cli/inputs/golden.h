// SPDX-License-Identifier: BSD-3-Clause
// What another program computed, out of a file of arrays: a side of `compare`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "airunner_report.h"
#include "common/values.h"
#include "npz/npy.h"

namespace air::cli {

// Whether it is such a file: .npy, .csv, or an .npz that is no capture, told by what is in it.
bool is_golden(const std::string &path);

class Golden {
 public:
  // `n_first`: how many samples are wanted, nothing for all. Throws Failure or Error.
  Golden(std::string path, std::optional<uint64_t> n_first);

  // Throw Failure. Of a deployment with this model; nothing where the file holds no inputs and others are given.
  HeldResult with_own_inputs(const air_model &model, bool others_are_given) const;
  // With the inputs of the other side where the file holds none. Warns of arrays that are nothing of the model.
  HeldResult beside(const air_result *other) const;

 private:
  air_status make(const air_model &model, const air_result *inputs, HeldResult &result) const;

  std::string path_;
  std::optional<uint64_t> n_first_;
  std::vector<std::string> names_;
  std::vector<Array> arrays_;
};

// Which array is which tensor, and whose inputs were taken, as a line. Of a result that is of such a file.
std::string places_line(const air_result *result);

}  // namespace air::cli
