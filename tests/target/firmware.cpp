// SPDX-License-Identifier: BSD-3-Clause
// A target as deployed firmware is.
#include "firmware.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "wire/constants.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/format.h"

namespace air::test {
namespace {

constexpr uint32_t kSlice = 20;
constexpr size_t kBeyondPacket = 2 + 0x10000;

}  // namespace

// A misaligned firmware takes any bytes for a header and reads on behind the packet: there is other memory there.
Firmware::Firmware(FirmwareOptions options) : options_(std::move(options)), packet_(kBeyondPacket, std::byte{0x55}) {
  options_.on_tcp ? open_tcp() : open_pty();
  thread_ = std::thread([this] { serve(); });
}

Firmware::~Firmware() {
  stop_ = true;
  thread_.join();
  for (const int fd : {fd_.load(), slave_, listener_}) {
    if (fd >= 0) close(fd);
  }
}

void Firmware::open_pty() {
  int master = -1;
  char name[128];
  termios raw{};
  cfmakeraw(&raw);
  if (openpty(&master, &slave_, name, &raw, nullptr) != 0) throw std::runtime_error("no pseudo-terminal");
  fcntl(master, F_SETFL, O_NONBLOCK);
  fd_ = master;
  device_ = name;
  descriptor_ = "serial:" + device_ + ":115200";
}

void Firmware::open_tcp() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr *>(&address), size) != 0 || listen(listener_, 4) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size) != 0) {
    throw std::runtime_error("no socket");
  }
  descriptor_ = "socket:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

void Firmware::hang_up() {
  const int fd = fd_.load();
  if (fd >= 0 && options_.on_tcp) shutdown(fd, SHUT_RDWR);
}

void Firmware::serve() {
  while (!stop_) {
    if (options_.on_tcp) {
      pollfd entry = {.fd = listener_, .events = POLLIN, .revents = 0};
      if (poll(&entry, 1, kSlice) <= 0) continue;
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      fd_ = fd;
    }
    serve_client();
    if (!options_.on_tcp) return;
    close(fd_.exchange(-1));
    payload_ = wire::kMinPayload;
    used_ = count_ = 0;
  }
}

void Firmware::serve_client() {
  try {
    for (;;) {
      try {
        take_request();
      } catch (const Forgotten &) {
        payload_ = wire::kMinPayload;
      }
    }
  } catch (const Gone &) {
  }
}

// Reads a packet whole, whatever it holds.
void Firmware::read_exactly(std::byte *into, size_t n) {
  uint32_t silent_ms = 0;
  for (size_t have = 0; have < n;) {
    if (played_ < options_.heard_before.size()) {
      into[have++] = options_.heard_before[played_++];
      continue;
    }
    pollfd entry = {.fd = fd_.load(), .events = POLLIN, .revents = 0};
    if (stop_) throw Gone();
    if (poll(&entry, 1, kSlice) <= 0) {
      silent_ms += kSlice;
      if (options_.forgets_after_ms != 0 && silent_ms >= options_.forgets_after_ms) throw Forgotten();
      continue;
    }
    silent_ms = 0;
    const ssize_t got = ::read(fd_.load(), into + have, n - have);
    if (got <= 0) {
      if (options_.on_tcp) throw Gone();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    {
      const std::lock_guard lock(mutex_);
      heard_.insert(heard_.end(), into + have, into + have + got);
    }
    have += static_cast<size_t>(got);
  }
}

void Firmware::write_all(wire::Bytes bytes) {
  while (!bytes.empty() && !stop_) {
    const ssize_t n = options_.on_tcp ? ::send(fd_.load(), bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                      : ::write(fd_.load(), bytes.data(), bytes.size());
    if (n > 0) {
      bytes = bytes.subspan(static_cast<size_t>(n));
      continue;
    }
    if (n < 0 && errno != EAGAIN) throw Gone();
    pollfd entry = {.fd = fd_.load(), .events = POLLOUT, .revents = 0};
    poll(&entry, 1, kSlice);
  }
}

// Asks for the next packet only when a byte is needed.
std::byte Firmware::next_byte() {
  for (bool first = used_ == 0 && count_ == 0; used_ == count_; first = false) {
    if (!first) {
      ++syncs_;
      write_all({&wire::kSync, 1});
    }
    read_exactly(packet_.data(), header_size() + payload_);
    used_ = 0;
    count_ = std::to_integer<size_t>(packet_[0]);
    if (options_.flavour == wire::Flavour::B) count_ = count_ << 8 | std::to_integer<size_t>(packet_[1]);
  }
  return packet_[header_size() + used_++];
}

std::vector<std::byte> Firmware::read_message() {
  used_ = count_ = 0;
  uint64_t size = 0;
  for (uint32_t shift = 0;; shift += 7) {
    const auto byte = std::to_integer<uint64_t>(next_byte());
    size |= (byte & 0x7F) << shift;
    if ((byte & 0x80) == 0 || shift > 28) break;
  }
  constexpr uint64_t kMostKept = uint64_t{1} << 24;
  std::vector<std::byte> message(std::min(size, kMostKept));
  for (uint64_t i = 0; i < size; ++i) {
    const std::byte byte = next_byte();
    if (i < kMostKept) message[i] = byte;
  }
  return message;
}

wire::Response Firmware::reply_to(const wire::Request &request, wire::Payload payload, uint32_t state) const {
  wire::Response response;
  response.reqid = request.reqid;
  response.state = state;
  response.payload = payload;
  return response;
}

void Firmware::send(wire::Response &response) {
  if (options_.on_reply && !options_.on_reply(response)) {
    while (!stop_) std::this_thread::sleep_for(std::chrono::milliseconds(kSlice));
    throw Gone();
  }
  std::vector<std::byte> head;
  wire::PacketWriter writer;
  writer.start({options_.flavour, payload_}, wire::Direction::TargetToHost,
               wire::encode(response, options_.flavour, head));
  std::vector<std::byte> bytes;
  while (!writer.done()) {
    const wire::Bytes packet = writer.next();
    bytes.insert(bytes.end(), packet.begin(), packet.end());
  }
  write_all(bytes);
}

void Firmware::send_ack(const wire::Request &request, uint32_t state, uint32_t param, uint32_t error) {
  wire::Response response = reply_to(request, wire::Payload::Ack, state);
  response.ack = {.param = param, .error = error};
  send(response);
}

wire::TensorDesc Firmware::desc(uint32_t flags) const {
  return {.format = wire::encode_format({.dtype = AIR_DTYPE_FLOAT32}),
          .size = options_.n_elements,
          .n_dims = 2,
          .dims = {1, options_.n_elements},
          .flags = flags};
}

void Firmware::take_request() {
  const std::vector<std::byte> message = read_message();
  wire::Decoder decoder;
  wire::Request request;
  if (decoder.decode(message, request) != wire::DecodeStatus::Ok) return;
  if (request.cmd == wire::kCmdSync) {
    payload_ = wire::kMinPayload;
    wire::Response response = reply_to(request, wire::Payload::Sync, wire::kStateIdle);
    response.sync = {.version = options_.version, .capability = wire::kCapObserver, .rtid = 0x10101};
    if (speaks_2x()) response.sync.rtid = options_.version == 0x201 ? std::nullopt : std::optional(0x0201U);
    send(response);
  } else if (request.cmd == wire::kCmdSysInfo) {
    wire::Response response = reply_to(request, wire::Payload::SysInfo, wire::kStateIdle);
    response.sinfo = {.devid = 0x450, .sclock = 480'000'000, .hclock = 240'000'000, .com_param = options_.com_param};
    send(response);
    if (options_.flavour == wire::Flavour::B && options_.com_param != 0) payload_ = options_.com_param;
  } else if (request.cmd == wire::kCmdNetworkInfo) {
    speaks_2x() ? info_2x(request) : info(request);
  } else if (request.cmd == wire::kCmdNetworkRun) {
    speaks_2x() ? run_2x(request) : run(request);
  } else {
    send_ack(request, wire::kStateError, wire::kErrorInvalidParam, wire::kErrorInvalidParam);
  }
}

void Firmware::info(const wire::Request &request) {
  if (request.param >= (options_.equal_names ? 2U : 1U)) {
    send_ack(request, wire::kStateError, wire::kErrorInvalidParam, wire::kErrorInvalidParam);
    return;
  }
  wire::Response response = reply_to(request, wire::Payload::ModelInfo, wire::kStateIdle);
  response.minfo.name = "network";
  response.minfo.rtid = 0x10101;
  response.minfo.n_nodes = options_.n_nodes;
  response.minfo.n_inputs = response.minfo.n_outputs = 1;
  response.minfo.inputs = {desc(wire::kTensorInput)};
  response.minfo.outputs = {desc(wire::kTensorOutput)};
  send(response);
}

// The output is the input; a message in place of the data has none.
void Firmware::send_statistics(const wire::Request &request, uint32_t node) {
  for (const std::string &text : options_.statistics(request.opt >> wire::kRunOptUserShift, node)) {
    wire::Response log = reply_to(request, wire::Payload::Log, wire::kStateWaiting);
    log.log = {.level = 1, .str = text};
    send_acknowledged(log);
  }
}

void Firmware::run(const wire::Request &request) {
  const uint32_t size = options_.n_elements * 4;
  const bool constant = (request.param & wire::kRunConstValue) != 0;
  send_ack(request, wire::kStateWaiting, constant ? 4 : size);
  const std::vector<std::byte> message = read_message();
  wire::Decoder decoder;
  wire::Data data;
  const bool valid = decoder.decode(message, data) == wire::DecodeStatus::Ok;
  if (!valid || data.datas.size() != (constant ? 4 : size)) {
    send_ack(request, wire::kStateError, static_cast<uint32_t>(data.datas.size()), wire::kErrorInvalidSize);
    return;
  }
  send_ack(request, wire::kStateProcessing, size);
  read_message();
  std::this_thread::sleep_for(std::chrono::milliseconds(options_.inference_ms));
  const bool observed = (request.param & wire::kRunPerLayer) != 0;
  const bool with_data = (request.param & wire::kRunPerLayerWithData) != 0;
  for (uint32_t node = 0; observed && node < options_.n_nodes; ++node) {
    if (options_.statistics) send_statistics(request, node);
    wire::Response op = reply_to(request, wire::Payload::Operator, wire::kStateProcessing);
    const bool last = node + 1 == options_.n_nodes;
    op.op = {
        .type = (wire::kOperatorInternal | (last ? wire::kOperatorLast : 0u)) << 24 | 0x103, .id = node, .duration = 1};
    send(op);
    wire::Response tensor = reply_to(request, wire::Payload::Tensor, wire::kStateProcessing);
    tensor.tensor.desc = desc(wire::kTensorInternal | wire::kTensorLast | (with_data ? 0u : wire::kTensorNoData));
    if (with_data) tensor.tensor.data = {.size = size, .datas = data.datas};
    send(tensor);
  }
  wire::Response final_op = reply_to(request, wire::Payload::Operator, wire::kStateProcessing);
  final_op.op = {.name = "network", .duration = 2.5F};
  send(final_op);
  wire::Response output = reply_to(request, wire::Payload::Tensor, wire::kStateDone);
  const bool perf = (request.param & wire::kRunPerf) != 0;
  output.tensor.desc = desc(wire::kTensorOutput | wire::kTensorLast | (perf ? wire::kTensorNoData : 0u));
  if (!perf && !constant) output.tensor.data = {.size = size, .datas = data.datas};
  send(output);
}

}  // namespace air::test
