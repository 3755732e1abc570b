// SPDX-License-Identifier: BSD-3-Clause
// Plots of an HTML page as inline SVG. Colours are classes of the page's style, so that they suit light, dark and paper.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "report/html/markup.h"

namespace air::report {

// A bar for a table's row: a part, 0 to 1, of the cell's width. Said beside it as a number, so hidden from readers of the page's text.
Html row_bar(double part, int colour = 0);

// Parts of a whole in one bar, without labels: those are in `title`.
struct Part {
  std::string title;
  double value;  // negative and non-finite ones are left out
  int colour;    // 0 to kColours - 1
};
constexpr int kColours = 8;
Html stacked_bar(const std::vector<Part> &parts, const std::string &summary);

// A small histogram for a table's row.
Html row_histogram(std::span<const double> counts, const std::string &summary);

struct Mark {
  double x;
  std::string label;
};

struct Axis {
  std::string title;
  double low = 0, high = 1;
  bool logarithmic = false;  // low and high are positive
};

// Points or bars in a frame with two axes.
class Plot {
 public:
  Plot(Axis x, Axis y);

  void bars(std::span<const double> heights, int colour = 0);  // of equal width over the x axis, from the lowest y
  void line(std::span<const double> xs, std::span<const double> ys, int colour = 0);
  void points(std::span<const double> xs, std::span<const double> ys, std::span<const std::string> titles = {},
              int colour = 0);
  void mark(const Mark &mark, size_t row = 0);  // a vertical line with a label, in the given row of labels
  void diagonal();                              // where x equals y
  // A figure with a caption; `summary` says what can be seen to who does not see it.
  Html figure(const std::string &caption, const std::string &summary) const;

 private:
  double to_x(double value) const;
  double to_y(double value) const;
  Html axes() const;

  Axis x_, y_;
  Html content_;
};

// Limits for an axis that show all values, with round numbers; of finite values only.
Axis linear_axis(std::string title, std::span<const double> values, bool from_zero = false);
Axis logarithmic_axis(std::string title, std::span<const double> values);

}  // namespace air::report
