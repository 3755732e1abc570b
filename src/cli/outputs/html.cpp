// SPDX-License-Identifier: BSD-3-Clause
// JSON documents as an HTML page, by the library.
#include "cli/outputs/html.h"

#include <vector>

#include "airunner_report.h"
#include "cli/outputs/printing.h"
#include "cli/running/failure.h"

namespace air::cli {

std::vector<air_document> views_of(std::span<const Document> documents) {
  std::vector<air_document> views;
  for (const auto &[name, json] : documents) {
    if (json.starts_with("\xFF\xFE"))  // by `>` of PowerShell before release 6
      throw Failure(kBadInput,
                    name + ": is text in UTF-16: save it as UTF-8, or let airunner write it (--output-report)");
    // The library takes texts that end with a zero: one in the middle would hide the rest.
    if (json.find('\0') != std::string::npos)
      throw Failure(kBadInput, name + ": is not a JSON document: it has zero bytes");
    views.push_back({name.c_str(), json.c_str()});
  }
  return views;
}

std::string html_page(std::span<const Document> documents) {
  const std::vector<air_document> given = views_of(documents);
  char *text = nullptr;
  check(air_render_html(given.data(), static_cast<uint32_t>(given.size()), &text), kFailed);
  return take(text);
}

}  // namespace air::cli
