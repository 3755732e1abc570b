// SPDX-License-Identifier: BSD-3-Clause
// A run as a page shows it: its time, inputs, outputs and accuracy.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/html/sections.h"
#include "report/html/times.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

Html accuracy_section(const JsonView &accuracy, int level) {
  if (accuracy.is_null()) return {};
  return section(
      level, "accuracy", "Accuracy",
      bare_element("p", fmt::format("{} of {} labels are hit by the largest value of the first output: {}.",
                                    known_count(accuracy["n_correct"].size()), known_count(accuracy["n_labels"].size()),
                                    percent_text(accuracy["top1"].number().value_or(0)))));
}

Html inputs_section(const JsonView &inputs, int level) {
  HtmlTable table("What the model was given, samples first", {{.title = "input"},
                                                              {.title = "type and shape"},
                                                              {.title = "source"},
                                                              {.title = "NaN", .number = true},
                                                              {.title = "infinite", .number = true}});
  for (const JsonView &input : inputs.list()) {
    table.add({input["name"].text(), tensor_text(input), input["source"].text(), known_count(input["n_nan"].size()),
               known_count(input["n_inf"].size())});
  }
  return table.empty() ? Html() : section(level, "inputs", "Inputs", table.html());
}

Html outputs_section(const JsonView &run, int level) {
  std::vector<HtmlColumn> columns = {{.title = "output"}, {.title = "type and shape"}};
  for (HtmlColumn &column : value_columns()) columns.push_back(std::move(column));
  HtmlTable table("Real values of the outputs, over all samples", columns);
  for (const JsonView &output : run["outputs"].list()) {
    std::vector<HtmlCell> row = {output["name"].text(), tensor_text(output)};
    for (HtmlCell &cell : value_cells(output["statistics"])) row.push_back(std::move(cell));
    table.add(row);
  }
  Html content = table.empty() ? Html() : table.html();
  const std::vector<std::string> files = run["files"].texts();
  if (!files.empty()) content += bare_element("p", fmt::format("Written to {}.", fmt::join(files, ", ")));
  return section(level, "outputs", "Outputs", content);
}

Html run_provenance(const JsonView &run, int level) {
  HtmlFacts facts;
  for (const char *key :
       {"descriptor", "backend", "begin", "host", "hash", "runtime", "device", "airunner", "schema"}) {
    facts.add(key, run[key].text());
  }
  return section(level, "provenance", "Provenance", facts.html("facts"));
}

}  // namespace

Html run_section(const JsonView &run, int level) {
  Html notes;
  for (const std::string &text : run["notes"].texts()) notes += note(text);
  HtmlFacts tiles;
  const std::optional<double> mean = run["mean_ms"].number();
  tiles.add("mean time per sample", mean ? time_text(*mean) : "\u2013");
  tiles.add("samples per second", rate_text(mean.value_or(0)));
  tiles.add("samples", known_count(run["n_samples"].size()));
  const std::optional<double> top1 = run["accuracy"]["top1"].number();
  tiles.add("top-1 accuracy", top1 ? percent_text(*top1) : "");
  return notes + tiles.html("tiles") + section(level, "times", "Time", three_times(run["times"])) +
         accuracy_section(run["accuracy"], level) + outputs_section(run, level) + inputs_section(run["inputs"], level) +
         run_provenance(run, level);
}

}  // namespace air::report
