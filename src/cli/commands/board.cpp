// SPDX-License-Identifier: BSD-3-Clause
// `airunner board`: emulated boards for whoever connects to them. The one that starts a board stays with it; the others find it by a file.
#include "boards/board.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/commands/commands.h"
#include "cli/outputs/printing.h"
#include "cli/running/failure.h"
#include "cli/running/plugins.h"
#include "common/path_text.h"
#include "platform/files/folder.h"
#include "platform/files/user_folder.h"
#include "platform/processes/ending.h"
#include "platform/processes/presence.h"
#include "platform/streams/streams.h"
#include "text/table.h"

namespace air::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kSlice = std::chrono::milliseconds(100);
constexpr auto kLongestEnd = std::chrono::seconds(10);

// Images lie beside the plugin that connects to them.
fs::path image_folder(const Options &options) {
  const PluginListHolder plugins = list_plugins(options);
  for (const air_plugin *plugin : all_of(plugins)) {
    for (const std::string_view scheme : std::span(plugin->schemes, plugin->n_schemes)) {
      if (scheme == "board") return boards::image_folder(path_of(plugin->path));
    }
  }
  throw Failure(kFailed, "no plugin that is usable serves `board:`: `airunner doctor` tells what is wrong with them");
}

// ---- Who has started which board: in the user's folder a file "mps2-an386@40123"

fs::path presence_folder() {
  const fs::path data = user_data_folder();
  if (data.empty()) {
    throw Failure(kFailed, "there is no folder for notes on boards that run: expected XDG_DATA_HOME or HOME to be set");
  }
  return data / "airunner" / "boards";
}

std::string descriptor_of(std::string_view port) {
  return fmt::format("socket:127.0.0.1:{}", port);
}

struct Running {
  std::string board, descriptor;
  fs::path file;
  int process;
};

std::vector<Running> running_boards() {
  std::vector<Running> all;
  for (const fs::path &file : folder_entries(presence_folder())) {
    const std::string name = text_of(file.filename());
    const size_t at = name.rfind('@');
    const int process = at == std::string::npos ? 0 : who_is_present(file);
    if (process != 0) all.push_back({name.substr(0, at), descriptor_of(name.substr(at + 1)), file, process});
  }
  std::ranges::sort(all, {}, &Running::file);
  return all;
}

// ----

int list(const Options &options) {
  const fs::path folder = image_folder(options);
  const std::vector<boards::Image> images = boards::find_images(folder);
  const air_text_options layout = text_options(false);
  const bool colour = layout.colour != 0;
  Table known({{"board"}, {.title = "machine", .min_width = 12}, {.title = "image", .min_width = 12}});
  for (const boards::Machine &machine : boards::machines()) {
    const std::string text(machine.text);
    bool has_image = false;
    for (const boards::Image &image : images) {
      if (image.machine != &machine) continue;
      known.add({{image.name, Style::kBold}, {text}, {text_of(image.file)}});
      has_image = true;
    }
    if (!has_image) known.add({{std::string(machine.name)}, {text}, {"none in " + text_of(folder), Style::kDim}});
  }
  print(title_line("Emulated boards", layout.width, colour) + known.render(layout.width, colour));

  print("\n" + title_line("Running", layout.width, colour));
  Table running({{.title = "descriptor", .min_width = 16}, {"board"}});
  const std::vector<Running> all = running_boards();
  for (const Running &one : all) running.add({{one.descriptor, Style::kBold}, {one.board}});
  print(all.empty() ? "  none\n" : running.render(layout.width, colour));
  return kOk;
}

int start(const Options &options, const std::string &name) {
  hold_ending_signals();
  const auto check = [] {
    if (ending_signal_within(std::chrono::milliseconds(0))) throw Failure(kCancelled, "asked to end");
  };
  const fs::path notes = presence_folder();
  const boards::Board board(boards::find_image(name, image_folder(options)), check);
  const Presence presence(notes / path_of(fmt::format("{}@{}", name, board.port())));
  print_result(fmt::format("ready: {}\n", descriptor_of(fmt::format("{}", board.port()))));
  while (!ending_signal_within(kSlice)) {
    if (board.has_ended()) throw Failure(kFailed, board.complaint());
  }
  return kOk;
}

int stop(const std::string &which) {
  std::vector<Running> all = running_boards();
  std::vector<std::string> descriptors;
  for (const Running &one : all) descriptors.push_back(one.descriptor);
  const std::string there = all.empty() ? "none runs" : fmt::format("running: {}", fmt::join(descriptors, ", "));
  std::erase_if(all,
                [&](const Running &one) { return !which.empty() && which != one.board && which != one.descriptor; });
  if (all.empty()) {
    throw Failure(kFailed, fmt::format("there is no board {}to stop; {}", which.empty() ? "" : which + ' ', there));
  }
  for (const Running &one : all) ask_to_end(one.process);
  for (const Running &one : all) {
    const auto end = std::chrono::steady_clock::now() + kLongestEnd;
    while (who_is_present(one.file) != 0) {
      if (std::chrono::steady_clock::now() >= end) {
        throw Failure(kFailed, fmt::format("process {}, which started {} ({}), does not end within {} s", one.process,
                                           one.descriptor, one.board, kLongestEnd.count()));
      }
      std::this_thread::sleep_for(kSlice);
    }
    print(fmt::format("stopped: {} ({})\n", one.descriptor, one.board));
  }
  return kOk;
}

}  // namespace

int command_board(const Options &options, const std::string &action, const std::string &board) {
  if (action == "list") return list(options);
  return action == "start" ? start(options, board) : stop(board);
}

}  // namespace air::cli
