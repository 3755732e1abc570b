// SPDX-License-Identifier: BSD-3-Clause
// The addresses of a host. A server of names that is silent takes long, and cannot be interrupted: a thread waits for it.
#include "aivalidation/channel/resolve.h"

#include <algorithm>
#include <asio/io_context.hpp>
#include <future>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "aivalidation/channel/channel.h"
#include "platform/libraries/shared_library.h"
#include "platform/ports/socket.h"
#include "platform/threads/threads.h"

namespace air::aivalidation {
namespace {

using asio::ip::tcp;

Endpoints look_up(const std::string &host, uint16_t port) {
  asio::io_context context;
  asio::error_code error;
  const auto found = tcp::resolver(context).resolve(host, std::to_string(port), error);
  if (error == asio::error::no_memory) throw std::bad_alloc();
  if (error) fail(AIR_ERROR_NOT_FOUND, "Invalid hostname: {} ({})", host, socket_error_text(error));
  Endpoints endpoints(found.begin(), found.end());
  // Servers for this machine alone listen at 127.0.0.1, and Windows tries for seconds where nobody does.
  if (host == "localhost")
    std::stable_partition(endpoints.begin(), endpoints.end(),
                          [](const tcp::endpoint &each) { return each.address().is_v4(); });
  return endpoints;
}

}  // namespace

Endpoints resolve(const std::string &host, uint16_t port, const Interrupt &interrupt) {
  asio::error_code is_name;
  if (const auto address = asio::ip::make_address(host, is_name); !is_name) return {tcp::endpoint(address, port)};
  std::packaged_task<Endpoints()> task([host, port] { return look_up(host, port); });
  std::future<Endpoints> found = task.get_future();
  std::thread thread;
  without_signals([&] { thread = std::thread(std::move(task)); });
  try {
    while (found.wait_for(std::chrono::milliseconds(Channel::kSliceMs)) != std::future_status::ready) interrupt.check();
  } catch (...) {
    stay_loaded();
    thread.detach();
    throw;
  }
  thread.join();
  return found.get();
}

}  // namespace air::aivalidation
