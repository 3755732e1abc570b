// SPDX-License-Identifier: BSD-3-Clause
// Where a target is and how to talk to it.
#include "aivalidation/descriptor.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "aivalidation/model/npu_counters.h"
#include "common/ascii.h"
#include "common/descriptor_text.h"
#include "common/error.h"
#include "common/numbers.h"
#include "common/path_text.h"

namespace air::aivalidation {
namespace {

constexpr uint32_t kMostBaud = 20'000'000;  // also in the options of the plugin
constexpr double kLongestTimeoutS = 86'400;

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_ascii_digit);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Takes the part up to the next colon. Names below /dev/serial/by-path hold colons, so a path goes on to the end, or to the baud rate
// behind it.
std::string_view take_part(std::string_view &rest) {
  size_t end = rest.find(':');
  if (rest.starts_with('/')) {
    std::error_code error;
    const size_t last = rest.rfind(':');
    const bool is_path = last == std::string_view::npos || !all_digits(rest.substr(last + 1)) ||
                         std::filesystem::exists(path_of(rest), error);
    end = is_path ? std::string_view::npos : last;
  }
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return trim(part);
}

uint32_t parse_baud(std::string_view text) {
  const auto baud = number_in<uint32_t>(text);
  if (baud && *baud > 0 && *baud <= kMostBaud) return *baud;
  fail(AIR_ERROR_INVALID_DESCRIPTOR, "baud rate {}: expected a number from 1 to {}", text, kMostBaud);
}

// The parts of a descriptor: one number and one other text, in any order.
struct Parts {
  std::optional<std::string> text;
  std::optional<std::string> number;

  Parts(std::string_view rest, const char *form) {
    for (std::string_view left = rest; !left.empty();) {
      const std::string_view part = take_part(left);
      if (part.empty()) continue;
      std::optional<std::string> &place = all_digits(part) ? number : text;
      if (place) fail(AIR_ERROR_INVALID_DESCRIPTOR, "\"{}\" has one part too many: expected {}", rest, form);
      place = part;
    }
  }
};

void parse_serial(std::string_view rest, Descriptor &descriptor) {
  const Parts parts(rest, "serial[:port][:baud], such as serial:/dev/ttyACM0:115200");
  descriptor.device = parts.text.value_or("");
  if (parts.number) descriptor.baud = parse_baud(*parts.number);
}

uint16_t parse_port(std::string_view text) {
  const uint16_t port = number_in<uint16_t>(text).value_or(0);
  if (port == 0) fail(AIR_ERROR_INVALID_DESCRIPTOR, "port {}: expected a number from 1 to 65535", text);
  return port;
}

// An IPv6 address, in brackets, in front of the rest.
std::optional<std::string> take_literal(std::string_view &rest) {
  if (!rest.starts_with('[')) return std::nullopt;
  const size_t end = rest.find(']');
  if (end == std::string_view::npos) fail(AIR_ERROR_INVALID_DESCRIPTOR, "\"{}\" lacks its ']'", rest);
  std::string literal(rest.substr(1, end - 1));
  rest.remove_prefix(end + 1);
  return literal;
}

void parse_tcp(std::string_view rest, Descriptor &descriptor) {
  constexpr const char *kForm = "socket[:host][:port], such as socket:localhost:10000";
  const std::optional<std::string> literal = take_literal(rest);
  const Parts parts(rest, kForm);
  if (literal && parts.text) fail(AIR_ERROR_INVALID_DESCRIPTOR, "\"{}\" has two hosts: expected {}", rest, kForm);
  descriptor.host = literal ? *literal : parts.text.value_or(descriptor.host);
  if (parts.number) descriptor.port = parse_port(*parts.number);
}

// pyserial, as whose URL it may be written, puts "//" in front.
void parse_rfc2217(std::string_view rest, Descriptor &descriptor) {
  const std::string_view given = rest;
  if (rest.starts_with("//")) rest.remove_prefix(2);
  const std::optional<std::string> literal = take_literal(rest);
  const size_t end = rest.find(':');
  const std::string_view text = trim(rest.substr(0, end));
  descriptor.host = literal && text.empty() ? *literal : std::string(literal ? "" : text);
  rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  const size_t colon = rest.find(':');
  const std::string_view port = rest.substr(0, colon);
  if (descriptor.host.empty() || port.empty()) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR,
         "\"{}\" names no host and port: expected rfc2217:host:port[:baud], such as rfc2217:localhost:4000:115200",
         given);
  }
  descriptor.port = parse_port(port);
  if (colon != std::string_view::npos) descriptor.baud = parse_baud(rest.substr(colon + 1));
}

void parse_board(std::string_view rest, Descriptor &descriptor) {
  if (rest.empty()) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR,
         "it names no board: expected board:name, such as board:mps2-an386; `airunner board list` tells which there "
         "are");
  }
  descriptor.device = rest;
}

uint32_t parse_timeout(std::string_view value) {
  const auto seconds = number_in<double>(value);
  if (seconds && *seconds >= 0.001 && *seconds <= kLongestTimeoutS) {
    return static_cast<uint32_t>(std::lround(*seconds * 1000));
  }
  fail(AIR_ERROR_INVALID_DESCRIPTOR, "option timeout={}: expected seconds from 0.001 to {}", value, kLongestTimeoutS);
}

const char *scheme_of(Descriptor::Kind kind) {
  switch (kind) {
    case Descriptor::Kind::kSerial:
      return "serial";
    case Descriptor::Kind::kTcp:
      return "socket";
    case Descriptor::Kind::kRfc2217:
      return "rfc2217";
    default:
      return "board";
  }
}

// What the scheme has to do with an option, and fractions of a second, the library does not check.
void take_options(const backend::Request &request, Descriptor &descriptor) {
  const bool is_tcp = descriptor.kind == Descriptor::Kind::kTcp || descriptor.kind == Descriptor::Kind::kBoard;
  const char *foreign = is_tcp ? "baud" : "ahead";
  if (request.find(foreign)) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR,
         "option '{}' is not known to {} targets: expected one of variant, packet, counters, timeout, {}", foreign,
         scheme_of(descriptor.kind), is_tcp ? "ahead" : "baud");
  }
  if (request.find("baud")) descriptor.baud = static_cast<uint32_t>(request.number("baud"));
  if (const auto variant = request.find("variant")) {
    descriptor.variant = *variant == "a" ? wire::Flavour::A : wire::Flavour::B;
  }
  descriptor.packet = static_cast<uint32_t>(request.number("packet"));
  descriptor.ahead = static_cast<uint32_t>(request.number("ahead"));
  if (const auto counters = request.find("counters")) descriptor.counters = parse_counters(*counters);
  if (const auto timeout = request.find("timeout")) descriptor.reply_timeout_ms = parse_timeout(*timeout);
}

bool is_com_port(std::string_view name) {
  if (name.size() < 4) return false;
  std::string upper(name.substr(0, 3));
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return upper == "COM" && all_digits(name.substr(3));
}

}  // namespace

Descriptor parse_descriptor(const backend::Request &request) {
  Descriptor descriptor;
  const std::string scheme = request.scheme();
  descriptor.kind = scheme == "serial"    ? Descriptor::Kind::kSerial
                    : scheme == "rfc2217" ? Descriptor::Kind::kRfc2217
                    : scheme == "board"   ? Descriptor::Kind::kBoard
                                          : Descriptor::Kind::kTcp;
  const std::string whole = request.rest();
  const std::string_view rest = trim(whole);
  if (descriptor.kind == Descriptor::Kind::kSerial) {
    parse_serial(rest, descriptor);
  } else if (descriptor.kind == Descriptor::Kind::kRfc2217) {
    parse_rfc2217(rest, descriptor);
  } else if (descriptor.kind == Descriptor::Kind::kBoard) {
    parse_board(rest, descriptor);
  } else {
    parse_tcp(rest, descriptor);
  }
  take_options(request, descriptor);
  return descriptor;
}

std::string Descriptor::place() const {
  if (kind == Kind::kBoard) return device;
  if (kind == Kind::kSerial) return fmt::format("{}:{}", device, baud);
  const bool is_literal = host.find(':') != std::string::npos;
  const std::string peer = is_literal ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
  return kind == Kind::kRfc2217 ? fmt::format("{}:{}", peer, baud) : peer;
}

std::string Descriptor::as_socket() const {
  Descriptor socket = *this;
  socket.kind = Kind::kTcp;
  return "socket:" + socket.place();
}

std::string Descriptor::text() const {
  DescriptorOptions options;
  if (variant) options.emplace_back("variant", *variant == wire::Flavour::A ? "a" : "b");
  if (packet != 0) options.emplace_back("packet", fmt::format("{}", packet));
  if (ahead != 0) options.emplace_back("ahead", fmt::format("{}", ahead));
  if (counters != 0) options.emplace_back("counters", counters_text(counters));
  if (reply_timeout_ms) options.emplace_back("timeout", fmt::format("{}", *reply_timeout_ms / 1000.0));
  return canonical_descriptor(scheme_of(kind), place(), options);
}

uint32_t claims(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.starts_with(':')) return 100;
  if (text.starts_with("/dev/")) return 100;
  return is_com_port(text.substr(0, text.find(':'))) ? 100 : 0;
}

}  // namespace air::aivalidation
