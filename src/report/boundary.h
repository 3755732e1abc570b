// SPDX-License-Identifier: BSD-3-Clause
// The border of libairunner-report: here exceptions become statuses, and texts are given out.
#pragma once

#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "common/error.h"

namespace air::report {

// A function of libairunner has failed, and has told why: air_last_error() stays as it is.
struct Told {
  air_status status;
};

inline void check(air_status status) {
  if (status != AIR_OK) throw Told{status};
}

inline air_status told(air_status status, const char *message, int32_t vendor_code = 0) noexcept {
  air_set_error(status, vendor_code, message);
  return status;
}

// Runs the body of a public function. Nothing is thrown past it.
template <class Body>
air_status guarded(Body &&body) noexcept {
  try {
    body();
    return AIR_OK;
  } catch (const Told &failure) {
    return failure.status;
  } catch (const Error &error) {
    return told(error.status(), error.what(), error.vendor_code());
  } catch (const std::bad_alloc &) {
    return told(AIR_ERROR_NO_MEMORY, "out of memory");
  } catch (const std::exception &error) {
    return told(AIR_ERROR_INTERNAL, error.what());
  } catch (...) {
    return told(AIR_ERROR_INTERNAL, "an exception of an unknown type");
  }
}

template <class T>
T &required(T *pointer, const char *name) {
  if (pointer == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "{} is NULL", name);
  return *pointer;
}

// Copy of a text for the caller, to be released with air_free_text().
inline char *copy_text(const std::string &text) {
  char *copy = strdup(text.c_str());
  if (copy == nullptr) throw std::bad_alloc();
  return copy;
}

}  // namespace air::report
