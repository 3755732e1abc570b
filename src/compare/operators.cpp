// SPDX-License-Identifier: BSD-3-Clause
// What kind of operator a node is, as far as its description tells.
#include "compare/operators.h"

#include <cctype>

namespace air {

std::string operator_kind(std::string_view operation) {
  std::string kind;
  for (const char c : operation.substr(0, operation.find(' '))) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) kind += static_cast<char>(std::tolower(c));
  }
  return kind;
}

bool is_like(const air_node &node, std::string_view letters) {
  return operator_kind(node.operation).find(letters) != std::string::npos;
}

}  // namespace air
