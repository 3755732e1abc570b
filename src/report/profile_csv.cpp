// SPDX-License-Identifier: BSD-3-Clause
// A result as CSV (RFC 4180): one line per node, or one line for the whole model without nodes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <vector>

#include "common/utf8.h"
#include "report/measured.h"
#include "report/profile_summary.h"
#include "report/report.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

// A text, which may come from a model of doubtful origin: not one that a spreadsheet takes for a formula, nor for several cells.
std::string cell(std::string_view text) {
  std::string valid = valid_utf8(text);
  const bool is_formula =
      !valid.empty() && std::string_view("=+-@\t\r\n").find(valid.front()) != std::string_view::npos;
  if (is_formula) valid = std::string("'").append(valid);
  if (valid.find_first_of(",;\t\"\r\n") == std::string::npos) return valid;
  std::string result = "\"";
  for (const char c : valid) {
    if (c == '"') result += '"';
    result += c;
  }
  return result += '"';
}

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "";
}

// Columns that every line has, at its end.
class LastCells {
 public:
  explicit LastCells(const air_result *result) : result_(result), columns_(other_columns(result)) {
    const air_profile &profile = *air_get_profile(result);
    missing_ = fmt::format("{}", fmt::join(missing_modes(profile.asked_mode, profile.mode), "|"));
  }

  std::string titles() const {
    std::string text;
    for (const uint32_t i : columns_) {
      text += ',' + cell(fmt::format("mean_{}", air_get_result_model(result_)->columns[i]->name));
    }
    return missing_.empty() ? text : text + ",mode_not_granted";
  }
  void add(std::vector<std::string> &cells, uint32_t node) const {
    for (const uint32_t i : columns_) cells.push_back(number(statistics(series(result_, i, node)).mean));
    if (!missing_.empty()) cells.push_back(missing_);
  }

 private:
  const air_result *result_;
  std::vector<uint32_t> columns_;  // without a place of their own
  std::string missing_;
};

// Of a node, or of the whole model.
struct Line {
  std::vector<std::string> cells;
  air_statistics statistics;
  double share, cumulated;
  uint32_t node;
};

// Empty for the whole model, and where it is not told.
void add_place(std::vector<std::string> &cells, const air_model &model, uint32_t node) {
  const air_node *told = node == AIR_WHOLE_RUN ? nullptr : model.nodes[node];
  const bool has_type = told != nullptr && told->computes_in != AIR_DTYPE_NONE;
  cells.push_back(told == nullptr ? "" : cell(told->processor));
  cells.emplace_back(has_type ? air_dtype_name(told->computes_in) : "");
}

std::string line(const air_model &model, Line given, const LastCells &last) {
  const air_statistics &s = given.statistics;
  std::vector<std::string> &cells = given.cells;
  cells.push_back(fmt::format("{}", s.count));
  for (const double value : {s.mean, s.std, s.min, s.max, s.p50, s.p90, s.p99, given.share, given.cumulated}) {
    cells.push_back(number(value));
  }
  add_place(cells, model, given.node);
  last.add(cells, given.node);
  return fmt::format("{}\r\n", fmt::join(cells, ","));
}

// "int8 (1,28,28,1)" of each output, separated by blanks and a plus sign.
std::string outputs_text(const air_node &node) {
  std::string text;
  for (uint32_t i = 0; i < node.n_outputs; ++i) {
    if (i > 0) text += " + ";
    text += tensor_text(*node.outputs[i]);
  }
  return text;
}

}  // namespace

std::string result_to_csv(const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  const ProfileSummary summary = summarize(result);
  const LastCells last(result);
  std::string out =
      "model,index,name,m_id,layer_type,layer_desc,outputs,count,mean_ms,std_ms,min_ms,max_ms,p50_ms,p90_ms,p99_ms,"
      "share,cumulated_share,processor,computes_in";
  out += last.titles() + "\r\n";
  for (const NodeSummary &node : summary.executed) {
    const air_node &told = *model.nodes[node.index];
    out += line(model,
                {{cell(model.name), fmt::format("{}", node.index), cell(told.name), fmt::format("{}", told.layer),
                  fmt::format("{}", told.operation_code), cell(told.operation), cell(outputs_text(told))},
                 node.statistics,
                 node.share,
                 node.cumulated,
                 node.index},
                last);
  }
  const double whole = std::isnan(summary.device.mean) ? summary.device.mean : 1;
  if (summary.executed.empty())
    out += line(model, {{cell(model.name), "", "", "", "", "", ""}, summary.device, whole, whole, AIR_WHOLE_RUN}, last);
  return out;
}

}  // namespace air::report
