// SPDX-License-Identifier: BSD-3-Clause
// Tensors of two models as series of real numbers in one order.
#include "compare/tensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <numeric>
#include <string_view>

#include "common/dtype.h"
#include "common/error.h"
#include "common/memory_size.h"
#include "common/tensor_facts.h"
#include "report/boundary.h"
#include "text/descriptions.h"

namespace air {
namespace {

using Shape = std::vector<int64_t>;

// (C, H, W) to (H, W, C).
Shape channels_last(Shape shape) {
  if (!shape.empty()) std::rotate(shape.begin(), shape.begin() + 1, shape.end());
  return shape;
}

// Whether both tensors declare their order, and not the same.
bool declared_to_differ(const air_tensor &a, const air_tensor &b) {
  constexpr uint32_t both = AIR_TENSOR_CHANNEL_FIRST | AIR_TENSOR_CHANNEL_LAST;
  return (a.flags & both) != 0 && (b.flags & both) != 0 && (a.flags & both) != (b.flags & both);
}

uint64_t size_of(int64_t dimension) {
  return static_cast<uint64_t>(dimension);
}

// As a tensor declares them.
uint64_t n_channels(const air_tensor &tensor) {
  if (tensor.rank == 0) return 1;
  return size_of(tensor.shape[(tensor.flags & AIR_TENSOR_CHANNEL_FIRST) != 0 ? 0 : tensor.rank - 1]);
}

// Where the value that belongs to a place of the result comes from.
uint64_t source_of(uint64_t index, uint64_t size, const Reordering &way) {
  if (way.layout == AIR_LAYOUT_SAME) return index;
  const uint64_t place = index % size;
  const uint64_t n_rows = way.layout == AIR_LAYOUT_FROM_CHANNEL_FIRST ? way.n_channels : size / way.n_channels;
  return index - place + place % n_rows * (size / n_rows) + place / n_rows;
}

// Memory of a caller may not be aligned.
template <class T>
uint64_t word_at(const unsigned char *bytes, uint64_t index) {
  T word{};
  std::memcpy(&word, bytes + index * sizeof(T), sizeof(T));
  return word;
}

// Two elements of 4 bits share a byte, the first in the low half; each sample begins a new byte.
uint64_t bits_at(const Values &values, uint64_t index) {
  const auto *bytes = static_cast<const unsigned char *>(values.data);
  const uint64_t n = values.tensor.n_elements;
  switch (air_dtype_bits(values.tensor.dtype)) {
    case 4:
      return bytes[index / n * values.tensor.size_bytes + index % n / 2] >> (index % n % 2 * 4) & 15U;
    case 8:
      return bytes[index];
    case 16:
      return word_at<uint16_t>(bytes, index);
    case 32:
      return word_at<uint32_t>(bytes, index);
    default:
      return word_at<uint64_t>(bytes, index);
  }
}

// Those that are no signed integers by their bits.
std::vector<int64_t> stored_elements(const Values &values) {
  std::vector<int64_t> elements(memory_size(checked_size(values.tensor.n_elements, values.n_samples)));
  const air_dtype dtype = values.tensor.dtype;
  const uint64_t sign = is_signed_integer(dtype) ? uint64_t{1} << (air_dtype_bits(dtype) - 1) : 0;
  for (uint64_t i = 0; i < elements.size(); ++i) {
    elements[i] = static_cast<int64_t>((bits_at(values, i) ^ sign) - sign);
  }
  return elements;
}

// Whether the scales of both, of which there are several, belong to the same elements.
bool same_places(const air_tensor &a, const air_tensor &b) {
  const air_quantization &of_a = *a.quantization, &of_b = *b.quantization;
  return of_a.axis == of_b.axis && of_a.block == of_b.block && std::ranges::equal(shape_of(a), shape_of(b));
}

}  // namespace

bool only_stored(const air_tensor &a, const air_tensor &b) {
  return lacks_scales(a) || lacks_scales(b);
}

Values samples_of(const Values &values, uint64_t first, uint64_t count) {
  return {values.tensor, static_cast<const std::byte *>(values.data) + first * values.tensor.size_bytes, count};
}

// Each row of packed bits begins a new word.
bool stored_alike(const air_tensor &a, const air_tensor &b) {
  const bool packed = a.encoding == AIR_ENCODING_PACKED_BITS || b.encoding == AIR_ENCODING_PACKED_BITS;
  if (a.dtype != b.dtype || (packed && !std::ranges::equal(shape_of(a), shape_of(b)))) return false;
  if (only_stored(a, b)) return !packed;
  return a.encoding == b.encoding && std::ranges::equal(scales_of(a), scales_of(b)) &&
         std::ranges::equal(zero_points_of(a), zero_points_of(b)) && (scales_of(a).size() <= 1 || same_places(a, b));
}

uint64_t n_reals(const air_tensor &tensor) {
  uint64_t n = 1;
  for (const int64_t dimension : shape_of(tensor)) n = checked_size(n, size_of(dimension));
  return n;
}

Reals real_numbers(const Values &values) {
  Reals reals(memory_size(checked_size(n_reals(values.tensor), values.n_samples)));
  if (!reals.empty()) {
    report::check(air_dequantize_double(&values.tensor, values.n_samples, values.data, reals.data()));
  }
  return reals;
}

Shape essential_shape(const air_tensor &tensor) {
  Shape shape;
  std::ranges::copy_if(shape_of(tensor), std::back_inserter(shape), [](int64_t d) { return d != 1; });
  return shape;
}

double coarsest_step(const air_tensor &tensor) {
  if (is_floating(tensor.dtype) || tensor.encoding == AIR_ENCODING_PLAIN) return 0;
  double coarsest = 0;
  for (const float scale : scales_of(tensor)) coarsest = std::max(coarsest, std::fabs(static_cast<double>(scale)));
  return coarsest;
}

std::string shape_text(const air_tensor &tensor) {
  return shape_text(with_samples(shape_of(tensor)));
}

std::string tensors_text(std::span<const air_tensor *const> tensors) {
  std::string text;
  for (const air_tensor *tensor : tensors) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", tensor->name, shape_text(*tensor));
  }
  return text.empty() ? "none" : text;
}

std::vector<uint32_t> partners(std::span<const air_tensor *const> tensors, std::span<const air_tensor *const> others) {
  std::vector<uint32_t> in_order(others.size());
  std::iota(in_order.begin(), in_order.end(), 0U);
  std::vector<uint32_t> by_name;
  for (const air_tensor *tensor : tensors) {
    const auto found = std::ranges::find(others, std::string_view(tensor->name),
                                         [](const air_tensor *other) { return std::string_view(other->name); });
    by_name.push_back(static_cast<uint32_t>(found - others.begin()));
  }
  return std::ranges::is_permutation(by_name, in_order) ? by_name : in_order;
}

Reordering inverse(const Reordering &way) {
  switch (way.layout) {
    case AIR_LAYOUT_FROM_CHANNEL_FIRST:
      return {AIR_LAYOUT_FROM_CHANNEL_LAST, way.n_channels};
    case AIR_LAYOUT_FROM_CHANNEL_LAST:
      return {AIR_LAYOUT_FROM_CHANNEL_FIRST, way.n_channels};
    default:
      return way;
  }
}

std::vector<Reordering> reorderings(const air_tensor &reference, const air_tensor &other) {
  const Shape to = essential_shape(reference);
  const Shape from = essential_shape(other);
  std::vector<Reordering> ways;
  if (from == to) ways.push_back({});
  if (to.size() < 2 || to.size() != from.size()) return ways;
  if (channels_last(from) == to) ways.push_back({AIR_LAYOUT_FROM_CHANNEL_FIRST, size_of(from.front())});
  if (channels_last(to) == from) ways.push_back({AIR_LAYOUT_FROM_CHANNEL_LAST, size_of(from.back())});
  // With one channel both orders are the same, although a square picture could be turned.
  if (ways.size() > 1 && declared_to_differ(reference, other) && n_channels(reference) > 1 && n_channels(other) > 1) {
    const bool first = (other.flags & AIR_TENSOR_CHANNEL_FIRST) != 0;
    const air_layout declared = first ? AIR_LAYOUT_FROM_CHANNEL_FIRST : AIR_LAYOUT_FROM_CHANNEL_LAST;
    std::stable_partition(ways.begin(), ways.end(), [&](const Reordering &way) { return way.layout == declared; });
  }
  return ways;
}

std::vector<Reordering> loose_reorderings(const air_tensor &reference, const air_tensor &other) {
  std::vector<Reordering> ways = reorderings(reference, other);
  if (!ways.empty() || n_reals(reference) != n_reals(other)) return ways;
  ways.push_back({});
  const Shape to = essential_shape(reference);
  const Shape from = essential_shape(other);
  if (from.size() > 1) {
    ways.push_back({AIR_LAYOUT_FROM_CHANNEL_FIRST, size_of(from.front())});
    ways.push_back({AIR_LAYOUT_FROM_CHANNEL_LAST, size_of(from.back())});
  } else if (to.size() > 1) {
    ways.push_back({AIR_LAYOUT_FROM_CHANNEL_FIRST, size_of(to.back())});
    ways.push_back({AIR_LAYOUT_FROM_CHANNEL_LAST, size_of(to.front())});
  }
  return ways;
}

std::vector<Reordering> known_ways(std::vector<Reordering> ways, std::optional<air_layout> known) {
  const auto found = known ? std::ranges::find(ways, *known, &Reordering::layout) : ways.end();
  return found == ways.end() ? ways : std::vector{*found};
}

template <class Real>
std::vector<Real> reordered(std::span<const Real> values, uint64_t size, const Reordering &way) {
  std::vector<Real> result(values.begin(), values.end());
  if (way.layout == AIR_LAYOUT_SAME) return result;
  for (uint64_t i = 0; i < result.size(); ++i) result[i] = values[source_of(i, size, way)];
  return result;
}

Reals in_order_of(const Reordering &way, const Values &values, uint64_t first, uint64_t count) {
  Reals reals = real_numbers(samples_of(values, first, count));
  return way.layout == AIR_LAYOUT_SAME ? reals : reordered<double>(reals, n_reals(values.tensor), way);
}

Reals stored_steps(const Values &reference, const Values &other, const Reordering &way) {
  if (!stored_alike(reference.tensor, other.tensor)) return {};
  const std::vector<int64_t> ours = stored_elements(reference);
  const std::vector<int64_t> theirs = reordered<int64_t>(stored_elements(other), other.tensor.n_elements, way);
  Reals steps;
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto [low, high] = std::minmax(ours[i], theirs[i]);
    steps.push_back(static_cast<double>(static_cast<uint64_t>(high) - static_cast<uint64_t>(low)));
  }
  return steps;
}

namespace {

constexpr uint64_t kPrime = 2654435761;  // its multiples are spread over any range

// Of a large tensor with one scale for all only those elements are looked at.
Reals reals_at(const Values &values, const std::vector<uint64_t> &places) {
  const uint64_t width = air_dtype_bits(values.tensor.dtype) / 8;
  const bool is_simple =
      values.tensor.encoding == AIR_ENCODING_PLAIN || values.tensor.encoding == AIR_ENCODING_QUANTIZED;
  if (!is_simple || width == 0 || scales_of(values.tensor).size() > 1) {
    const Reals all = real_numbers(values);
    Reals reals;
    for (const uint64_t place : places) reals.push_back(all[place]);
    return reals;
  }
  std::vector<std::byte> elements(places.size() * width);
  for (size_t i = 0; i < places.size(); ++i)
    std::memcpy(&elements[i * width], static_cast<const std::byte *>(values.data) + places[i] * width, width);
  air_tensor few = values.tensor;
  const auto n = static_cast<int64_t>(places.size());
  few.shape = few.storage_shape = &n;
  few.rank = 1;
  few.n_elements = places.size();
  few.size_bytes = elements.size();
  return real_numbers({few, elements.data(), 1});
}

}  // namespace

Reals spread_reals(const Values &values, const Reordering &way, uint64_t most) {
  const uint64_t size = n_reals(values.tensor);
  const uint64_t n_samples = std::clamp<uint64_t>(most / std::max<uint64_t>(size, 1), 1, values.n_samples);
  const uint64_t of_each = std::min(most, size);
  std::vector<uint64_t> places;
  for (uint64_t sample = 0; sample < n_samples; ++sample) {
    for (uint64_t k = 0; k < of_each; ++k)
      places.push_back(sample * size + source_of(of_each < most ? k : k * kPrime % size, size, way));
  }
  return reals_at(samples_of(values, 0, n_samples), places);
}

double relative_error(std::span<const double> reference, std::span<const double> other, uint64_t size,
                      const Reordering &way, uint64_t most) {
  const uint64_t count = std::min<uint64_t>(most, reference.size());
  double error_2 = 0;
  double reference_2 = 0;
  bool any_finite = count == 0;
  for (uint64_t k = 0; k < count; ++k) {
    const uint64_t i = count < most ? k : k * kPrime % reference.size();
    const double r = reference[i];
    const double o = other[source_of(i, size, way)];
    if (!std::isfinite(r) || !std::isfinite(o)) continue;
    any_finite = true;
    error_2 += (o - r) * (o - r);
    reference_2 += r * r;
  }
  if (error_2 == 0 && any_finite) return 0;
  return reference_2 > 0 ? std::sqrt(error_2 / reference_2) : std::numeric_limits<double>::infinity();
}

Reordering best_reordering(std::span<const double> reference, std::span<const double> other, uint64_t size,
                           const std::vector<Reordering> &ways, uint64_t most) {
  constexpr double clearly = 0.9;
  Reordering best = ways.front();
  if (ways.size() == 1) return best;
  double least = relative_error(reference, other, size, best, most);
  for (const Reordering &way : std::span(ways).subspan(1)) {
    const double error = relative_error(reference, other, size, way, most);
    if (error >= clearly * least) continue;
    best = way;
    least = error;
  }
  return best;
}

template std::vector<float> reordered(std::span<const float>, uint64_t, const Reordering &);
template std::vector<int64_t> reordered(std::span<const int64_t>, uint64_t, const Reordering &);
template std::vector<double> reordered(std::span<const double>, uint64_t, const Reordering &);

}  // namespace air
