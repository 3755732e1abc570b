// SPDX-License-Identifier: BSD-3-Clause
// Part of a file as memory, read where it is touched.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <random>
#include <string>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/long_path_windows.h"
#include "platform/files/mapped_file.h"
#include "platform/files/system_handle_windows.h"
#include "platform/files/temporary.h"

namespace air {
namespace {

// What the handler of exceptions can look at: no memory is taken in it.
struct Place {
  std::atomic<const unsigned char *> begin = nullptr;  // null: free
  size_t size = 0;
  int exit_code = 1;
  std::array<char, 256> message{};
};
std::array<Place, 64> places;

bool lies_in(const Place &place, const void *address, size_t size) {
  const auto first = reinterpret_cast<uintptr_t>(address);
  const auto begin = reinterpret_cast<uintptr_t>(place.begin.load());
  return begin != 0 && first >= begin && first - begin <= place.size && size <= place.size - (first - begin);
}

// A page of the file cannot be read any more, as nothing else tells.
LONG CALLBACK on_exception(EXCEPTION_POINTERS *exception) {
  const EXCEPTION_RECORD &record = *exception->ExceptionRecord;
  if (record.ExceptionCode != EXCEPTION_IN_PAGE_ERROR || record.NumberParameters < 2) return EXCEPTION_CONTINUE_SEARCH;
  for (const Place &place : places) {
    if (!lies_in(place, reinterpret_cast<const void *>(record.ExceptionInformation[1]), 1)) continue;
    DWORD n = 0;
    const auto size = static_cast<DWORD>(std::strlen(place.message.data()));
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), place.message.data(), size, &n, nullptr);
    TerminateProcess(GetCurrentProcess(), static_cast<UINT>(place.exit_code));
  }
  return EXCEPTION_CONTINUE_SEARCH;
}

void watch_exceptions() {
  [[maybe_unused]] static const PVOID handler = AddVectoredExceptionHandler(1, &on_exception);
}

std::string shown(const std::string &path) {
  constexpr size_t longest = 150;
  return path.size() <= longest ? path : "..." + path.substr(path.size() - longest);
}

// Memory that shows a file, which stays open where it ends with it.
class View {
 public:
  View(Place &place, FileHandle file, void *begin) : place_(place), file_(std::move(file)), begin_(begin) {}
  ~View() {
    place_.begin = nullptr;
    UnmapViewOfFile(begin_);
  }
  View(const View &) = delete;
  View &operator=(const View &) = delete;

 private:
  Place &place_;
  FileHandle file_;
  void *begin_;
};

struct FilePart {
  int file;
  uint64_t first;
  size_t size;
};

// What a part of a file may begin at a multiple of.
uint64_t granularity() {
  SYSTEM_INFO system{};
  GetSystemInfo(&system);
  return system.dwAllocationGranularity;
}

void *view_of(const FilePart &part) {
  const HANDLE mapping = CreateFileMappingW(handle_of(part.file), nullptr, PAGE_READONLY, 0, 0, nullptr);
  if (mapping == nullptr) return nullptr;
  void *begin = MapViewOfFile(mapping, FILE_MAP_READ, static_cast<DWORD>(part.first >> 32U),
                              static_cast<DWORD>(part.first), part.size);
  CloseHandle(mapping);  // the view holds it
  return begin;
}

// Null where it cannot be.
std::shared_ptr<const unsigned char> mapped(const FilePart &part, FileHandle held, const std::string &path,
                                            int exit_code) {
  const auto place = std::find_if(places.begin(), places.end(), [](const Place &p) { return p.begin == nullptr; });
  if (place == places.end()) return nullptr;
  const uint64_t before = part.first % granularity();
  const size_t whole = part.size + static_cast<size_t>(before);
  void *begin = view_of({part.file, part.first - before, whole});
  if (begin == nullptr) return nullptr;
  watch_exceptions();
  place->size = whole;
  place->exit_code = exit_code;
  const std::string message =
      "airunner: " + shown(path) + ": became shorter, or its drive was lost, while it was read\n";
  place->message.fill('\0');
  message.copy(place->message.data(), place->message.size() - 1);
  const auto *bytes = static_cast<const unsigned char *>(begin);
  place->begin = bytes;
  const auto view = std::make_shared<View>(*place, std::move(held), begin);
  return {view, bytes + before};
}

bool write_whole(const FileHandle &file, std::span<const unsigned char> bytes) {
  constexpr size_t kMost = 1U << 30U;
  while (!bytes.empty()) {
    DWORD n = 0;
    const auto size = static_cast<DWORD>(std::min(bytes.size(), kMost));
    if (WriteFile(handle_of(file.get()), bytes.data(), size, &n, nullptr) == 0) return false;
    bytes = bytes.subspan(n);
  }
  return true;
}

}  // namespace

std::shared_ptr<const unsigned char> map_rest(const FileReader &file, size_t size, int exit_code) {
  if (size == 0) return nullptr;
  return mapped({file.descriptor(), file.position(), size}, FileHandle(), file.path(), exit_code);
}

std::shared_ptr<const unsigned char> copy_to_file(std::span<const unsigned char> memory, int exit_code) {
  if (memory.empty()) return nullptr;
  std::random_device random;
  const std::filesystem::path name = temporary_folder() / fmt::format("airunner-{:08x}{:08x}.tmp", random(), random());
  FileHandle file(number_of(CreateFileW(long_path(name).c_str(), GENERIC_READ | GENERIC_WRITE | DELETE,
                                        FILE_SHARE_DELETE, nullptr, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, nullptr)));
  if (!file.is_open() || !write_whole(file, memory)) return nullptr;
  const FilePart all{file.get(), 0, memory.size()};
  return mapped(all, std::move(file), text_of(name), exit_code);
}

// Only whole pages: what lies beside them may be read at the same time. Pages that are not locked are let go where they are unlocked.
void forget(std::span<const unsigned char> memory) {
  const auto shows = [&](const Place &place) { return lies_in(place, memory.data(), memory.size()); };
  if (memory.empty() || std::none_of(places.begin(), places.end(), shows)) return;
  SYSTEM_INFO system{};
  GetSystemInfo(&system);
  const uintptr_t page = system.dwPageSize;
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(memory.data()) + page - 1) / page * page;
  const uintptr_t end = reinterpret_cast<uintptr_t>(memory.data() + memory.size()) / page * page;
  if (begin < end) VirtualUnlock(reinterpret_cast<void *>(begin), end - begin);
}

}  // namespace air
