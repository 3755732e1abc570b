// SPDX-License-Identifier: BSD-3-Clause
// ONNX Runtime as found on this machine: its table of functions, with errors as exceptions and objects that release themselves.
#pragma once

#include <onnxruntime_c_api.h>

#include <memory>
#include <new>
#include <string>
#include <vector>

#include "airunner.h"
#include "runtime/library.h"

namespace air::ort {

// Versions of the table, which only grows at its end: the release 1.N has the versions up to N.
inline constexpr uint32_t kOldestVersion = 14;
// From here on a single run can be profiled; before only a session from its begin to its end.
inline constexpr uint32_t kRunProfilingVersion = 25;
// From here on the log of a session can be taken; before it only goes to the terminal.
inline constexpr uint32_t kSessionLogVersion = 17;

template <class Object>
using ReleaseOf = void (ORT_API_CALL *OrtApi::*)(Object *);

class Api {
 public:
  // `wanted` is option runtime. Throws NOT_FOUND or INCOMPATIBLE.
  Api(const std::string &wanted, const HostLog &log);

  uint32_t version() const noexcept { return version_; }            // of the table
  const std::string &release() const noexcept { return release_; }  // "1.20.0"
  const std::string &path() const noexcept { return library_.path(); }
  bool can_log_session() const noexcept { return version_ >= kSessionLogVersion; }
  bool can_profile_run() const noexcept { return version_ >= kRunProfilingVersion; }

  const OrtApi *operator->() const noexcept { return table_; }

  // Throws `status` with `what` and the runtime's own words when the call fails.
  template <class Function, class... Arguments>
  void call(air_status status, const char *what, Function OrtApi::*function, Arguments... arguments) const {
    if (OrtStatus *failure = (table_->*function)(arguments...); failure != nullptr) refuse(status, what, failure);
  }

  // For calls that only fail without memory.
  template <class Function, class... Arguments>
  void must(Function OrtApi::*function, Arguments... arguments) const {
    call(AIR_ERROR_INTERNAL, "ONNX Runtime", function, arguments...);
  }

  // For calls after whose failure nothing else can be done.
  template <class Function, class... Arguments>
  void attempt(Function OrtApi::*function, Arguments... arguments) const noexcept {
    if (OrtStatus *failure = (table_->*function)(arguments...); failure != nullptr) table_->ReleaseStatus(failure);
  }

  // `log`: lines of the runtime on the way there; what the error does not tell itself becomes a cause.
  [[noreturn]] void refuse(air_status status, const char *what, OrtStatus *failure,
                           const std::vector<std::string> &log = {}) const;

 private:
  runtime::Library library_;
  const OrtApi *table_ = nullptr;
  uint32_t version_ = 0;
  std::string release_;
};

// Owns an object of the runtime.
template <class Object>
class Owned {
 public:
  Owned(const Api &api, ReleaseOf<Object> release, Object *object = nullptr)
      : object_(object, {api.operator->(), release}) {}

  Object *get() const noexcept { return object_.get(); }
  void reset(Object *object = nullptr) { object_.reset(object); }
  Object *release() { return object_.release(); }

 private:
  struct Release {
    const OrtApi *api;
    ReleaseOf<Object> function;
    void operator()(Object *object) const { (api->*function)(object); }
  };
  std::unique_ptr<Object, Release> object_;
};

// Makes an object with a function of the table whose last parameter takes it.
template <class Object, class Make>
Owned<Object> make_owned(const Api &api, ReleaseOf<Object> release, Make make) {
  Object *object = nullptr;
  make(&object);
  if (object == nullptr)
    throw std::bad_alloc();  // the runtime cannot make its report of that either, and calls it success
  return Owned<Object>(api, release, object);
}

}  // namespace air::ort
