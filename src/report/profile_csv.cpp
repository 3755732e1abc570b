// SPDX-License-Identifier: BSD-3-Clause
// A profile as CSV (RFC 4180): one line per node, or one line for the whole model without nodes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <vector>

#include "common/utf8.h"
#include "profile_summary.h"
#include "report.h"
#include "texts.h"

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

std::string line(std::vector<std::string> cells, const air_statistics &s, double share, double cumulated,
                 const std::string &missing) {
  cells.push_back(fmt::format("{}", s.count));
  for (const double value : {s.mean, s.std, s.min, s.max, s.p50, s.p90, s.p99, share, cumulated}) {
    cells.push_back(number(value));
  }
  if (!missing.empty()) cells.push_back(missing);
  return fmt::format("{}\r\n", fmt::join(cells, ","));
}

// "int8 (1,28,28,1)" of each output, separated by blanks and a plus sign.
std::string outputs_text(const air_node_info &node) {
  std::string text;
  for (uint32_t i = 0; i < node.n_outputs; ++i) {
    if (i > 0) text += " + ";
    text += tensor_text(*node.outputs[i]);
  }
  return text;
}

}  // namespace

std::string profile_to_csv(const air_model_info &info, const air_profile &profile, const RunnerTexts &runner) {
  const ProfileSummary summary = summarize(profile);
  const std::string missing = fmt::format("{}", fmt::join(missing_modes(runner.asked_mode, profile.mode), "|"));
  std::string out =
      "model,index,name,m_id,layer_type,layer_desc,outputs,count,mean_ms,std_ms,min_ms,max_ms,p50_ms,p90_ms,p99_ms,"
      "share,cumulated_share";
  out += missing.empty() ? "\r\n" : ",mode_not_granted\r\n";
  for (uint32_t i = 0; i < profile.n_nodes; ++i) {
    const air_node_info &node = *profile.nodes[i]->info;
    out += line({cell(info.name), fmt::format("{}", node.index), cell(node.name), fmt::format("{}", node.id),
                 fmt::format("{}", node.type), cell(node.description), cell(outputs_text(node))},
                summary.nodes[i].statistics, summary.nodes[i].share, summary.nodes[i].cumulated, missing);
  }
  if (profile.n_nodes == 0) out += line({cell(info.name), "", "", "", "", "", ""}, summary.device, 1, 1, missing);
  return out;
}

}  // namespace air::report
