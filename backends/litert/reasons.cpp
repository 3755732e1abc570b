// SPDX-License-Identifier: BSD-3-Clause
// Why the runtime refused a model, in its own words.
#include "litert/reasons.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/utf8.h"

namespace air::litert {
namespace {

// Without "ERROR: ", "[file.cc:12] " and the full stop; empty for a line that tells no error.
std::string_view bare(std::string_view line) {
  constexpr std::string_view kError = "ERROR: ";
  constexpr std::string_view kOthers[] = {"INFO: ", "WARNING: ", "VERBOSE: ", "DEBUG: "};
  // These only tell that there is an error, as our sentence does.
  constexpr std::string_view kSaysNothing[] = {"Failed to allocate tensors for execution"};
  if (std::any_of(std::begin(kOthers), std::end(kOthers), [&](auto mark) { return line.starts_with(mark); })) return "";
  if (line.starts_with(kError)) line.remove_prefix(kError.size());
  if (line.starts_with('[') && line.find("] ") != std::string_view::npos) line.remove_prefix(line.find("] ") + 2);
  while (line.ends_with('.') || line.ends_with(' ')) line.remove_suffix(1);
  return std::find(std::begin(kSaysNothing), std::end(kSaysNothing), line) == std::end(kSaysNothing) ? line : "";
}

}  // namespace

std::string reasons_of(std::string_view lines) {
  std::vector<std::string> reasons;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    std::string reason = printable(bare(lines.substr(0, end)));
    if (!reason.empty() && std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
      reasons.push_back(std::move(reason));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  std::string text;
  for (const std::string &reason : reasons) text += (text.empty() ? "" : "; ") + reason;
  return text;
}

}  // namespace air::litert
