// SPDX-License-Identifier: BSD-3-Clause
// A profile as CSV (RFC 4180): one line per node, or one line for the whole model without nodes.
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "common/utf8.h"
#include "profile_summary.h"
#include "report.h"
#include "texts.h"

namespace air::report {
namespace {

std::string quoted(std::string_view text) {
  std::string valid = valid_utf8(text);
  if (valid.find_first_of(",\"\r\n") == std::string::npos) return valid;
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

std::string line(const std::vector<std::string> &fields) {
  std::string result;
  for (const std::string &field : fields) {
    result += quoted(field);
    result += ',';
  }
  result.pop_back();
  return result + "\r\n";
}

std::string line(std::vector<std::string> fields, const air_statistics &s, double share, double cumulated,
                 const std::string &missing) {
  fields.push_back(fmt::format("{}", s.count));
  for (const double value : {s.mean, s.std, s.min, s.max, s.p50, s.p90, s.p99, share, cumulated}) {
    fields.push_back(number(value));
  }
  if (!missing.empty()) fields.push_back(missing);
  return line(fields);
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
  std::vector<std::string> titles = {"model",   "index",  "name",    "m_id",   "layer_type",     "layer_desc",
                                     "outputs", "count",  "mean_ms", "std_ms", "min_ms",         "max_ms",
                                     "p50_ms",  "p90_ms", "p99_ms",  "share",  "cumulated_share"};
  if (!missing.empty()) titles.emplace_back("mode_not_granted");
  std::string out = line(titles);
  for (uint32_t i = 0; i < profile.n_nodes; ++i) {
    const air_node_info &node = *profile.nodes[i]->info;
    out += line({info.name, fmt::format("{}", node.index), node.name, fmt::format("{}", node.id),
                 fmt::format("{}", node.type), node.description, outputs_text(node)},
                summary.nodes[i].statistics, summary.nodes[i].share, summary.nodes[i].cumulated, missing);
  }
  if (profile.n_nodes == 0) out += line({info.name, "", "", "", "", "", ""}, summary.device, 1, 1, missing);
  return out;
}

}  // namespace air::report
