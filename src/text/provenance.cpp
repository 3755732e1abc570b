// SPDX-License-Identifier: BSD-3-Clause
// What documents of a run say beside its results: when, where and with which options it was made; and summaries of values.
#include "text/provenance.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "common/tensor_facts.h"

namespace air {

std::string time_stamp(int64_t unix_ms) {
  if (unix_ms == 0) return "";
  // Without time_t, which may have 32 bits and then ends in 2038.
  namespace chrono = std::chrono;
  using Days = chrono::duration<int64_t, chrono::days::period>;
  constexpr Days kCycle{146'097};  // 400 years, after which the calendar is the same; a chrono::year has 16 bits
  const auto time = chrono::floor<chrono::seconds>(chrono::milliseconds(unix_ms));
  const Days day = chrono::floor<Days>(time);
  const Days of_cycle = (day % kCycle + kCycle) % kCycle;
  const chrono::year_month_day date{chrono::sys_days(chrono::duration_cast<chrono::days>(of_cycle))};
  const chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", (day - of_cycle) / kCycle * 400 + int{date.year()},
                     unsigned{date.month()}, unsigned{date.day()}, clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<int64_t> unix_ms_of(const char *stamp) {
  namespace chrono = std::chrono;
  int year = 0, n = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::sscanf(stamp, "%4d-%2u-%2uT%2u:%2u:%2uZ%n", &year, &month, &day, &hour, &minute, &second, &n);
  const chrono::year_month_day date{chrono::year(year), chrono::month(month), chrono::day(day)};
  if (n == 0 || stamp[n] != '\0' || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto time = chrono::sys_days(date).time_since_epoch() + chrono::hours(hour) + chrono::minutes(minute);
  const int64_t result = chrono::milliseconds(time + chrono::seconds(second)).count();
  if (result != 0 && time_stamp(result) != stamp) return std::nullopt;  // blanks, signs, fewer digits
  return result;
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
