// SPDX-License-Identifier: BSD-3-Clause
// Faults that may explain the error of a node, and the one that does it best.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "compare/local/hypotheses.h"
#include "compare/local/response.h"

namespace air::local {

class Candidates {
 public:
  explicit Candidates(const Suspect &suspect);

  // A fault with which the judge would have computed `expected`. Values that are not a number are not known, and left out. `freedom`: how many numbers
  // were fitted or chosen, by which it is the less simple.
  void consider(const char *kind, int freedom, Reals actual, const Reals &expected);
  void consider(const char *kind, int freedom, const Reals &expected);
  // Value by value, before the activation: of channels that are wrong, while the others stay as they are, or of all.
  using Formula = std::function<double(size_t i)>;
  void consider_wrong(const char *kind, int freedom, const Formula &sum);
  void consider_all(const char *kind, int freedom, const Formula &sum);

  std::optional<Explanation> best() const;

  bool is_wrong() const { return before_ > 1; }  // in these samples

  const Suspect &suspect() const { return suspect_; }
  const std::optional<Response> &response() const { return response_; }
  const std::vector<uint64_t> &wrong() const { return wrong_; }  // channels
  bool is_wrong(size_t i) const { return is_wrong_[suspect_.channels.of(i)]; }
  // What the node sums before its activation; not a number where that is not known.
  double sum(size_t i) const { return sums_[i]; }
  double cut(double value) const { return std::clamp(value, low_, high_); }
  // Whether no activation cut it, so that it tells the sum.
  bool is_inside(double value) const;
  bool has_end_at(double value) const;
  // Beyond an end of a type it becomes that end.
  Reals within_range(Reals values) const;

 private:
  struct Candidate {
    Explanation explanation;
    int freedom;
    double excess;
  };
  LocalError error_of(const Reals &actual, const Reals &exact) const;
  double known_part(const Reals &expected) const;

  const Suspect &suspect_;
  std::optional<Response> response_;
  double low_, high_;  // of the activation
  Reals sums_;
  double before_ = 0;
  std::vector<uint64_t> wrong_;
  std::vector<bool> is_wrong_;
  std::vector<Candidate> candidates_;
};

// Which are tried.
void try_activations(Candidates &candidates);
void try_filters(Candidates &candidates);
void try_zero_point(Candidates &candidates);
void try_swapped_channels(Candidates &candidates);
void try_geometry(Candidates &candidates);
void try_connections(Candidates &candidates);
void try_one_weight(Candidates &candidates);

}  // namespace air::local
