// SPDX-License-Identifier: BSD-3-Clause
// What is measured at nodes beside their times, as tables for people.
#include "report/text/node_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "report/measured.h"
#include "text/table.h"

namespace air::report {
namespace {

struct Group {
  std::string name;
  std::vector<uint32_t> columns;
};

// The length of the group's name in that of a column: up to the second dot, or up to the only one.
size_t group_length(const std::string &column) {
  const size_t first = std::min(column.find('.'), column.size());
  const size_t second = column.find('.', first + 1);
  return second == std::string::npos ? first : second;
}

// Columns that nodes have values of.
std::vector<Group> groups_of(const air_result *result, const ProfileSummary &summary) {
  std::vector<Group> groups;
  for (const uint32_t column : other_columns(result)) {
    if (!is_at_nodes(result, summary, column)) continue;
    const std::string name = air_get_result_model(result)->columns[column]->name;
    const std::string group = name.substr(0, group_length(name));
    auto known = std::ranges::find(groups, group, &Group::name);
    if (known == groups.end()) known = groups.insert(known, {group, {}});
    known->columns.push_back(column);
  }
  return groups;
}

std::string mean_text(Series values) {
  const air_statistics s = statistics(values);
  if (s.count == 0) return "-";
  const bool whole = std::fabs(s.mean) < 1e15 && s.mean == std::floor(s.mean);
  return whole ? fmt::format("{:.0f}", s.mean) : fmt::format("{:.4g}", s.mean);
}

std::string node_text(const air_node &node) {
  return *node.operation == '\0' ? node.name : fmt::format("{}, {}", node.name, node.operation);
}

Table empty_table(const air_model &model, const Group &group) {
  std::vector<Column> titles = {{.title = "#", .right = true}, {.title = group.name, .min_width = 16}};
  // Those at the end go first where there is no room.
  for (size_t i = 0; i < group.columns.size(); ++i) {
    const air_column &column = *model.columns[group.columns[i]];
    const std::string name = column.name;
    const std::string title = name.size() > group.name.size() ? name.substr(group.name.size() + 1) : name;
    titles.push_back({.title = *column.unit == '\0' ? title : fmt::format("{} {}", title, column.unit),
                      .right = true,
                      .rank = static_cast<int>(i)});
  }
  return Table(titles);
}

std::string table_of(const air_result *result, const ProfileSummary &summary, const Group &group,
                     const air_text_options &options) {
  const air_model &model = *air_get_result_model(result);
  Table table = empty_table(model, group);
  const auto add = [&](const std::string &number, const std::string &name, uint32_t node) {
    std::vector<Cell> row = {{number, Style::kDim}, {name}};
    for (const uint32_t column : group.columns) row.push_back({mean_text(series(result, column, node))});
    table.add(std::move(row));
  };
  for (const NodeSummary &node : summary.executed)
    add(fmt::format("{}", node.index), node_text(*model.nodes[node.index]), node.index);
  const bool has_whole = std::ranges::any_of(
      group.columns, [&](uint32_t column) { return !series(result, column, AIR_WHOLE_RUN).empty(); });
  if (has_whole) add("", "whole run", AIR_WHOLE_RUN);
  return table.render(options.width, options.colour != 0);
}

}  // namespace

bool is_at_nodes(const air_result *result, const ProfileSummary &summary, uint32_t column) {
  return std::ranges::any_of(
      summary.executed, [&](const NodeSummary &node) { return !std::isnan(sum(series(result, column, node.index))); });
}

std::string node_columns_tables(const air_result *result, const ProfileSummary &summary,
                                const air_text_options &options) {
  std::string text;
  for (const Group &group : groups_of(result, summary)) text += '\n' + table_of(result, summary, group, options);
  return text;
}

}  // namespace air::report
