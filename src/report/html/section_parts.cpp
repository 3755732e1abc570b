// SPDX-License-Identifier: BSD-3-Clause
// Words, numbers and small pieces that the sections of a page share.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "report/html/plot.h"
#include "report/html/sections.h"
#include "text/descriptions.h"

namespace air::report {

Html section(int level, const char *css_class, const std::string &title, const Html &content) {
  if (content.empty()) return {};
  const std::string heading = fmt::format("h{}", level);
  return element("section", {{"class", css_class}}, bare_element(heading.c_str(), title) + content);
}

Html note(const std::string &text) {
  return element("p", {{"class", "note"}}, text);
}

Html not_finite_notes(const JsonView &inputs) {
  Html notes;
  for (const JsonView &input : inputs.list()) {
    const uint64_t n_nan = input["n_nan"].count(), n_inf = input["n_inf"].count();
    if (n_nan + n_inf == 0) continue;
    notes +=
        note(fmt::format("Input {} was given {} NaN and {} infinite values: what is computed from them says little.",
                         input["name"].text(), count_text(n_nan), count_text(n_inf)));
  }
  return notes;
}

Html legend(const std::vector<std::pair<std::string, int>> &entries) {
  Html items;
  for (const auto &[text, colour] : entries) {
    const Html key =
        element("svg", {{"class", "key"}, {"viewBox", "0 0 10 10"}, {"aria-hidden", "true"}},
                element("rect", {{"class", fmt::format("f{}", colour)}, {"width", "10"}, {"height", "10"}}));
    items += bare_element("li", key + Html(text));
  }
  return element("ul", {{"class", "legend"}}, items);
}

std::string node_name(const JsonView &node) {
  const std::string name = node["name"].text();
  const std::vector<JsonView> tensors = node["io_tensors"].list();
  const std::string output = tensors.empty() ? "" : tensors[0]["name"].text();
  return only_counts(name) && !only_counts(output) ? output : name;
}

Html numbered(double index, const std::string &name) {
  return element("span", {{"class", "i"}}, fmt::format("{}", index)) + Html(name);
}

std::string number_text(std::optional<double> value) {
  return value ? fmt::format("{:.4g}", *value) : "\u2013";
}

std::string percent_text(double part) {
  return std::isnan(part) ? "\u2013" : fmt::format("{:.1f}\u00A0%", part * 100);
}

std::string known_bytes(std::optional<uint64_t> value) {
  return value ? bytes_text(*value) : "\u2013";
}

std::string known_size(std::optional<uint64_t> value) {
  return value ? size_text(*value) : "\u2013";
}

std::string known_count(std::optional<uint64_t> value) {
  return value ? count_text(*value) : "\u2013";
}

std::string shape_text(const JsonView &shape) {
  std::string text;
  for (const double dimension : shape.numbers()) text += fmt::format("{}{:.15g}", text.empty() ? "" : ",", dimension);
  return "(" + text + ")";
}

std::string tensor_text(const JsonView &tensor) {
  return tensor["type"].text() + " " + shape_text(tensor["shape"]);
}

std::string quantization_text(const JsonView &tensor) {
  const std::string encoding = tensor["encoding"].text();
  if (encoding == "fixed_point") return fmt::format("{} fraction bits", number_text(tensor["fraction_bits"].number()));
  if (encoding == "packed_bits") return "1 bit per element";
  if (encoding != "quantized") return "";
  const size_t n_scales = tensor["scales"].numbers().size();
  const std::optional<uint64_t> block = tensor["quantized_block"].size();
  if (n_scales > 1) {
    return fmt::format("{} scales, axis {}{}", n_scales, number_text(tensor["quantized_axis"].number()),
                       block ? fmt::format(", blocks of {}", *block) : "");
  }
  return fmt::format("scale {}, zero point {}", number_text(tensor["scale"].number()),
                     number_text(tensor["zero_point"].number()));
}

std::string rate_text(double sample_ms) {
  const double rate = 1000 / sample_ms;
  if (!(sample_ms > 0) || !(rate < 1e15)) return "";
  if (rate < 100) return fmt::format("{:.3g}", rate);
  return count_text(static_cast<uint64_t>(std::llround(rate)));
}

std::vector<double> finite(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  return values;
}

std::vector<HtmlColumn> value_columns() {
  return {{.title = "min", .number = true},
          {.title = "max", .number = true},
          {.title = "mean", .number = true},
          {.title = "std", .number = true, .on_wide = true},
          {.title = "zeros", .number = true, .on_wide = true},
          {.title = "NaN, Inf", .number = true, .on_wide = true},
          {.title = "histogram"}};
}

std::vector<HtmlCell> value_cells(const JsonView &values) {
  std::vector<HtmlCell> cells;
  for (const char *key : {"min", "max", "mean", "std"}) {
    const std::optional<double> value = values[key].number();
    cells.push_back(value ? HtmlCell(number_text(value), *value) : HtmlCell(number_text(value)));
  }
  const double count = values["count"].number().value_or(0);
  const double zeros = count > 0 ? static_cast<double>(values["n_zero"].count()) / count : 0;
  cells.push_back(count > 0 ? HtmlCell(percent_text(zeros), zeros) : HtmlCell("\u2013"));
  const double odd = static_cast<double>(values["n_nan"].count()) + static_cast<double>(values["n_inf"].count());
  const std::string odd_text = values.is_null() ? "\u2013" : fmt::format("{:.15g}", odd);
  cells.push_back(odd > 0 ? HtmlCell(element("strong", {{"class", "bad"}}, odd_text), odd) : HtmlCell(odd_text, odd));
  const std::vector<double> bins = finite(values["histogram"].numbers());
  cells.emplace_back(bins.empty() ? Html("\u2013")
                                  : row_histogram(bins, fmt::format("{} values in {} bins from {} to {}", count,
                                                                    bins.size(), number_text(values["min"].number()),
                                                                    number_text(values["max"].number()))));
  return cells;
}

}  // namespace air::report
