// SPDX-License-Identifier: BSD-3-Clause
// This program in a process of its own: in a job, which ends with whoever holds it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <system_error>

#include "platform/files/system_handle_windows.h"
#include "platform/processes/crashes_windows.h"
#include "platform/processes/process.h"
#include "platform/processes/quoted_word_windows.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

constexpr DWORD kKillLimitMs = 5'000;

[[noreturn]] void fail_process(const char *step) {
  throw std::system_error(system_error(GetLastError()), step);
}

FileHandle opened(HANDLE handle, const char *step) {
  if (number_of(handle) == -1) fail_process(step);
  return FileHandle(number_of(handle));
}

std::wstring path_of_program() {
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    const DWORD n = GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    if (n == 0) fail_process("asking for the program's path");
    if (n < path.size()) return path.substr(0, n);
    path.resize(2 * path.size());
  }
}

FileHandle make_job() {
  FileHandle job = opened(CreateJobObjectW(nullptr, nullptr), "making a job");
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (SetInformationJobObject(handle_of(job.get()), JobObjectExtendedLimitInformation, &limits, sizeof(limits)) == 0) {
    fail_process("limiting a job");
  }
  return job;
}

// ---- What it is given; nothing else of this process is open there

SECURITY_ATTRIBUTES inherited() noexcept {
  return {.nLength = sizeof(SECURITY_ATTRIBUTES), .lpSecurityDescriptor = nullptr, .bInheritHandle = TRUE};
}

FileHandle nowhere() {
  SECURITY_ATTRIBUTES security = inherited();
  return opened(CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &security,
                            OPEN_EXISTING, 0, nullptr),
                "opening NUL");
}

// This process's own, where it has one.
FileHandle own_stream(DWORD which) {
  HANDLE stream = nullptr;
  const HANDLE self = GetCurrentProcess();
  const bool is_there = DuplicateHandle(self, GetStdHandle(which), self, &stream, 0, TRUE, DUPLICATE_SAME_ACCESS) != 0;
  return is_there ? FileHandle(number_of(stream)) : nowhere();
}

struct Streams {
  FileHandle in, out, error;
};

Streams streams_for(Process::Kind kind, FileHandle &output) {
  if (kind == Process::Kind::kIsolated) return {nowhere(), nowhere(), nowhere()};
  HANDLE read = nullptr, written = nullptr;
  SECURITY_ATTRIBUTES security = inherited();
  if (CreatePipe(&read, &written, &security, 0) == 0) fail_process("making a pipe");
  output = FileHandle(number_of(read));
  return {own_stream(STD_INPUT_HANDLE), FileHandle(number_of(written)), own_stream(STD_ERROR_HANDLE)};
}

class StartInfo {
 public:
  explicit StartInfo(const Streams &streams)
      : inherited_{handle_of(streams.in.get()), handle_of(streams.out.get()), handle_of(streams.error.get())} {
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    memory_ = std::make_unique<std::byte[]>(size);
    info_.lpAttributeList = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.get());
    if (InitializeProcThreadAttributeList(info_.lpAttributeList, 1, 0, &size) == 0)
      fail_process("describing a process");
    UpdateProcThreadAttribute(info_.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited_.data(),
                              sizeof(inherited_), nullptr, nullptr);
    info_.StartupInfo.cb = sizeof(info_);
    info_.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    info_.StartupInfo.hStdInput = inherited_[0];
    info_.StartupInfo.hStdOutput = inherited_[1];
    info_.StartupInfo.hStdError = inherited_[2];
  }
  ~StartInfo() { DeleteProcThreadAttributeList(info_.lpAttributeList); }
  StartInfo(const StartInfo &) = delete;
  StartInfo &operator=(const StartInfo &) = delete;

  STARTUPINFOW *get() noexcept { return &info_.StartupInfo; }

 private:
  std::array<HANDLE, 3> inherited_;
  std::unique_ptr<std::byte[]> memory_;
  STARTUPINFOEXW info_{};
};

// ----

ProcessEnd end_of(DWORD code) {
  constexpr DWORD kSeverity = 0xF0000000, kError = 0xC0000000;
  const auto number = static_cast<int>(code);
  if ((code & kSeverity) != kError) return {false, number, fmt::format("exit code {}", number)};
  const char *name = code == static_cast<DWORD>(STATUS_CONTROL_C_EXIT) ? "interrupted" : crash_name(code);
  return {true, number,
          fmt::format("exception 0x{:08X}{}{}", code, name == nullptr ? "" : ", ", name == nullptr ? "" : name)};
}

}  // namespace

Process::Process(const std::vector<std::string> &words, Kind kind)
    : leads_group_(kind == Kind::kIsolated), group_(make_job()) {
  const std::wstring program = path_of_program();
  std::wstring line = L"airunner";
  for (const std::string &word : words) line += L' ' + quoted(wide(word));
  const Streams streams = streams_for(kind, output_);
  StartInfo start(streams);
  const DWORD of_kind = kind == Kind::kIsolated ? CREATE_NO_WINDOW : CREATE_NEW_PROCESS_GROUP;
  PROCESS_INFORMATION made{};
  if (CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, TRUE,
                     of_kind | CREATE_SUSPENDED | EXTENDED_STARTUPINFO_PRESENT, nullptr, nullptr, start.get(),
                     &made) == 0) {
    fail_process("starting a process");
  }
  FileHandle process(number_of(made.hProcess));
  const FileHandle thread(number_of(made.hThread));
  if (AssignProcessToJobObject(handle_of(group_.get()), made.hProcess) == 0 || ResumeThread(made.hThread) == MAXDWORD) {
    const DWORD error = GetLastError();
    TerminateProcess(made.hProcess, 1);
    throw std::system_error(system_error(error), "starting a process");
  }
  process_ = std::move(process);
}

Process::~Process() {
  TerminateJobObject(handle_of(group_.get()), 1);
  if (!end_) WaitForSingleObject(handle_of(process_.get()), kKillLimitMs);
}

void Process::interrupt() const noexcept {
  const HANDLE process = handle_of(process_.get());
  if (GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, GetProcessId(process)) != 0) return;
  TerminateProcess(process, static_cast<UINT>(STATUS_CONTROL_C_EXIT));
}

// Pipes that can be waited for need somebody who keeps what they are read into: they are looked at.
bool Process::read(std::string &text, std::chrono::milliseconds limit) const {
  constexpr DWORD kBetweenLooksMs = 2;
  const HANDLE output = handle_of(output_.get());
  const auto end = std::chrono::steady_clock::now() + limit;
  DWORD n = 0;
  while (PeekNamedPipe(output, nullptr, 0, nullptr, &n, nullptr) != 0) {
    if (n > 0) {
      const size_t before = text.size();
      text.resize(before + n);
      const bool is_read = ReadFile(output, text.data() + before, n, &n, nullptr) != 0;
      text.resize(before + (is_read ? n : 0));
      return is_read;
    }
    if (std::chrono::steady_clock::now() >= end) return true;
    Sleep(kBetweenLooksMs);
  }
  if (GetLastError() != ERROR_BROKEN_PIPE) fail_process("reading");
  return false;
}

const std::optional<ProcessEnd> &Process::end() {
  DWORD code = 0;
  const HANDLE process = handle_of(process_.get());
  if (!end_ && WaitForSingleObject(process, 0) == WAIT_OBJECT_0 && GetExitCodeProcess(process, &code) != 0) {
    end_ = end_of(code);
  }
  return end_;
}

const ProcessEnd &Process::wait() {
  if (!end_) WaitForSingleObject(handle_of(process_.get()), INFINITE);
  if (!end()) fail_process("asking how a process has ended");
  return *end_;
}

}  // namespace air
