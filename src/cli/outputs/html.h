// SPDX-License-Identifier: BSD-3-Clause
// JSON documents as an HTML page, by the library.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "airunner_report.h"

namespace air::cli {

struct Document {
  std::string name;  // shown on the page; "" for none
  std::string json;
};

// As the library takes them, as long as these live. Throws Failure, kBadInput for what cannot be JSON.
std::vector<air_document> views_of(std::span<const Document> documents);

std::string html_page(std::span<const Document> documents);  // throws Failure, kBadInput for a document that is none

}  // namespace air::cli
