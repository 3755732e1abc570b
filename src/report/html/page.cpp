// SPDX-License-Identifier: BSD-3-Clause
// The page: reads the documents, renders each by its kind, and puts them side by side.
#include "report/html/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "common/error.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "report/html/graph.h"
#include "report/html/history.h"
#include "report/html/regression.h"
#include "report/html/sections.h"
#include "report/html/style.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

constexpr size_t kMostOpen = 4;  // of documents that are shown below one another

struct Kind {
  const char *schema;
  const char *name;
  Html (*render)(const JsonView &document, int level, const std::string &id);
  std::string (*title)(const JsonView &document);
};

std::string own_name(const JsonView &document) {
  return document["name"].text();
}
std::string name_of_info(const JsonView &document) {
  return own_name(document["info"]);
}
std::string name_of_side(const JsonView &side) {
  return fmt::format("{} ({})", name_of_info(side), side["backend"].text());
}
std::string both_names(const JsonView &document) {
  return fmt::format("{} against {}", name_of_side(document["other"]), name_of_side(document["reference"]));
}

template <Html (*section)(const JsonView &document, int level)>
Html without_id(const JsonView &document, int level, const std::string & /*id*/) {
  return section(document, level);
}

constexpr std::array<Kind, 6> kKinds = {
    {{"airunner.profile/1", "Profile", profile_section, name_of_info},
     {"airunner.runs/1", "Runs", without_id<runs_section>, name_of_runs},
     {"airunner.regression/1", "Regression", without_id<regression_section>, name_of_regression},
     {"airunner.run/1", "Run", without_id<run_section>, own_name},
     {"airunner.info/1", "Model", without_id<info_section>, own_name},
     {"airunner.comparison/1", "Comparison", comparison_section, both_names}}};

const Kind &kind_of(const JsonView &document) {
  const std::string schema = document["schema"].text();
  for (const Kind &kind : kKinds) {
    if (schema == kind.schema) return kind;
  }
  std::string known;
  for (const Kind &kind : kKinds) known += fmt::format("{}{}", known.empty() ? "" : ", ", kind.schema);
  fail(AIR_ERROR_INVALID_INPUT, "{}: the schema is '{}', expected one of {}{}", document.place(), printable(schema),
       known,
       schema == "airunner.validation/1" ? "; the page of it is made by `airunner validate ... --html FILE`" : "");
}

std::string subtitle(const JsonView &document) {
  std::string text = document["begin"].text();
  for (const std::string &part : {document["backend"].text(), document["descriptor"].text()}) {
    if (!part.empty()) text += (text.empty() ? "" : " \u00B7 ") + part;
  }
  return text;
}

Html heading(const HtmlSource &source, const Kind &kind, int level) {
  const std::string tag = fmt::format("h{}", level);
  const std::string above = source.label.empty() ? kind.name : fmt::format("{} \u00B7 {}", kind.name, source.label);
  return bare_element("header", bare_element("p", above) + bare_element(tag.c_str(), kind.title(source.root)) +
                                    bare_element("p", subtitle(source.root)));
}

Html alone(const HtmlSource &source) {
  const Kind &kind = kind_of(source.root);
  return heading(source, kind, 1) + kind.render(source.root, 2, "document");
}

// One of many is folded away; a link to it opens it.
Html article(const std::string &id, const HtmlSource &source, const Kind &kind, bool folded) {
  const Html content = heading(source, kind, 2) + kind.render(source.root, 3, id);
  if (!folded) return element("article", {{"id", id}}, content);
  const std::string summary = fmt::format("{}: {}", source.label, kind.title(source.root));
  return bare_element("details", bare_element("summary", summary) + element("article", {{"id", id}}, content));
}

Html side_by_side(std::span<const HtmlSource> sources) {
  Html links, articles;
  for (size_t i = 0; i < sources.size(); ++i) {
    const Kind &kind = kind_of(sources[i].root);
    const std::string id = fmt::format("document-{}", i + 1);
    links += bare_element(
        "li", element("a", {{"href", "#" + id}}, fmt::format("{}: {}", sources[i].label, kind.title(sources[i].root))));
    articles += article(id, sources[i], kind, sources.size() > kMostOpen);
  }
  const Html header =
      bare_element("header", bare_element("p", "airunner") +
                                 bare_element("h1", fmt::format("{} documents side by side", sources.size())));
  return header + element("nav", {{"aria-label", "documents"}}, bare_element("ul", links)) + history_section(sources) +
         overview_section(sources) + articles;
}

// The policy keeps the page to itself: it fetches nothing, and runs no script but its own.
Html page(const std::string &title, const Html &content) {
  const std::string policy =
      fmt::format("default-src 'none'; style-src 'unsafe-inline'; script-src '{}'", kHtmlScriptHash);
  const Html head = element("meta", {{"charset", "utf-8"}}) +
                    element("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", policy}}) +
                    element("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
                    bare_element("title", title) +
                    bare_element("style", Html::markup(kHtmlStyle) + Html::markup(kGraphStyle));
  const Html footer = bare_element(
      "footer",
      bare_element(
          "p",
          fmt::format(
              "Made by airunner {}. Times are those the device tells; nothing on this page is loaded from elsewhere.",
              air_version())));
  return Html::markup("<!DOCTYPE html>\n") +
         element(
             "html", {{"lang", "en"}},
             bare_element("head", head) + bare_element("body", bare_element("main", content) + footer +
                                                                   bare_element("script", Html::markup(kHtmlScript)))) +
         Html::markup("\n");
}

// The last `n` parts of a path.
std::string_view last_parts(std::string_view path, size_t n) {
  for (size_t at = path.size(); at != 0;) {
    at = path.find_last_of(kPathSeparators, at - 1);
    if (at == std::string_view::npos) break;
    if (--n == 0) return path.substr(at + 1);
  }
  return path;
}

// Files go by their names; those of equal names by as many of their folders as tell them apart.
std::vector<std::string> short_names(std::span<const air_document> documents) {
  std::vector<std::string> paths, names;
  for (const air_document &document : documents) paths.emplace_back(document.name == nullptr ? "" : document.name);
  for (const std::string &path : paths) {
    size_t n = 1;
    const auto is_taken = [&](const std::string &other) {
      return other != path && last_parts(other, n) == last_parts(path, n);
    };
    while (last_parts(path, n).size() < path.size() && std::ranges::any_of(paths, is_taken)) ++n;
    names.emplace_back(last_parts(path, n));
  }
  return names;
}

std::string title_of(std::span<const HtmlSource> sources) {
  if (sources.size() > 1) return fmt::format("airunner: {} documents", sources.size());
  const Kind &kind = kind_of(sources[0].root);
  return fmt::format("{} of {}", kind.name, kind.title(sources[0].root));
}

}  // namespace

std::string html_page(std::span<const air_document> documents) {
  const std::vector<std::string> names = short_names(documents);
  std::vector<JsonDocument> parsed;
  std::vector<HtmlSource> sources;
  for (const air_document &document : documents) {
    const std::string name = document.name == nullptr ? "" : document.name;
    const size_t number = parsed.size() + 1;
    parsed.emplace_back(document.json, name.empty() ? fmt::format("document {}", number) : name);
    const std::string &shown = names[number - 1];
    const std::string label =
        documents.size() == 1 ? shown : fmt::format("{}{}{}", number, shown.empty() ? "" : " \u00B7 ", shown);
    sources.push_back({parsed.back().root(), label});
  }
  return page(title_of(sources), sources.size() == 1 ? alone(sources[0]) : side_by_side(sources)).str();
}

}  // namespace air::report
