// SPDX-License-Identifier: BSD-3-Clause
// This program in a process of its own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "platform/files/file_handle.h"

namespace air {

// Windows has exceptions in the place of signals; abort() is exit code 3 there.
struct ProcessEnd {
  bool by_signal;    // else by itself
  int number;        // the signal's or exception's, or the exit code
  std::string text;  // "signal 11, Segmentation fault", "exception 0xC0000005, segmentation fault", "exit code 3"
};

// This program started again, with other words. It ends with this process, and when it is let go of. Failures are std::system_error.
class Process {
 public:
  enum class Kind {
    // Does what it likes: its words lead nowhere, it leaves no core, and what it has started ends with it.
    kIsolated,
    // What it prints is read here; what a terminal says to this process it says to both. On Windows Ctrl-C is not said to it: who is told passes it on
    // by interrupt().
    kHeard
  };

  Process(const std::vector<std::string> &words, Kind kind);
  ~Process();
  Process(const Process &) = delete;
  Process &operator=(const Process &) = delete;

  // As Ctrl-C; on Windows Ctrl-Break where they share a console, else its end.
  void interrupt() const noexcept;
  // Adds what it has printed to the text, and waits for more so long; false once it has closed its output.
  bool read(std::string &text, std::chrono::milliseconds limit) const;

  // How it has ended; nothing: not yet.
  const std::optional<ProcessEnd> &end();
  const ProcessEnd &wait();

 private:
  // Where the system knows processes and groups by numbers.
  [[maybe_unused]] int id_ = -1;
  [[maybe_unused]] bool leads_group_;
  FileHandle process_, group_;  // where the system has handles of these; the group is of it and what it starts
  FileHandle output_;
  std::optional<ProcessEnd> end_;
};

}  // namespace air
