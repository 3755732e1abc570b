// SPDX-License-Identifier: BSD-3-Clause
// The numbers that ST's tool has for what can go wrong.
#include "airunner_st.h"

int32_t air_st_error_number(air_status status) {
  switch (status) {
    case AIR_OK:
      return 0;
    case AIR_ERROR_INVALID_DESCRIPTOR:
    case AIR_ERROR_NOT_FOUND:
    case AIR_ERROR_INVALID_MODEL:
    case AIR_ERROR_WEIGHTS:
    case AIR_ERROR_INCOMPATIBLE:
    case AIR_ERROR_TIMEOUT:
    case AIR_ERROR_BUSY:
    case AIR_ERROR_PERMISSION:
    case AIR_ERROR_NO_DEVICE:
    case AIR_ERROR_NO_ANSWER:
    case AIR_ERROR_TARGET:
    case AIR_ERROR_LINK_LOST:
    case AIR_ERROR_IO:
    case AIR_ERROR_AMBIGUOUS:
      return 801;
    case AIR_ERROR_PROTOCOL:
      return 803;
    case AIR_ERROR_INVALID_ARGUMENT:
    case AIR_ERROR_INVALID_INPUT:
      return 804;
    case AIR_ERROR_NOT_INITIALIZED:
      return 805;
    case AIR_ERROR_NOT_CONNECTED:
      return 810;
    default:
      return 800;
  }
}
