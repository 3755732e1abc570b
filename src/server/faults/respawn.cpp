// SPDX-License-Identifier: BSD-3-Clause
// A child process serves, and is started anew when it is brought down.
#include "server/faults/respawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <system_error>

#include "server/ports/port.h"
#include "server/shutdown.h"

namespace air::server {
namespace {

constexpr timespec kRest = {0, 200'000'000};  // before each new start
constexpr int kKilledBySignal = 128;

enum class Word : char { kReady = 'r', kEnded = 'e' };

[[noreturn]] void fail(const char *step) {
  throw std::system_error(errno, std::generic_category(), step);
}

sigset_t watched_signals() {
  sigset_t set = ending_signals();
  sigaddset(&set, SIGCHLD);
  return set;
}

// A child and what it has said: that it serves, that it ends of its own accord.
class Child {
 public:
  Child(const ServeChild &serve, const std::function<void()> &announce) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) fail("pipe");
    words_ = ends[0];
    const pid_t parent = getpid();
    process_ = fork();
    if (process_ == 0) run(serve, announce, parent, ends[1]);
    close(ends[1]);
    if (process_ < 0) fail("fork");
  }
  ~Child() { close(words_); }
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;

  void signal(int number) const { kill(process_, number); }
  // Once it has ended.
  bool take_end() {
    if (waitpid(process_, &status_, WNOHANG) != process_) return false;
    for (char word = 0; read(words_, &word, 1) == 1;) {
      served_ = served_ || word == static_cast<char>(Word::kReady);
      ended_ = ended_ || word == static_cast<char>(Word::kEnded);
    }
    return true;
  }
  bool served() const { return served_; }
  bool ended_by_itself() const { return ended_; }
  int exit_code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : kKilledBySignal + WTERMSIG(status_); }
  std::string how() const {
    return WIFEXITED(status_) ? fmt::format("exit code {}", WEXITSTATUS(status_))
                              : fmt::format("signal {}, {}", WTERMSIG(status_), strsignal(WTERMSIG(status_)));
  }

 private:
  // In a group of its own: what a terminal sends reaches it through the parent, once.
  [[noreturn]] static void run(const ServeChild &serve, const std::function<void()> &announce, pid_t parent,
                               int words) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(kKilledBySignal + SIGTERM);
    sigset_t of_parent;  // not of what a model starts
    sigemptyset(&of_parent);
    sigaddset(&of_parent, SIGCHLD);
    sigprocmask(SIG_UNBLOCK, &of_parent, nullptr);
    const auto say = [words](Word word) { [[maybe_unused]] const ssize_t n = write(words, &word, 1); };
    const int code = serve([&] {
      say(Word::kReady);
      announce();
    });
    say(Word::kEnded);
    std::fflush(nullptr);
    _exit(code);  // what the parent holds too, such as the link to a pseudo-terminal, is the parent's to remove
  }

  pid_t process_ = -1;
  int words_ = -1;
  int status_ = 0;
  bool served_ = false;
  bool ended_ = false;
};

// Passes signals on until the child has ended. Returns whether one came.
bool attend(Child &child) {
  const sigset_t set = watched_signals();
  bool stopping = false;
  while (!child.take_end()) {
    const int number = sigwaitinfo(&set, nullptr);
    if (number <= 0 || number == SIGCHLD) continue;
    stopping = true;
    child.signal(number);
  }
  return stopping;
}

bool rest() {
  const sigset_t set = ending_signals();
  return sigtimedwait(&set, nullptr, &kRest) > 0;
}

}  // namespace

int keep_serving(const ServeChild &serve, const std::function<void()> &announce) {
  const sigset_t set = watched_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  for (bool is_first = true;; is_first = false) {
    Child child(
        serve, is_first ? announce : [] {});
    const bool stopping = attend(child);
    if (stopping || child.ended_by_itself()) return child.exit_code();
    if (!child.served()) {
      note(fmt::format("the process that serves was brought down before it was ready ({})", child.how()));
      return child.exit_code();
    }
    note(fmt::format("the process that serves was brought down ({}): started anew", child.how()));
    if (rest()) return 0;
  }
}

}  // namespace air::server
