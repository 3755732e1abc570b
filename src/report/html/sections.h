// SPDX-License-Identifier: BSD-3-Clause
// The sections of an HTML page, each made from a JSON document or a part of one. Headings begin at `level`.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/json.h"
#include "report/html/markup.h"
#include "report/html/table.h"

namespace air::report {

// A document, and what it is called where several are shown: "2 · after.json".
struct HtmlSource {
  JsonView root;
  std::string label;
};

// Whole documents: profile.cpp, run.cpp, comparison.cpp, model.cpp. `id` is that of the document in the page.
Html profile_section(const JsonView &profile, int level, const std::string &id);
Html comparison_section(const JsonView &comparison, int level, const std::string &id);
Html run_section(const JsonView &run, int level);
Html info_section(const JsonView &document, int level);

// Runs and profiles beside each other: overview.cpp. Empty for fewer than two.
Html overview_section(std::span<const HtmlSource> sources);

// Parts of documents: model.cpp.
Html memory_section(const JsonView &info, int level);
Html tensors_section(const JsonView &info, int level);
Html provenance_section(const JsonView &document, const JsonView &info, int level);
void add_model_facts(HtmlFacts &facts, const JsonView &info);

// Words, numbers and small pieces: section_parts.cpp.
Html section(int level, const char *css_class, const std::string &title, const Html &content);
Html note(const std::string &text);
Html not_finite_notes(const JsonView &inputs);  // of the inputs that were given values that are no numbers
Html legend(const std::vector<std::pair<std::string, int>> &entries);  // text and colour
std::string node_name(const JsonView &node);  // of a profile: that of what it computes where names of nodes only count
Html numbered(double index, const std::string &name);  // a name after its number in the order
std::string number_text(std::optional<double> value);  // "–" when not known
std::string percent_text(double part);
std::string known_bytes(std::optional<uint64_t> value);  // "13,951,264 B (13.3 MiB)"
std::string known_size(std::optional<uint64_t> value);   // "13.3 MiB"
std::string known_count(std::optional<uint64_t> value);
std::string shape_text(const JsonView &shape);
std::string tensor_text(const JsonView &tensor);
std::string quantization_text(const JsonView &tensor);
std::string rate_text(double sample_ms);  // samples per second: "812", "" where it cannot be told
std::vector<double> finite(std::vector<double> values);

// Columns and cells of a summary of values, with its histogram where there is one; the second for values that are not known.
std::vector<HtmlColumn> value_columns();
std::vector<HtmlCell> value_cells(const JsonView &values);

}  // namespace air::report
