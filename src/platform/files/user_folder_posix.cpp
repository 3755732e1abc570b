// SPDX-License-Identifier: BSD-3-Clause
// Folders that the system has for each user: as the XDG Base Directory Specification names them.
#include "platform/files/user_folder.h"

#include "platform/processes/environment.h"

namespace air {

std::filesystem::path user_data_folder() {
  const char *data_home = trusted_environment("XDG_DATA_HOME");
  if (data_home != nullptr && *data_home == '/') return data_home;
  const char *home = trusted_environment("HOME");
  return home != nullptr && *home == '/' ? std::filesystem::path(home) / ".local/share" : std::filesystem::path();
}

}  // namespace air
