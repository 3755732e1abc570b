// SPDX-License-Identifier: BSD-3-Clause
// Opens a serial port that a server such as ser2net or labgrid's exporter offers by RFC 2217, and sets its baud rate.
#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "aivalidation/channel/channel.h"
#include "aivalidation/channel/telnet.h"

namespace air::aivalidation {
namespace {

using Clock = Interrupt::Clock;

constexpr std::chrono::milliseconds kAnswerLimit{3'000};
constexpr std::chrono::milliseconds kBreak{250};
constexpr size_t kMostText = 80;

// What the port is set to beside its baud rate.
constexpr std::byte kEightBits{8}, kNoParity{1}, kOneStopBit{1}, kNoFlowControl{1}, kBreakOn{5}, kBreakOff{6}, kBoth{3};

uint32_t left_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return left > 0 ? static_cast<uint32_t>(left) : 0;
}

class TelnetChannel : public Channel {
 public:
  using Channel::Channel;

  void set_port(const Descriptor &descriptor, const HostLog &log);

  size_t read(std::span<std::byte> into, uint32_t limit_ms) override;
  void write(std::span<const std::byte> bytes, uint32_t limit_ms) override;
  void send_break() override;

 private:
  std::optional<size_t> read_piece(std::span<std::byte> into, uint32_t limit_ms);
  void ask(ComPort command, std::span<const std::byte> value);
  template <class Done>
  bool hear_until(const Done &done);
  void hear_last_words();
  std::string said() const { return text_.empty() ? "" : ": it says \"" + text_ + "\""; }

  Telnet telnet_;
  std::vector<std::byte> escaped_;
  std::string text_;  // what was said in place of an answer
};

// Returns how much data there is in what came, which may be telnet's alone; nothing when nothing came in time.
std::optional<size_t> TelnetChannel::read_piece(std::span<std::byte> into, uint32_t limit_ms) {
  const size_t n = Channel::read(into, limit_ms);
  const size_t n_data = telnet_.take(into.first(n));
  try {
    if (const auto answers = telnet_.take_answers(); !answers.empty()) Channel::write(answers, kSliceMs);
  } catch (const Error &error) {
    if (error.status() != AIR_ERROR_LINK_LOST || n_data == 0)
      throw;  // else the next read tells: what came first counts
  }
  return n > 0 ? std::optional(n_data) : std::nullopt;
}

// What belongs to telnet does not prolong a wait.
size_t TelnetChannel::read(std::span<std::byte> into, uint32_t limit_ms) {
  const auto end = Clock::now() + std::chrono::milliseconds(limit_ms);
  for (uint32_t left = limit_ms;; left = left_until(end)) {
    const auto n_data = read_piece(into, left);
    if (n_data != 0 || left == 0) return n_data.value_or(0);
  }
}

void TelnetChannel::write(std::span<const std::byte> bytes, uint32_t limit_ms) {
  escaped_.clear();
  Telnet::escape(bytes, escaped_);
  Channel::write(escaped_, limit_ms);
}

void TelnetChannel::ask(ComPort command, std::span<const std::byte> value) {
  Channel::write(Telnet::request(command, value), static_cast<uint32_t>(kAnswerLimit.count()));
}

void TelnetChannel::send_break() {
  ask(ComPort::kSetControl, std::span(&kBreakOn, 1));
  std::array<std::byte, 64> dropped;
  for (const auto end = Clock::now() + kBreak; Clock::now() < end;) read(dropped, left_until(end));
  ask(ComPort::kSetControl, std::span(&kBreakOff, 1));
}

// Returns whether it came in time. Other bytes are remains of the line, or words for people.
template <class Done>
bool TelnetChannel::hear_until(const Done &done) {
  const auto end = Clock::now() + kAnswerLimit;
  std::array<std::byte, 512> heard;
  while (!done()) {
    const uint32_t left = left_until(end);
    if (left == 0) return false;
    const size_t n = read_piece(heard, left).value_or(0);
    for (size_t i = 0; i < n && text_.size() < kMostText; ++i) {
      const char c = std::to_integer<char>(heard[i]);
      text_ += c >= ' ' && c <= '~' ? c : '.';
    }
  }
  return true;
}

// A connection that was closed while it was written to still has what was said before.
void TelnetChannel::hear_last_words() try {
  hear_until([] { return false; });
} catch (const Error &) {
  // That was all.
}

void TelnetChannel::set_port(const Descriptor &descriptor, const HostLog &log) try {
  Channel::write(Telnet::greeting(), static_cast<uint32_t>(kAnswerLimit.count()));
  const bool told = hear_until([this] { return telnet_.sets_port().has_value() || telnet_.refuses_binary(); });
  if (!told && !telnet_.heard_any()) {
    fail(AIR_ERROR_PROTOCOL, "{} does not speak telnet{}: connect to {} if it passes bytes as they are", name(), said(),
         descriptor.as_socket());
  }
  if (!telnet_.sets_port().value_or(false) || telnet_.refuses_binary()) {
    fail(AIR_ERROR_PROTOCOL,
         "{} speaks telnet without RFC 2217: have it offer that (ser2net: accepter telnet(rfc2217)), or bytes as they "
         "are, for {}",
         name(), descriptor.as_socket());
  }
  std::array<std::byte, 4> baud;
  for (size_t i = 0; i < baud.size(); ++i) baud[i] = static_cast<std::byte>(descriptor.baud >> (24 - 8 * i));
  ask(ComPort::kSetBaudRate, baud);
  ask(ComPort::kSetDataSize, std::span(&kEightBits, 1));
  ask(ComPort::kSetParity, std::span(&kNoParity, 1));
  ask(ComPort::kSetStopSize, std::span(&kOneStopBit, 1));
  ask(ComPort::kSetControl, std::span(&kNoFlowControl, 1));
  ask(ComPort::kPurgeData, std::span(&kBoth, 1));
  if (!hear_until([this] { return telnet_.answer(ComPort::kSetBaudRate).has_value(); })) {
    fail(AIR_ERROR_TIMEOUT, "{} does not tell its baud rate within {} s{}: is the device behind it there?", name(),
         kAnswerLimit.count() / 1'000, said());
  }
  const uint32_t given = *telnet_.answer(ComPort::kSetBaudRate);
  if (given != descriptor.baud) {
    log.write(AIR_LOG_WARNING, "{}: the server gives {} baud instead of {}", name(), given, descriptor.baud);
  }
} catch (const Error &error) {
  if (error.status() != AIR_ERROR_LINK_LOST) throw;
  hear_last_words();
  fail(AIR_ERROR_LINK_LOST, "{} closes the connection before the port is set{}", name(),
       text_.empty() ? ": does another client have it, or is the device behind it not there?" : said());
}

}  // namespace

std::unique_ptr<Channel> open_rfc2217(const Descriptor &descriptor, const Interrupt &interrupt, const HostLog &log) {
  auto channel = std::make_unique<TelnetChannel>(connect_tcp(descriptor, interrupt), Channel::Kind::kRemoteUart,
                                                 descriptor.place(), interrupt);
  channel->set_port(descriptor, log);
  return channel;
}

}  // namespace air::aivalidation
