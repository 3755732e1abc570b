// SPDX-License-Identifier: BSD-3-Clause
// Which fault explains the error of a node best. The kinds are told in docs/compare.md.
#include "compare/local/hypotheses.h"

#include <algorithm>
#include <array>

#include "compare/local/candidates.h"

namespace air::local {

std::span<const Alteration> alterations() {
  static constexpr std::array<Alteration, 21> all = {
      {{Change::kScaled, 0, 0, 0},   {Change::kScaled, 0, 0, 0.5F}, {Change::kScaled, 0, 0, 64},
       {Change::kScaled, 0, 0, -64}, {Change::kScaled, 0, 0, -1},   {Change::kRaised, 0, 0, 1},
       {Change::kRaised, 0, 0, 64},  {Change::kRaised, 0, 0, -64},  {Change::kCut},
       {Change::kBypassed},          {Change::kTransposed},         {Change::kFlipped},
       {Change::kChannelsReversed},  {Change::kShifted, 1, 1},      {Change::kShifted, -1, -1},
       {Change::kShifted, 1, -1},    {Change::kShifted, -1, 1},     {Change::kShifted, 0, 1},
       {Change::kShifted, 0, -1},    {Change::kShifted, 1, 0},      {Change::kShifted, -1, 0}}};
  return all;
}

bool needs_picture(const Alteration &alteration) {
  constexpr std::array<Change, 4> of_any = {Change::kScaled, Change::kRaised, Change::kCut, Change::kBypassed};
  return std::ranges::find(of_any, alteration.change) == of_any.end();
}

std::optional<Explanation> explain(const Suspect &suspect) {
  if (suspect.actual.empty()) return {};
  Candidates candidates(suspect);
  if (!candidates.is_wrong()) return {};
  try_activations(candidates);
  try_geometry(candidates);
  try_filters(candidates);
  try_zero_point(candidates);
  try_swapped_channels(candidates);
  try_connections(candidates);
  try_one_weight(candidates);
  return candidates.best();
}

}  // namespace air::local
