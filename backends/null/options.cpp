// SPDX-License-Identifier: BSD-3-Clause
// Options of a `null:` descriptor.
#include "null/options.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "common/error.h"

namespace air::null {
namespace {

std::optional<uint64_t> number_if_given(const backend::Request &request, const char *key) {
  return request.find(key) ? std::optional(request.number(key)) : std::nullopt;
}

}  // namespace

Options::Options(const backend::Request &request)
    : models(request.number("models")),
      delay_ms(request.number("delay_ms")),
      fail_at(number_if_given(request, "fail_at")),
      fail_sample(number_if_given(request, "fail_sample")),
      stateful(request.flag("stateful")),
      connect_fail(request.flag("connect_fail")),
      name(request.model_name().value_or(request.text("name"))) {}

std::vector<std::string> Options::model_names() const {
  std::vector<std::string> all = {"network"};
  for (uint64_t i = 2; i <= models; ++i) all.push_back(fmt::format("network_{}", i));
  if (name.empty()) return all;
  if (std::ranges::find(all, name) == all.end()) {
    fail(AIR_ERROR_NOT_FOUND, "no model \"{}\"; there is: {}", name, fmt::join(all, ", "));
  }
  return {name};
}

}  // namespace air::null
