// SPDX-License-Identifier: BSD-3-Clause
#include "platform/files/absolute_path.h"

#include <system_error>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/machine/out_of_memory.h"

namespace air {

std::filesystem::path absolute_path(const std::filesystem::path &path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  throw_if_no_memory(error);
  if (error) fail(AIR_ERROR_IO, "'{}' cannot be made absolute: {}", text_of(path), error.message());
  return absolute.lexically_normal();
}

}  // namespace air
