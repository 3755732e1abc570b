// SPDX-License-Identifier: BSD-3-Clause
// JSON documents as an HTML page, by the library.
#include "cli/outputs/html.h"

#include <vector>

#include "airunner_report.h"
#include "cli/outputs/printing.h"
#include "cli/running/failure.h"

namespace air::cli {

std::string html_page(std::span<const Document> documents) {
  std::vector<air_document> given;
  for (const Document &document : documents) {
    // The library takes texts that end with a zero: one in the middle would hide the rest.
    if (document.json.find('\0') != std::string::npos) {
      throw Failure(kBadInput, document.name + ": is not a JSON document: it has zero bytes");
    }
    given.push_back({document.name.c_str(), document.json.c_str()});
  }
  char *text = nullptr;
  check(air_render_html(given.data(), static_cast<uint32_t>(given.size()), &text), kFailed);
  return take(text);
}

}  // namespace air::cli
