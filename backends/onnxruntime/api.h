// SPDX-License-Identifier: BSD-3-Clause
// ONNX Runtime as found on this machine: its table of functions, with errors as exceptions and objects that release themselves.
#pragma once

#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include "airunner.h"
#include "onnxruntime/abi.h"
#include "runtime/library.h"

namespace air::ort {

class Api {
 public:
  // `wanted` is option runtime. Throws NOT_FOUND or INCOMPATIBLE.
  Api(const std::string &wanted, const HostLog &log);

  uint32_t version() const noexcept { return version_; }            // of the table
  const std::string &release() const noexcept { return release_; }  // "1.20.0"
  const std::string &path() const noexcept { return library_.path(); }
  bool can_log_session() const noexcept { return version_ >= abi::kSessionLogVersion; }
  bool can_profile_run() const noexcept { return version_ >= abi::kRunProfilingVersion; }

  template <class Result, class... Parameters>
  Result get(abi::Slot<Result(Parameters...)> slot, std::type_identity_t<Parameters>... arguments) const {
    return reinterpret_cast<Result (*)(Parameters...)>(const_cast<void *>(table_[slot.index]))(arguments...);
  }

  // Throws `status` with `what` and the runtime's own words when the call fails.
  template <class... Parameters>
  void call(air_status status, const char *what, abi::Slot<abi::Status *(Parameters...)> slot,
            std::type_identity_t<Parameters>... arguments) const {
    if (abi::Status *failure = get(slot, arguments...); failure != nullptr) refuse(status, what, failure);
  }

  // For calls that only fail without memory.
  template <class... Parameters>
  void must(abi::Slot<abi::Status *(Parameters...)> slot, std::type_identity_t<Parameters>... arguments) const {
    call(AIR_ERROR_INTERNAL, "ONNX Runtime", slot, arguments...);
  }

  // `log`: lines of the runtime on the way there; what the error does not tell itself becomes a cause.
  [[noreturn]] void refuse(air_status status, const char *what, abi::Status *failure,
                           const std::vector<std::string> &log = {}) const;

 private:
  runtime::Library library_;
  abi::Table table_ = nullptr;
  uint32_t version_ = 0;
  std::string release_;
};

// Owns an object of the runtime.
template <class Object>
class Owned {
 public:
  Owned(const Api &api, abi::Slot<void(Object *)> release, Object *object = nullptr)
      : object_(object, {&api, release}) {}

  Object *get() const noexcept { return object_.get(); }
  void reset(Object *object = nullptr) { object_.reset(object); }
  Object *release() { return object_.release(); }

 private:
  struct Release {
    const Api *api;
    abi::Slot<void(Object *)> slot;
    void operator()(Object *object) const { api->get(slot, object); }
  };
  std::unique_ptr<Object, Release> object_;
};

// Makes an object with a function of the table whose last parameter takes it.
template <class Object, class Make>
Owned<Object> make_owned(const Api &api, abi::Slot<void(Object *)> release, Make make) {
  Object *object = nullptr;
  make(&object);
  if (object == nullptr)
    throw std::bad_alloc();  // the runtime cannot make its report of that either, and calls it success
  return Owned<Object>(api, release, object);
}

}  // namespace air::ort
