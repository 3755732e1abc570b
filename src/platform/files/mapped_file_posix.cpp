// SPDX-License-Identifier: BSD-3-Clause
// Part of a file as memory, read where it is touched.
#include "platform/files/mapped_file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <string>

#include "platform/files/file_handle.h"
#include "platform/files/memory_files.h"
#include "platform/files/temporary.h"
#include "platform/streams/streams.h"

namespace air {
namespace {

// What the handler of SIGBUS can look at: no memory is taken in it.
struct Place {
  std::atomic<const unsigned char *> begin = nullptr;  // null: free
  size_t size = 0;
  int exit_code = 1;
  std::array<char, 256> message{};
};
std::array<Place, 64> places;

// A page of the file is not there any more, as nothing else tells.
void on_bus_error(int number, siginfo_t *info, void *) {
  const auto *address = static_cast<const unsigned char *>(info->si_addr);
  for (const Place &place : places) {
    const unsigned char *begin = place.begin;
    if (begin == nullptr || address < begin || address >= begin + place.size) continue;
    [[maybe_unused]] const ssize_t n = write(STDERR_FILENO, place.message.data(), std::strlen(place.message.data()));
    _exit(place.exit_code);
  }
  signal(number, SIG_DFL);  // not ours: it happens again, and ends the program
}

void watch_bus_errors() {
  static const bool done = [] {
    struct sigaction action {};
    action.sa_sigaction = &on_bus_error;
    action.sa_flags = SA_SIGINFO;
    return sigaction(SIGBUS, &action, nullptr) == 0;
  }();
  (void)done;
}

std::string shown(const std::string &path) {
  constexpr size_t longest = 150;
  return path.size() <= longest ? path : "..." + path.substr(path.size() - longest);
}

struct FilePart {
  int file;
  uint64_t first;
  size_t size;
};

// Null where it cannot be.
std::shared_ptr<const unsigned char> mapped(const FilePart &part, const std::string &path, int exit_code) {
  const auto place = std::find_if(places.begin(), places.end(), [](const Place &p) { return p.begin == nullptr; });
  if (place == places.end()) return nullptr;
  const uint64_t before = part.first % static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (before > SIZE_MAX - part.size) return nullptr;
  const size_t whole = part.size + static_cast<size_t>(before);
  void *begin = mmap(nullptr, whole, PROT_READ, MAP_PRIVATE, part.file, static_cast<off_t>(part.first - before));
  if (begin == MAP_FAILED) return nullptr;
  watch_bus_errors();
  place->size = whole;
  place->exit_code = exit_code;
  const std::string message = "airunner: " + shown(path) + ": became shorter while it was read\n";
  place->message.fill('\0');
  message.copy(place->message.data(), place->message.size() - 1);
  const auto *bytes = static_cast<const unsigned char *>(begin);
  place->begin = bytes;
  return {bytes + before, [place, begin, whole](const unsigned char *) {
            place->begin = nullptr;
            munmap(begin, whole);
          }};
}

bool is_mapped(std::span<const unsigned char> memory) {
  return std::ranges::any_of(places, [&](const Place &place) {
    const unsigned char *begin = place.begin;
    return begin != nullptr && memory.data() >= begin && memory.data() + memory.size() <= begin + place.size;
  });
}

}  // namespace

std::shared_ptr<const unsigned char> map_rest(const FileReader &file, size_t size, int exit_code) {
  return size == 0 ? nullptr : mapped({file.descriptor(), file.position(), size}, file.path(), exit_code);
}

std::shared_ptr<const unsigned char> copy_to_file(std::span<const unsigned char> memory, int exit_code) {
  std::string name = (temporary_folder() / "airunner-XXXXXX").string();
  const FileHandle file(mkostemp(name.data(), O_CLOEXEC));
  if (!file.is_open()) return nullptr;
  unlink(name.c_str());
  if (memory.empty() || is_in_memory(file)) return nullptr;
  // Room for all of it now: a page that cannot be written later ends the program.
  if (write_all(file.get(), {reinterpret_cast<const char *>(memory.data()), memory.size()}) != 0) return nullptr;
  return mapped({file.get(), 0, memory.size()}, name, exit_code);
}

// Only whole pages: what lies beside them may be read at the same time.
void forget(std::span<const unsigned char> memory) {
  if (memory.empty() || !is_mapped(memory)) return;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(memory.data()) + page - 1) / page * page;
  const uintptr_t end = reinterpret_cast<uintptr_t>(memory.data() + memory.size()) / page * page;
  if (begin < end) madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace air
