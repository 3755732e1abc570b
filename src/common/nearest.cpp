// SPDX-License-Identifier: BSD-3-Clause
// The word that may have been meant by one that is not known.
#include "common/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace air {
namespace {

constexpr size_t kLongest = 64;  // what is longer is no misspelt word

// Letters to insert, to remove or to change until both are the same.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view given, std::span<const std::string> words) {
  const std::string *nearest = nullptr;
  size_t least = std::min<size_t>(given.size() / 2, 2) + 1;
  for (const std::string &word : words) {
    if (given.size() > kLongest || word.size() > kLongest) continue;
    const size_t n = word.starts_with(given) && given.size() >= 2 ? 1 : distance(given, word);
    if (n < least) {
      nearest = &word;
      least = n;
    }
  }
  return nearest == nullptr ? "" : " (did you mean " + *nearest + "?)";
}

}  // namespace air
