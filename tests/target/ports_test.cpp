// SPDX-License-Identifier: BSD-3-Clause
// Which serial port is a board: a made-up /sys and /dev in a temporary folder.
#include <doctest/doctest.h>
#include <fnmatch.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "aivalidation/channel/ports.h"
#include "common/error.h"
#include "common/st_link.h"
#include "platform/ports/modem_manager.h"

namespace fs = std::filesystem;
using air::Error;
using air::aivalidation::Port;

namespace {

class FakeSystem {
 public:
  FakeSystem() {
    std::string pattern = (fs::temp_directory_path() / "airunner-ports-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    fs::create_directories(sys() / "class/tty");
    fs::create_directories(dev());
  }
  ~FakeSystem() { fs::remove_all(root_); }
  FakeSystem(const FakeSystem &) = delete;
  FakeSystem &operator=(const FakeSystem &) = delete;

  fs::path sys() const { return root_ / "sys"; }
  fs::path dev() const { return root_ / "dev"; }

  void add_usb(const std::string &name, const char *vendor, const char *product, const char *text) const {
    const fs::path device = sys() / "devices/pci0000:00/usb1" / ("1-" + name);
    fs::create_directories(device / "1-1:1.2/tty" / name);
    write(device / "idVendor", vendor);
    write(device / "idProduct", product);
    write(device / "manufacturer", "maker");
    write(device / "product", text);
    write(device / "serial", ("serial of " + name).c_str());
    add(name, device / "1-1:1.2");
  }
  void add_platform(const std::string &name) const {
    const fs::path device = sys() / "devices/platform/serial8250";
    fs::create_directories(device);
    add(name, device);
  }

  // What only ModemManager is told by.
  fs::path proc() const { return root_ / "proc"; }
  fs::path udev() const { return root_ / "udev"; }
  void add_process(const char *id, const char *name) const {
    fs::create_directories(proc() / id);
    write(proc() / id / "comm", name);
  }
  void number(const std::string &name, const char *text) const { write(sys() / "class/tty" / name / "dev", text); }
  void tell(const char *name, const char *text) const {
    fs::create_directories(udev());
    write(udev() / name, text);
  }

  std::vector<Port> ports() const { return air::aivalidation::find_ports(sys(), dev()); }

 private:
  static void write(const fs::path &path, const char *text) { std::ofstream(path) << text << '\n'; }
  void add(const std::string &name, const fs::path &device) const {
    fs::create_directories(sys() / "class/tty" / name);
    fs::create_directory_symlink(device, sys() / "class/tty" / name / "device");
    std::ofstream(dev() / name) << "";
  }

  fs::path root_;
};

air_status refusal(const std::vector<Port> &ports, std::vector<std::string> *causes = nullptr) {
  try {
    air::aivalidation::choose_port(ports, 115200);
    return AIR_OK;
  } catch (const Error &error) {
    if (causes != nullptr) *causes = error.causes();
    return error.status();
  }
}

}  // namespace

TEST_CASE("ports are ranked by their USB identity") {
  const FakeSystem system;
  system.add_platform("ttyS0");
  system.add_usb("ttyUSB0", "0403", "6001", "maker and model");
  system.add_usb("ttyACM2", "0483", "1234", "Something else of ST");
  system.add_usb("ttyACM1", "0483", "374b", "STM32 STLink");
  system.add_usb("ttyACM3", "1209", "0001", "Third-party ST-Link clone");
  system.add_usb("ttyACM0", "0483", "5740", "STM32 Virtual ComPort");
  system.add_usb("other0", "0483", "374b", "no serial port by its name");
  const std::vector<Port> ports = system.ports();
  REQUIRE(ports.size() == 5);
  CHECK(ports[0].device == (system.dev() / "ttyACM0").string());
  CHECK(ports[1].device == (system.dev() / "ttyACM1").string());
  CHECK(ports[2].device == (system.dev() / "ttyACM3").string());
  CHECK(ports[3].device == (system.dev() / "ttyACM2").string());
  CHECK(ports[4].rank == Port::Rank::kOtherUsb);
  CHECK(ports[1].description == "maker STM32 STLink (0483:374b)");
  CHECK(ports[4].description == "maker and model (0403:6001)");
  CHECK(air::aivalidation::choose_port(ports, 115200) == ports[0].device);
  CHECK(air::aivalidation::is_target_usb(ports[0].device, system.sys()));
  CHECK_FALSE(air::aivalidation::is_target_usb(ports[1].device, system.sys()));
}

TEST_CASE("what USB tells of a port, as far as it does") {
  const FakeSystem system;
  system.add_usb("ttyACM0", "0483", "374b", "STM32 STLink");
  system.add_usb("ttyUSB0", "0403", "6001", "bad\x1b[31m text");
  CHECK(system.ports().front().properties == air::backend::Properties{{"vid", "0483"},
                                                                      {"pid", "374b"},
                                                                      {"manufacturer", "maker"},
                                                                      {"product", "STM32 STLink"},
                                                                      {"serial_number", "serial of ttyACM0"}});
  CHECK(system.ports().back().description.find('\x1b') == std::string::npos);
  for (const char *name : {"manufacturer", "serial"}) {
    fs::remove(system.sys() / "devices/pci0000:00/usb1/1-ttyACM0" / name);
  }
  CHECK(system.ports().front().properties ==
        air::backend::Properties{{"vid", "0483"}, {"pid", "374b"}, {"product", "STM32 STLink"}});
}

TEST_CASE("one board is taken, two are listed") {
  const FakeSystem system;
  system.add_usb("ttyACM10", "0483", "374e", "STLINK-V3");
  CHECK(air::aivalidation::choose_port(system.ports(), 115200) == (system.dev() / "ttyACM10").string());
  system.add_usb("ttyACM9", "0483", "374b", "STM32 STLink");
  std::vector<std::string> causes;
  CHECK(refusal(system.ports(), &causes) == AIR_ERROR_AMBIGUOUS);
  REQUIRE(causes.size() == 2);
  CHECK(causes[0].starts_with("serial:" + (system.dev() / "ttyACM9").string() + ":115200 "));
}

TEST_CASE("a port that is no board of ST is named, never tried") {
  const FakeSystem system;
  system.add_platform("ttyS0");
  CHECK(refusal(system.ports()) == AIR_ERROR_NO_DEVICE);
  system.add_usb("ttyUSB0", "0403", "6001", "FT232R USB UART");
  std::vector<std::string> causes;
  CHECK(refusal(system.ports(), &causes) == AIR_ERROR_NO_DEVICE);
  REQUIRE(causes.size() == 1);
  CHECK(causes[0].find("ttyUSB0") != std::string::npos);
}

TEST_CASE("a system without sysfs has no ports") {
  CHECK(air::aivalidation::find_ports("/nonexistent", "/nonexistent").empty());
}

TEST_CASE("the rule for ports goes by the numbers that boards are known by") {
  std::ifstream file(AIRUNNER_RULES);
  const std::string rules(std::istreambuf_iterator<char>(file), {});
  const std::regex rule(R"re(idVendor\}=="0483", ATTRS?\{idProduct\}=="([^"]*)")re");
  const std::sregex_iterator begin(rules.begin(), rules.end(), rule);
  CHECK(std::distance(begin, {}) == 2);
  for (auto found = begin; found != std::sregex_iterator(); ++found) {
    for (uint32_t product = 0; product <= 0xffff; ++product) {
      bool applies = false;
      std::istringstream patterns((*found)[1]);
      for (std::string pattern; std::getline(patterns, pattern, '|');)
        applies |= fnmatch(pattern.c_str(), fmt::format("{:04x}", product).c_str(), 0) == 0;
      if (applies != air::is_st_link(0x0483, product)) FAIL_CHECK("product " << product << " by " << found->str());
    }
  }
}

TEST_CASE("ModemManager is told by its process") {
  const FakeSystem system;
  CHECK_FALSE(air::modem_manager_runs(system.proc()));
  system.add_process("1", "systemd");
  CHECK_FALSE(air::modem_manager_runs(system.proc()));
  system.add_process("815", "ModemManager");
  CHECK(air::modem_manager_runs(system.proc()));
}

TEST_CASE("a port that ModemManager leaves alone is told by udev") {
  const FakeSystem system;
  const auto ignores = [&system] {
    return air::modem_manager_ignores(system.dev() / "ttyACM3", system.sys(), system.udev());
  };
  CHECK_FALSE(ignores());
  system.add_usb("ttyACM3", "0483", "374b", "STM32 STLink");
  system.number("ttyACM3", "166:3");
  CHECK_FALSE(ignores());
  system.tell("c166:3", "S:serial/by-id/usb\nE:ID_BUS=usb\n");
  system.tell("c166:4", "E:ID_MM_PORT_IGNORE=1\n");
  CHECK_FALSE(ignores());
  system.tell("c166:3", "E:ID_BUS=usb\nE:ID_MM_PORT_IGNORE=1\nG:uaccess\n");
  CHECK(ignores());
  system.tell("c166:3", "E:ID_MM_DEVICE_IGNORE=1\n");
  CHECK(ignores());
  system.tell("c166:3", "E:ID_MM_DEVICE_IGNORE=0\n");
  CHECK_FALSE(ignores());
}
