// SPDX-License-Identifier: BSD-3-Clause
// What documents of a run say beside its results: when, where and with which options it was made; and summaries of values.
#include "text/provenance.h"

#include <chrono>
#include <ctime>

#include "common/tensor_facts.h"

namespace air {

std::string time_stamp(int64_t unix_ms) {
  if (unix_ms == 0) return "";
  using std::chrono::floor, std::chrono::milliseconds, std::chrono::seconds;
  const time_t time = floor<seconds>(milliseconds(unix_ms)).count();
  tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return "";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + int64_t{1900}, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

void add_provenance(Json &object, const air_result *result) {
  const air_profile &profile = *air_get_profile(result);
  Json io = Json::array();
  if ((profile.io_mode & AIR_IO_QUANTIZE) != 0) io.add("quantize");
  if ((profile.io_mode & AIR_IO_DEQUANTIZE) != 0) io.add("dequantize");
  Json options = Json::object();
  options.add("io", std::move(io));
  options.add("warmup", profile.warmup);
  options.add("repeat", profile.repeat);
  options.add("timeout_ms", profile.timeout_ms);
  object.add("begin", time_stamp(profile.begin_unix_ms));
  object.add("host", property(*air_get_result_model(result), "host"));
  object.add("options", std::move(options));
}

Json value_statistics_json(const air_value_statistics &values) {
  Json object = Json::object();
  object.add("count", values.count);
  object.add("n_nan", values.n_nan);
  object.add("n_inf", values.n_inf);
  object.add("n_zero", values.n_zero);
  object.add("mean", values.mean);
  object.add("std", values.std);
  object.add("min", values.min);
  object.add("max", values.max);
  object.add("histogram", Json::numbers(std::span(values.histogram)));
  return object;
}

}  // namespace air
