// SPDX-License-Identifier: BSD-3-Clause
// Options of connecting and of looking for plugins and devices, as a caller gives them.
#include "core/connect_options.h"

#include <span>

#include "common/struct_size.h"
#include "core/error.h"

namespace air {
namespace {

void check_arrays(const air_connect_options &options) {
  if (options.n_options > 0 && options.options == nullptr) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_connect_options.options is NULL, expected {} options", options.n_options);
  }
  for (const air_option &option : std::span(options.options, options.n_options)) {
    if (option.key == nullptr || option.value == nullptr) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "an option of air_connect_options has a NULL key or value");
    }
  }
  if (options.n_weights > 0 && options.weights == nullptr) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_connect_options.weights is NULL, expected {} buffers", options.n_weights);
  }
  for (const air_weights &weights : std::span(options.weights, options.n_weights)) {
    if (weights.data == nullptr && weights.size_bytes > 0) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "a weights buffer of {} bytes has data NULL", weights.size_bytes);
    }
  }
}

}  // namespace

air_connect_options read_connect_options(const air_connect_options *given) {
  const auto options =
      read_struct(given, air_connect_options{}, "air_connect_options", AIR_SIZE_UP_TO(air_connect_options, reserved));
  const bool is_log_wrong = options.log != nullptr && options.log->reserved != 0;
  if (options.reserved != 0 || is_log_wrong) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "{}.reserved is not 0", is_log_wrong ? "air_log" : "air_connect_options");
  }
  check_arrays(options);
  return options;
}

}  // namespace air
