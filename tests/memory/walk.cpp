// SPDX-License-Identifier: BSD-3-Clause
// Walks every allocation of every entry point of the library, lets it fail, and looks whether the library works afterwards.
//
//   memory-walk <descriptor> <folder for files> <step> <entry point>...
//
// Every step-th allocation up to the 500th fails, first alone, then together with all later ones. Prints "<entry point> <failures>" for each,
// or what was wrong and where.
#include <airunner.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "failing_allocator.h"

namespace {

constexpr uint64_t kSamples = 2;
constexpr long kMost = 500;
constexpr unsigned kSecondsForOne = 20;

// What is being tried, for the last words of a crash.
struct {
  char text[200] = "preparations";
} g_at;

void last_words(int signal) {
  const char *what = signal == SIGALRM ? "HANG at " : "CRASH at ";
  (void)!write(STDOUT_FILENO, what, std::strlen(what));
  (void)!write(STDOUT_FILENO, g_at.text, std::strlen(g_at.text));
  (void)!write(STDOUT_FILENO, "\n", 1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

[[noreturn]] void give_up(const std::string &what) {
  std::printf("FAULT at %s: %s\n", g_at.text, what.c_str());
  std::fflush(stdout);
  std::_Exit(1);
}

std::string last_words_of_library() {
  return std::string(air_status_name(air_last_error()->status)) + ": " + air_last_error()->message;
}

void need(air_status status, const char *what) {
  if (status != AIR_OK) give_up(std::string(what) + ": " + last_words_of_library());
}

// What descriptors lead to: files and ports. A runtime's threads come and go with theirs.
std::multiset<std::string> open_files(bool with_sockets) {
  std::multiset<std::string> files;
  for (const auto &file : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    const std::string name = std::filesystem::read_symlink(file, closed);
    if (name.starts_with("/")) files.insert(name);
    if (with_sockets && name.starts_with("socket:")) files.insert("socket");
  }
  return files;
}

std::string left_open(const std::multiset<std::string> &before, const std::multiset<std::string> &after) {
  std::string text;
  for (const std::string &file : after) {
    if (after.count(file) > before.count(file)) text += file + " ";
  }
  return text;
}

// A connection with inputs, and what plain runs of it give.
struct Model {
  explicit Model(const std::string &descriptor) {
    need(air_connect(descriptor.c_str(), nullptr, &runner), "connect");
    need(air_get_session(runner, nullptr, &session), "session");
    need(air_get_info(session, &info), "info");
    inputs = buffers(info->inputs, info->n_inputs, input_data);
    outputs = buffers(info->outputs, info->n_outputs, output_data);
    need(air_fill_random(session, kSamples, inputs.data(), info->n_inputs, nullptr), "random");
  }
  ~Model() { air_disconnect(runner); }
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  // Names and data of all nodes of the last run.
  std::vector<std::string> layers() const {
    std::vector<std::string> all;
    const air_profile *profile = nullptr;
    need(air_get_profile(session, &profile), "profile");
    for (uint32_t i = 0; i < profile->n_nodes; ++i) {
      const air_node_profile &node = *profile->nodes[i];
      all.emplace_back(node.info->name);
      for (uint32_t k = 0; node.data != nullptr && k < node.info->n_outputs; ++k) {
        const uint64_t size = node.info->outputs[k]->size_bytes * kSamples;
        all.emplace_back(node.data[k] == nullptr ? "" : std::string(static_cast<const char *>(node.data[k]), size));
      }
    }
    return all;
  }

  air_status invoke(uint32_t mode) {
    const bool has_states = (info->capabilities & AIR_CAP_RESET_STATES) != 0;
    if (const air_status status = has_states ? air_reset_states(session) : AIR_OK; status != AIR_OK) return status;
    air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
    options.mode = mode;
    for (auto &data : output_data) std::fill(data.begin(), data.end(), '\x55');
    return air_invoke(session, kSamples, inputs.data(), info->n_inputs, outputs.data(), info->n_outputs, &options);
  }

  static std::vector<air_buffer> buffers(const air_tensor_info *const *infos, uint32_t n,
                                         std::vector<std::vector<char>> &data) {
    std::vector<air_buffer> made;
    for (uint32_t i = 0; i < n; ++i) {
      data.emplace_back(infos[i]->size_bytes * kSamples);
      made.push_back({data.back().data(), data.back().size(), nullptr, 0, AIR_DTYPE_NONE});
    }
    return made;
  }

  air_runner *runner = nullptr;
  air_session *session = nullptr;
  const air_model_info *info = nullptr;
  std::vector<std::vector<char>> input_data, output_data;
  std::vector<air_buffer> inputs, outputs;
};

struct Walk {
  Walk(std::string given, const std::string &folder)
      : descriptor(std::move(given)), file(folder + "/capture.npz"), fresh(std::make_unique<Model>(descriptor)) {
    Model &model = *fresh;
    need(model.invoke(AIR_MODE_IO_ONLY), "first run");
    right = model.output_data;
    need(air_record_capture(model.session, kSamples, model.inputs.data(), model.info->n_inputs, nullptr, &capture),
         "capture");
    need(air_save_capture(capture, file.c_str()), "save");
    need(air_compare_captures(capture, capture, nullptr, &comparison), "comparison");
    need(air_comparison_to_json(comparison, 0, &comparison_json), "comparison as JSON");
    need(air_info_to_json(model.session, 0, &info_json), "information as JSON");
    need(model.invoke(AIR_MODE_PER_LAYER_WITH_DATA), "run with layers");
    right_with_layers = model.output_data;  // of a graph that is fused less
    layers = model.layers();
    need(air_profile_to_json(model.session, 0, &profile_json), "profile as JSON");
    air_get_host();  // once in a process
  }

  void connect_anew() {
    fresh.reset();  // first: a target has one seat
    fresh = std::make_unique<Model>(descriptor);
  }

  // A new run after a failure must give the right values.
  void check_works() {
    need(fresh->invoke(AIR_MODE_IO_ONLY), "a plain run afterwards");
    if (fresh->output_data != right) give_up("other values afterwards");
    need(fresh->invoke(AIR_MODE_PER_LAYER_WITH_DATA), "a run with layers afterwards");
    if (fresh->output_data != right_with_layers || fresh->layers() != layers) give_up("other layers afterwards");
  }

  std::string descriptor, file;
  std::unique_ptr<Model> fresh;
  std::vector<std::vector<char>> right, right_with_layers;
  std::vector<std::string> layers;
  const air_capture *capture = nullptr;
  const air_comparison *comparison = nullptr;
  char *comparison_json = nullptr, *info_json = nullptr, *profile_json = nullptr;
};

// Runs with failing allocations; what it gave is checked with working ones by `accept`, and released.
struct EntryPoint {
  std::function<air_status()> run;
  std::function<void()> accept = [] {};
  enum { kAny, kNew, kNone } connection = kAny;  // that there is before: a first run allocates, later ones do not
};

using EntryPoints = std::map<std::string, EntryPoint>;

EntryPoint text_entry(const std::function<air_status(char **)> &call) {
  struct State {
    std::string right;
    char *text = nullptr;
  };
  auto state = std::make_shared<State>();
  char *first = nullptr;
  need(call(&first), "text");
  state->right = first;
  air_free_text(first);
  return {[=] { return call(&state->text); },
          [=] {
            if (state->right != state->text) give_up("another text than without failures");
            air_free_text(state->text);
          }};
}

EntryPoint invoke_entry(Walk &walk, uint32_t mode) {
  return {[&walk, mode] { return walk.fresh->invoke(mode); },
          [&walk, mode] {
            const auto &right = mode == AIR_MODE_IO_ONLY ? walk.right : walk.right_with_layers;
            if (walk.fresh->output_data != right) give_up("AIR_OK with other values");
          },
          EntryPoint::kNew};
}

EntryPoints entry_points(Walk &walk) {
  const auto model = [&walk]() -> Model & { return *walk.fresh; };
  EntryPoints all;
  static air_runner *runner = nullptr;
  static const air_capture *capture = nullptr;
  static const air_comparison *comparison = nullptr;
  static const air_device_list *devices = nullptr;
  static const air_plugin_list *plugins = nullptr;
  all["connect"] = {[&walk, model] { return air_connect(walk.descriptor.c_str(), nullptr, &runner); },
                    [] { air_disconnect(runner); }, EntryPoint::kNone};
  // The first call of a thread makes the records of its errors.
  all["thread"] = {[&walk] {
                     air_status status = AIR_OK;
                     std::thread([&] {
                       fail_this_thread();
                       status = air_scan(nullptr, &devices);
                       stop_failing();
                       if (status != AIR_OK && air_last_error()->status != status) give_up("no record of the error");
                     }).join();
                     return status == AIR_OK ? status : air_scan(nullptr, &devices);
                   },
                   [] { air_free_device_list(devices); }};
  // It cannot fail, and must not end the process.
  all["disconnect"] = {[&walk] {
                         air_disconnect(std::exchange(walk.fresh->runner, nullptr));
                         return AIR_OK;
                       },
                       [&walk] { walk.connect_anew(); }, EntryPoint::kNew};
  all["scan"] = {[&walk, model] { return air_scan(nullptr, &devices); },
                 [&walk, model] { air_free_device_list(devices); }};
  all["plugins"] = {[&walk, model] { return air_list_plugins(nullptr, &plugins); },
                    [&walk, model] { air_free_plugin_list(plugins); }};
  all["session"] = {[&walk, model] {
    air_session *session = nullptr;
    return air_get_session(model().runner, model().info->name, &session);
  }};
  all["ping"] = {[&walk, model] { return air_ping(model().runner); }};
  // After a failure there is no connection, and the way back is the same call.
  all["reconnect"] = {[&walk, model] {
    const air_status status = air_reconnect(model().runner);
    if (status != AIR_OK) stop_failing(), need(air_reconnect(model().runner), "reconnecting afterwards");
    return status;
  }};
  all["reset"] = {[&walk, model] { return air_reset_states(model().session); }};
  all["random"] = {[&walk, model] {
    return air_fill_random(model().session, kSamples, model().inputs.data(), model().info->n_inputs, nullptr);
  }};
  all["invoke"] = invoke_entry(walk, AIR_MODE_IO_ONLY);
  all["invoke-layers"] = invoke_entry(walk, AIR_MODE_PER_LAYER);
  all["invoke-data"] = invoke_entry(walk, AIR_MODE_PER_LAYER_WITH_DATA);
  all["invoke-kept"] = {[&walk, model] {
                          air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
                          options.io_mode = AIR_IO_DEQUANTIZE;
                          return air_invoke(model().session, kSamples, model().inputs.data(), model().info->n_inputs,
                                            nullptr, 0, &options);
                        },
                        [] {}, EntryPoint::kNew};
  const auto text = [&](const char *name, const std::function<air_status(char **)> &call) {
    all[name] = text_entry(call);
  };
  static air_text_options wide = AIR_TEXT_OPTIONS_INIT;
  wide.verbose = 1;
  text("info-json", [&walk, model](char **out) { return air_info_to_json(model().session, 0, out); });
  text("info-text", [&walk, model](char **out) { return air_info_to_text(model().session, &wide, out); });
  text("comparison-json", [&walk, model](char **out) { return air_comparison_to_json(walk.comparison, 0, out); });
  text("comparison-text", [&walk, model](char **out) { return air_comparison_to_text(walk.comparison, &wide, out); });
  text("html", [&walk, model](char **out) {
    const air_document documents[] = {
        {"info", walk.info_json}, {"profile", walk.profile_json}, {"comparison", walk.comparison_json}};
    return air_render_html(documents, 3, out);
  });
  // Of one run: the walk runs the model between two failures, and times differ.
  const auto report = [&](const char *name, const std::function<air_status(char **)> &call) {
    static char *out = nullptr;
    all[name] = {[=] { return call(&out); }, [] { air_free_text(out); }};
  };
  report("profile-json",
         [&walk, model](char **out) { return air_profile_to_json(model().session, AIR_JSON_DATA, out); });
  report("profile-text", [&walk, model](char **out) { return air_profile_to_text(model().session, &wide, out); });
  report("profile-csv", [&walk, model](char **out) { return air_profile_to_csv(model().session, out); });
  report("profile-trace", [&walk, model](char **out) { return air_profile_to_trace(model().session, out); });
  all["record"] = {[&walk, model] {
                     return air_record_capture(model().session, kSamples, model().inputs.data(), model().info->n_inputs,
                                               nullptr, &capture);
                   },
                   [&walk, model] { air_free_capture(capture); }};
  all["repeat"] = {[&walk, model] { return air_repeat_capture(model().session, walk.capture, nullptr, &capture); },
                   [&walk, model] { air_free_capture(capture); }};
  all["save"] = {[&walk, model] { return air_save_capture(walk.capture, walk.file.c_str()); }};
  all["load"] = {[&walk, model] { return air_load_capture(walk.file.c_str(), &capture); },
                 [&walk, model] {
                   if (capture->n_nodes != walk.capture->n_nodes) give_up("nodes are missing in what was loaded");
                   air_free_capture(capture);
                 }};
  all["compare"] = {[&walk, model] { return air_compare_captures(walk.capture, walk.capture, nullptr, &comparison); },
                    [&walk, model] { air_free_comparison(comparison); }};
  return all;
}

// Fails the n-th allocation; returns how many did, 0 when there are fewer.
long fail_one(Walk &walk, const std::string &name, const EntryPoint &entry, long n, bool sticky) {
  std::snprintf(g_at.text, sizeof(g_at.text), "%s %s, allocation %ld%s", walk.descriptor.c_str(), name.c_str(), n,
                sticky ? " and all later ones" : "");
  if (entry.connection == EntryPoint::kNew) walk.connect_anew();
  if (entry.connection == EntryPoint::kNone) walk.fresh.reset();
  const bool with_sockets = !walk.descriptor.starts_with("onnx:") && !walk.descriptor.starts_with("tflite:");
  const auto files = open_files(with_sockets);
  alarm(kSecondsForOne);
  fail_allocations(n, sticky);
  const air_status status = entry.run();
  const Injected injected = stop_failing();
  if (status == AIR_OK) entry.accept();
  if (status != AIR_OK && injected.failed == 0) give_up("failed by itself: " + last_words_of_library());
  if (status != AIR_OK && *air_last_error()->message == '\0') give_up("an error without a message");
  if (status != AIR_OK && status != AIR_ERROR_NO_MEMORY) give_up("not 'no memory' but " + last_words_of_library());
  // libzip forgets a file that it has opened when it then has no memory for its own notes.
  const std::string left = left_open(files, open_files(with_sockets));
  if (!left.empty() && name != "save" && name != "load") give_up("left open: " + left);
  if (walk.fresh == nullptr) walk.connect_anew();
  walk.check_works();
  alarm(0);
  return injected.failed;
}

void walk_entry(Walk &walk, const std::string &name, const EntryPoint &entry, long step) {
  long failed = 0;
  for (const bool sticky : {false, true}) {
    for (long n = 1; n <= kMost; n += step) {
      const long now = fail_one(walk, name, entry, n, sticky);
      failed += now > 0 ? 1 : 0;
      if (now == 0) break;
    }
  }
  std::printf("%s %ld\n", name.c_str(), failed);
  std::fflush(stdout);
}

}  // namespace

int main(int n_words, char **words) {
  if (n_words < 5) return 2;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGALRM}) std::signal(signal, last_words);
  Walk walk(words[1], words[2]);
  const EntryPoints all = entry_points(walk);
  for (int i = 4; i < n_words; ++i) {
    const auto found = all.find(words[i]);
    if (found == all.end()) give_up(std::string("no entry point ") + words[i]);
    walk_entry(walk, found->first, found->second, std::atol(words[3]));
  }
  return 0;
}
