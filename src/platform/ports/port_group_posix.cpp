// SPDX-License-Identifier: BSD-3-Clause
// Who may use a serial port.
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "platform/ports/serial_port_users.h"

namespace air {
namespace {

constexpr gid_t kNobody = 65534;  // stands for groups that a container does not have

bool is_member_of(gid_t group) {
  std::vector<gid_t> groups(static_cast<size_t>(std::max(getgroups(0, nullptr), 0)));
  groups.resize(static_cast<size_t>(std::max(getgroups(static_cast<int>(groups.size()), groups.data()), 0)));
  return getegid() == group || std::find(groups.begin(), groups.end(), group) != groups.end();
}

std::string name_of(gid_t id) {
  std::array<char, 4096> buffer{};
  group entry{};
  group *found = nullptr;
  const bool is_known = getgrgid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  return is_known ? found->gr_name : std::to_string(id);
}

}  // namespace

std::string how_to_be_let_in(const std::string &device) {
  struct stat status {};
  if (stat(device.c_str(), &status) != 0) return "its folder is closed to this user";
  const auto may = [&status](mode_t read, mode_t write) {
    return (status.st_mode & read) != 0 && (status.st_mode & write) != 0;
  };
  const bool may_members = may(S_IRGRP, S_IWGRP);
  const bool is_let_in = status.st_uid == geteuid()    ? may(S_IRUSR, S_IWUSR)
                         : is_member_of(status.st_gid) ? may_members
                                                       : may(S_IROTH, S_IWOTH);
  if (is_let_in)
    return "the system keeps it from this program: a container has to be given it (--device), a confined program its "
           "permission";
  if (may_members && status.st_gid == kNobody)
    return "its group is not in this container: start it with that (podman: --group-add keep-groups)";
  if (!may_members || status.st_gid == 0)
    return "its owner alone may";  // nobody should become a member of root's group for that
  return fmt::format("become a member of group {}, and log in again", name_of(status.st_gid));
}

}  // namespace air
