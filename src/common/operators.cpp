// SPDX-License-Identifier: BSD-3-Clause
// What kind of operator a node is, as far as its description tells.
#include "common/operators.h"

#include "common/ascii.h"

namespace air {

std::string operator_letters(std::string_view operation) {
  std::string kind;
  for (const char c : operation.substr(0, operation.find(' '))) {
    if (is_ascii_letter(c)) kind += ascii_lower(c);
  }
  return kind;
}

bool is_like(const air_node &node, std::string_view letters) {
  return operator_letters(node.operation).find(letters) != std::string::npos;
}

bool is_activation(const air_node &node) {
  const std::string letters = operator_letters(node.operation);
  return letters.starts_with("relu") || letters.starts_with("clip");
}

}  // namespace air
