// SPDX-License-Identifier: BSD-3-Clause
// Opening ports: in use, refused, absent; any baud rate; nothing left open.
#include <asm/termbits.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "firmware.h"
#include "session.h"

using air::test::Client;
using air::test::error_text;
using air::test::Firmware;
using air::test::open_files;

namespace {

// While it lives, root may open no more than others may.
class NoOverride {
 public:
  NoOverride() {
    REQUIRE(syscall(SYS_capget, &header_, before_.data()) == 0);
    auto without = before_;
    without[0].effective &= ~(1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH);
    REQUIRE(syscall(SYS_capset, &header_, without.data()) == 0);
  }
  ~NoOverride() { CHECK(syscall(SYS_capset, &header_, before_.data()) == 0); }
  NoOverride(const NoOverride &) = delete;
  NoOverride &operator=(const NoOverride &) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> before_{};
};

}  // namespace

TEST_CASE("a port in use is reported as busy") {
  const Firmware firmware({});
  const Client first(firmware.descriptor());
  REQUIRE(first.status == AIR_OK);
  const Client second(firmware.descriptor());
  CHECK(second.status == AIR_ERROR_BUSY);
  CHECK(error_text().find(firmware.device()) != std::string::npos);
}

TEST_CASE("a port is free again after disconnecting") {
  const Firmware firmware({});
  for (int i = 0; i < 3; ++i) CHECK(Client(firmware.descriptor()).status == AIR_OK);
}

TEST_CASE("a port that is not there") {
  CHECK(Client("serial:/dev/ttyACM99").status == AIR_ERROR_NO_DEVICE);
  CHECK(error_text().find("/dev/ttyACM99") != std::string::npos);
  CHECK(Client("serial:COM6").status == AIR_ERROR_NO_DEVICE);
}

TEST_CASE("a file that is no port") {
  CHECK(Client("serial:/dev/null").status == AIR_ERROR_IO);
}

TEST_CASE("a port without permission names the group that may use it, if one may") {
  if (geteuid() != 0) return;  // only root can make such ports
  constexpr uid_t kOwner = 65534;
  constexpr gid_t kGroup = 5;
  for (const mode_t mode : {0660U, 0600U}) {
    const Firmware firmware({});
    REQUIRE(chown(firmware.device().c_str(), kOwner, kGroup) == 0);
    REQUIRE(chmod(firmware.device().c_str(), mode) == 0);
    const NoOverride as_others;
    const Client client(firmware.descriptor());
    CHECK(client.status == AIR_ERROR_PERMISSION);
    CHECK((error_text().find("member of group ") != std::string::npos) == (mode == 0660));
  }
}

TEST_CASE("any baud rate is set") {
  const Firmware firmware({});
  for (const uint32_t baud : {9600U, 115200U, 250000U, 921600U, 1500000U, 3686400U}) {
    const Client client("serial:" + firmware.device() + ":" + std::to_string(baud));
    REQUIRE(client.status == AIR_OK);
    const int fd = open(firmware.device().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    termios2 settings{};
    REQUIRE(ioctl(fd, TCGETS2, &settings) == 0);
    close(fd);
    CHECK(settings.c_ospeed == baud);
    CHECK((settings.c_cflag & CSIZE) == CS8);
    CHECK(settings.c_lflag == 0);
  }
}

TEST_CASE("a host that is not there") {
  CHECK(Client("socket:127.0.0.1:1").status == AIR_ERROR_NO_DEVICE);
  CHECK(Client("socket:no.such.host.invalid:1").status == AIR_ERROR_NOT_FOUND);
  CHECK(error_text().starts_with("Invalid hostname: no.such.host.invalid"));
}

TEST_CASE("a thousand connections leave nothing open") {
  const Firmware firmware({.on_tcp = true});
  REQUIRE(Client(firmware.descriptor()).status == AIR_OK);
  const size_t before = open_files();
  for (int i = 0; i < 1000; ++i) REQUIRE(Client(firmware.descriptor()).status == AIR_OK);
  CHECK(open_files() <= before + 1);  // the server's end may close a moment later
}
