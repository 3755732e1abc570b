// SPDX-License-Identifier: BSD-3-Clause
// The class that each sample should show, out of a file of any kind.
#include "cli/inputs/labels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "cli/inputs/input_file.h"
#include "cli/inputs/number_table.h"
#include "cli/inputs/values.h"
#include "cli/running/failure.h"
#include "common/numbers.h"
#include "text/descriptions.h"

namespace air::cli {
namespace {

constexpr size_t kMostNamed = 20;  // classes in a note

// What a file holds: numbers, or texts.
struct Content {
  std::vector<double> numbers;
  std::vector<std::string> texts;
  std::vector<int64_t> shape;
  bool truth_values = false;
};

Content read_array(Reader &reader, const std::string &what) {
  const NpyHeader header = read_npy_header(reader, what);
  if (header.is_text()) return {{}, read_npy_texts(reader, header, what), header.shape};
  return {to_doubles(view_of(read_npy_data(reader, header, what))), {}, header.shape, header.dtype == AIR_DTYPE_BOOL};
}

Content read_archive(const std::string &path) {
  const NpzReader archive(path);
  if (archive.names().size() != 1) {
    throw Failure(kBadInput, fmt::format("{}: labels need an .npz with one array; the file has: {}", path,
                                         fmt::join(archive.names(), ", ")));
  }
  const std::string &name = archive.names().front();
  const std::unique_ptr<Reader> member = archive.open(name);
  return read_array(*member, archive.what(name));
}

// Lines of numbers, or one text each. Names of columns are left out: above numbers by what they are, above texts by `n_expected`.
Content read_lines(const std::string &path, std::span<const uint64_t> n_expected) {
  Content content;
  TextTable table(path);
  bool numeric = true;
  size_t width = 0;
  std::vector<double> numbers;
  while (table.next()) {
    content.texts.push_back(table.cells().size() == 1 ? table.cells().front() : table.text());
    const bool first = content.texts.size() == 1;
    if (first && !table.has_numbers()) continue;
    if (width == 0) width = table.cells().size();
    numeric = numeric && table.cells().size() == width;
    for (size_t i = 0; numeric && i < width; ++i) {
      const std::optional<double> value = table.number(i);
      numeric = value.has_value();
      numbers.push_back(value.value_or(0));
    }
  }
  if (numeric && !numbers.empty()) {
    return {numbers, {}, {static_cast<int64_t>(numbers.size() / width), static_cast<int64_t>(width)}};
  }
  const bool has_title =
      std::any_of(n_expected.begin(), n_expected.end(), [&](uint64_t n) { return content.texts.size() == n + 1; });
  if (has_title) content.texts.erase(content.texts.begin());
  content.shape = {static_cast<int64_t>(content.texts.size())};
  return content;
}

Content read_content(const std::string &path, std::span<const uint64_t> n_expected) {
  switch (kind_of(path)) {
    case FileKind::kNpy: {
      FileReader file(path);
      return read_array(file, path);
    }
    case FileKind::kNpz:
      return read_archive(path);
    case FileKind::kText:
      return read_lines(path, n_expected);
    case FileKind::kRaw:
      break;
  }
  throw Failure(kBadInput, path + ": raw bytes do not say what labels they are: expected .npy, .npz or text");
}

// Texts that are numbers are these.
bool became_numbers(Content &content) {
  for (const std::string &text : content.texts) {
    const std::optional<double> value = number_in<double>(text);
    if (!value) return false;
    content.numbers.push_back(*value);
  }
  content.texts.clear();
  return true;
}

// Numbers texts as most tools do that read classes from folders: in alphabetical order.
std::string number_texts(Content &content, const std::string &path, uint64_t n_classes) {
  std::vector<std::string> names = content.texts;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.size() != n_classes) {
    throw Failure(kBadInput,
                  fmt::format("{}: {} different texts, but the output has {} values: give the numbers of the "
                              "classes instead",
                              path, names.size(), n_classes));
  }
  for (const std::string &text : content.texts) {
    content.numbers.push_back(static_cast<double>(std::lower_bound(names.begin(), names.end(), text) - names.begin()));
  }
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), kMostNamed); ++i)
    list += fmt::format("{}{} = {}", i == 0 ? "" : ", ", names[i], i);
  return fmt::format(
      "{}: texts are numbered in alphabetical order: {}{}. Give numbers where the network has another order", path,
      list, names.size() > kMostNamed ? ", ..." : "");
}

// The place of the only 1 of a row.
uint64_t one_hot_class(std::span<const double> row, size_t sample, const std::string &path) {
  const auto one = std::find(row.begin(), row.end(), 1.0);
  const auto n_zeros = static_cast<size_t>(std::count(row.begin(), row.end(), 0.0));
  if (one == row.end() || n_zeros != row.size() - 1) {
    throw Failure(kBadInput, fmt::format("{}: row {} is not one-hot: expected a single 1 among zeros", path, sample));
  }
  return static_cast<uint64_t>(one - row.begin());
}

uint64_t checked_class(double value, size_t sample, const std::string &path, uint64_t n_classes) {
  if (value == std::trunc(value) && value >= 0 && value < static_cast<double>(n_classes)) {
    return static_cast<uint64_t>(value);
  }
  throw Failure(kBadInput, fmt::format("{}: label {} of sample {} is no class of an output with {} values", path, value,
                                       sample, n_classes));
}

}  // namespace

Labels read_labels(const std::string &path, const Inputs &inputs, uint64_t n_classes) {
  const std::array<uint64_t, 2> n_expected = {inputs.n_samples, inputs.n_in_files};
  const auto fits = [&](uint64_t count) { return count == n_expected[0] || count == n_expected[1]; };
  Content content = read_content(path, n_expected);
  Labels labels;
  if (!content.texts.empty() && !became_numbers(content)) {
    labels.notes.push_back(number_texts(content, path, n_classes));
  }
  const std::vector<int64_t> &shape = content.shape;
  const uint64_t count = content.numbers.size();
  const uint64_t n_rows = shape.empty() ? 0 : static_cast<uint64_t>(shape[0]);
  // With dimensions of 1 between, as the output itself may have them.
  const bool one_hot = shape.size() >= 2 && static_cast<uint64_t>(shape.back()) == n_classes && n_classes > 1 &&
                       count == n_rows * n_classes && fits(n_rows);
  const bool one_each =
      std::count_if(shape.begin(), shape.end(), [](int64_t d) { return d != 1; }) <= 1 && !shape.empty();
  if (!one_hot && !one_each) {
    throw Failure(
        kBadInput,
        fmt::format("{}: labels have shape {}, expected the class of each sample, ({},), or one-hot rows, ({}, {})",
                    path, compact_shape_text(shape), n_expected[0], n_expected[0], n_classes));
  }
  if (!one_hot && content.truth_values && n_classes != 2) {
    throw Failure(kBadInput, fmt::format("{}: labels are bool, but the output has {} classes", path, n_classes));
  }
  if (!one_hot && !fits(count)) {
    throw Failure(kBadInput,
                  fmt::format("{}: {} labels for {} samples: expected one per sample", path, count, n_expected[1]));
  }
  for (size_t i = 0; i < inputs.n_samples; ++i) {
    labels.classes.push_back(one_hot
                                 ? one_hot_class(std::span(content.numbers).subspan(i * n_classes, n_classes), i, path)
                                 : checked_class(content.numbers[i], i, path, n_classes));
  }
  return labels;
}

}  // namespace air::cli
