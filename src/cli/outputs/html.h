// SPDX-License-Identifier: BSD-3-Clause
// JSON documents as an HTML page, by the library.
#pragma once

#include <span>
#include <string>

namespace air::cli {

struct Document {
  std::string name;  // shown on the page; "" for none
  std::string json;
};

std::string html_page(std::span<const Document> documents);  // throws Failure, kBadInput for a document that is none

}  // namespace air::cli
