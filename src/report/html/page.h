// SPDX-License-Identifier: BSD-3-Clause
// Documents side by side as one HTML page that needs no other file.
#pragma once

#include <span>
#include <string>

#include "airunner_report.h"

namespace air::report {

// Throws AIR_ERROR_INVALID_INPUT for what is not a document of docs/json.md.
std::string html_page(std::span<const air_document> documents);

}  // namespace air::report
