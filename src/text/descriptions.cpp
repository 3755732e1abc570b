// SPDX-License-Identifier: BSD-3-Clause
// Words and numbers as reports write them.
#include "text/descriptions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "common/ascii.h"

namespace air {
namespace {

struct BitName {
  uint32_t bit;
  const char *name;
};

template <size_t N>
void append_names(std::vector<std::string> &out, uint32_t bits, const std::array<BitName, N> &names) {
  for (const BitName &entry : names) {
    if ((bits & entry.bit) != 0) out.emplace_back(entry.name);
  }
}

}  // namespace

std::vector<std::string> mode_names(uint32_t mode) {
  constexpr std::array<BitName, 5> names = {{{AIR_MODE_PER_LAYER, "PER_LAYER"},
                                             {AIR_MODE_PER_LAYER_WITH_DATA, "PER_LAYER_WITH_DATA"},
                                             {AIR_MODE_FIXED_INPUT, "FIXED_INPUT"},
                                             {AIR_MODE_PERF_ONLY, "PERF_ONLY"},
                                             {AIR_MODE_DEBUG, "DEBUG"}}};
  std::vector<std::string> result;
  append_names(result, mode, names);
  if (result.empty()) result.emplace_back("IO_ONLY");
  return result;
}

std::vector<std::string> missing_modes(uint32_t asked, uint32_t granted) {
  if ((asked & AIR_MODE_PER_LAYER_WITH_DATA) != 0) asked |= AIR_MODE_PER_LAYER;
  const std::vector<std::string> names = mode_names(asked & ~granted);
  return names.front() == "IO_ONLY" ? std::vector<std::string>() : names;
}

std::string missing_modes_text(uint32_t asked, uint32_t granted) {
  const std::vector<std::string> names = missing_modes(asked, granted);
  return names.empty() ? "" : fmt::format("not granted: {}", fmt::join(names, "|"));
}

std::vector<std::string> capability_names(uint32_t capabilities) {
  constexpr std::array<BitName, 10> names = {{{AIR_CAP_PER_LAYER, "PER_LAYER"},
                                              {AIR_CAP_PER_LAYER_DATA, "PER_LAYER_WITH_DATA"},
                                              {AIR_CAP_SELF_TEST, "SELF_TEST"},
                                              {AIR_CAP_RELOC, "RELOC"},
                                              {AIR_CAP_MEMORY_RW, "MEMORY_RW"},
                                              {AIR_CAP_USBC, "USBC"},
                                              {AIR_CAP_NODE_BEGIN, "NODE_BEGIN"},
                                              {AIR_CAP_CANCEL_RUN, "CANCEL_RUN"},
                                              {AIR_CAP_RESET_STATES, "RESET_STATES"},
                                              {AIR_CAP_GIVEN, "GIVEN"}}};
  std::vector<std::string> result{"IO_ONLY"};
  append_names(result, capabilities, names);
  return result;
}

const char *encoding_name(air_encoding encoding) {
  switch (encoding) {
    case AIR_ENCODING_QUANTIZED:
      return "quantized";
    case AIR_ENCODING_FIXED_POINT:
      return "fixed_point";
    case AIR_ENCODING_PACKED_BITS:
      return "packed_bits";
    default:
      return "plain";
  }
}

const char *memory_pool_text(const air_tensor &tensor) {
  if ((tensor.flags & AIR_TENSOR_IN_ACTIVATIONS) != 0) return "in activations buffer";
  if ((tensor.flags & AIR_TENSOR_IN_MEMPOOL) != 0) return "in mempool";
  return "user";
}

std::string compact_shape_text(std::span<const int64_t> shape) {
  return fmt::format("({})", fmt::join(shape, ","));
}

bool is_open(const air_tensor &tensor) {
  const std::span<const int64_t> shape = shape_of(tensor);
  return std::find(shape.begin(), shape.end(), -1) != shape.end();
}

bool lacks_scales(const air_tensor &tensor) {
  return tensor.encoding == AIR_ENCODING_QUANTIZED && tensor.quantization->known == 0;
}

std::string tensor_text(const air_tensor &tensor) {
  return fmt::format("{} {}", air_dtype_name(tensor.dtype), compact_shape_text(with_samples(shape_of(tensor))));
}

std::string quantization_text(const air_tensor &tensor) {
  const std::span<const float> scales = scales_of(tensor);
  switch (tensor.encoding) {
    case AIR_ENCODING_QUANTIZED:
      if (scales.empty()) return "scale not known";
      if (scales.size() == 1) return fmt::format("scale {}, zero point {}", scales[0], zero_points_of(tensor)[0]);
      return fmt::format(
          "{} scales, axis {}{}", scales.size(), tensor.quantization->axis + 1,
          tensor.quantization->block > 1 ? fmt::format(", blocks of {}", tensor.quantization->block) : "");
    case AIR_ENCODING_FIXED_POINT:
      return fmt::format("{} fraction bits", fraction_bits(tensor));
    case AIR_ENCODING_PACKED_BITS:
      return "1 bit per element";
    default:
      return "";
  }
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines.emplace_back(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

bool only_counts(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (is_ascii_letter(c)) letters += ascii_lower(c);
  }
  constexpr std::string_view counters[] = {"",  "ainode", "node",   "staitensn", "aitensn",
                                           "n", "tensor", "output", "layer"};
  return std::find(std::begin(counters), std::end(counters), letters) != std::end(counters);
}

std::string operation_kind(std::string_view operation) {
  const size_t number = operation.find(" (");
  const bool is_number = number != std::string_view::npos && number + 2 < operation.size() &&
                         operation[number + 2] >= '0' && operation[number + 2] <= '9';
  return std::string(is_number ? operation.substr(0, number) : operation);
}

std::string count_text(uint64_t value) {
  std::string digits = fmt::format("{}", value);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string size_text(uint64_t value) {
  constexpr std::array<const char *, 6> units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (value < 1024) return fmt::format("{} B", value);
  double scaled = static_cast<double>(value) / 1024;
  size_t unit = 0;
  while (scaled >= 1024 && unit + 1 < units.size()) {
    scaled /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", scaled, units.at(unit));
}

std::string bytes_text(uint64_t value) {
  return value < 1024 ? size_text(value) : fmt::format("{} B ({})", count_text(value), size_text(value));
}

std::string TimeUnit::text(double ms) const {
  return std::isfinite(ms) ? fmt::format("{:.{}f}", ms * per_ms, decimals) : "-";
}

TimeUnit time_unit(double largest_ms) {
  TimeUnit unit = largest_ms >= 10000 ? TimeUnit{"s", 1e-3, 0}
                  : largest_ms >= 1   ? TimeUnit{"ms", 1, 0}
                                      : TimeUnit{"\u00B5s", 1e3, 0};
  const double largest = largest_ms * unit.per_ms;
  unit.decimals = largest < 10 ? 3 : largest < 100 ? 2 : 1;
  return unit;
}

std::string change_bounds_text(double low, double high, double limit) {
  constexpr int kMostDecimals = 4;
  const auto order = [](double a, double b) { return std::abs(a - b) < 1e-9 ? 0 : a < b ? -1 : 1; };
  const auto is_told = [&](double bound, int decimals) {
    const double parts = 100 * std::pow(10, decimals);
    return std::isnan(limit) || order(std::round(bound * parts) / parts, limit) == order(bound, limit);
  };
  int decimals = 1;
  while (decimals < kMostDecimals && !(is_told(low, decimals) && is_told(high, decimals))) ++decimals;
  return fmt::format("{:+.{}f} to {:+.{}f} %", low * 100, decimals, high * 100, decimals);
}

std::string time_text(double ms) {
  if (!std::isfinite(ms)) return "-";
  const TimeUnit unit = time_unit(ms);
  return fmt::format("{} {}", unit.text(ms), unit.name);
}

}  // namespace air
