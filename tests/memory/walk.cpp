// SPDX-License-Identifier: BSD-3-Clause
// Walks every allocation of every entry point of the library, lets it fail, and looks whether the library works afterwards.
//
//   memory-walk <descriptor> <folder for files> <step> <entry point>...
//
// Every step-th allocation up to the 500th fails, first alone, then together with all later ones. Prints "<entry point> <failures>" for each,
// or what was wrong and where.
#include <airunner.h>
#include <airunner_report.h>
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

#include "common/values.h"
#include "failing_allocator.h"

using air::HeldModel;
using air::HeldResult;

// As DLPack 1.0 has it, as far as it is needed here.
struct DLManagedTensorVersioned {
  uint32_t major, minor;
  void *context;
  void (*deleter)(DLManagedTensorVersioned *);
};

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

std::string bytes_of(const air_view &view) {
  return view.data == nullptr ? std::string() : std::string(static_cast<const char *>(view.data), view.size_bytes);
}

// A tensor with all samples; without data where the result does not hold it.
air_view tensor(const air_result *result, air_place place, uint32_t node, uint32_t index) {
  air_view view{};
  need(air_get_tensor(result, place, node, index, AIR_ALL_SAMPLES, &view), "tensor");
  return view;
}

// Every tensor, and the names of nodes that were run: others may be known or not.
std::vector<std::string> contents(const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  std::vector<std::string> all;
  for (uint32_t i = 0; i < model.n_inputs; ++i) all.push_back(bytes_of(tensor(result, AIR_PLACE_INPUT, 0, i)));
  for (uint32_t i = 0; i < model.n_outputs; ++i) all.push_back(bytes_of(tensor(result, AIR_PLACE_OUTPUT, 0, i)));
  const bool with_nodes = (air_get_profile(result)->mode & AIR_MODE_PER_LAYER) != 0;
  for (uint32_t node = 0; with_nodes && node < model.n_nodes; ++node) {
    all.emplace_back(model.nodes[node]->name);
    for (uint32_t k = 0; k < model.nodes[node]->n_outputs; ++k)
      all.push_back(bytes_of(tensor(result, AIR_PLACE_NODE, node, k)));
  }
  return all;
}

struct FreeInputs {
  void operator()(air_input_set *set) const { air_free_inputs(set); }
};
using Inputs = std::unique_ptr<air_input_set, FreeInputs>;

constexpr uint32_t kEverything = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS;

// A connection with inputs.
struct Connection {
  explicit Connection(const std::string &descriptor) {
    need(air_connect(descriptor.c_str(), nullptr, &runner), "connect");
    need(air_get_session(runner, nullptr, &session), "session");
    air_input_set *set = nullptr;
    need(air_make_random_inputs(session, kSamples, nullptr, &set), "random");
    inputs.reset(set);
  }
  ~Connection() { air_disconnect(runner); }
  Connection(const Connection &) = delete;
  Connection &operator=(const Connection &) = delete;

  const air_model &model() const { return *air_get_model(session); }

  // Into memory of our own, which holds something else before.
  air_status invoke_given(uint32_t mode, std::vector<std::vector<unsigned char>> &memory) {
    std::vector<air_output> outputs;
    memory.clear();
    for (uint32_t i = 0; i < model().n_outputs; ++i) {
      memory.emplace_back(kSamples * model().outputs[i]->size_bytes, 0x55);
      outputs.push_back({memory.back().data(), memory.back().size()});
    }
    HeldResult result;
    return invoke(mode, AIR_IO_STORAGE, result, outputs);
  }

  air_status invoke(uint32_t mode, uint32_t io_mode, HeldResult &result, const std::vector<air_output> &outputs = {}) {
    const bool has_states = (model().capabilities & AIR_CAP_RESET_STATES) != 0;
    if (const air_status status = has_states ? air_reset_states(session, nullptr) : AIR_OK; status != AIR_OK)
      return status;
    const air_invoke_options options = {.struct_size = sizeof(options), .mode = mode, .io_mode = io_mode};
    return air_invoke(session, kSamples, inputs->inputs, inputs->n, outputs.empty() ? nullptr : outputs.data(),
                      static_cast<uint32_t>(outputs.size()), &options, nullptr, result.out());
  }

  air_runner *runner = nullptr;
  air_session *session = nullptr;
  Inputs inputs;
};

// What runs without failures give, by mode.
using Right = std::map<uint32_t, std::vector<std::string>>;

struct Walk {
  Walk(std::string given, const std::string &folder)
      : descriptor(std::move(given)), file(folder + "/result.npz"), fresh(std::make_unique<Connection>(descriptor)) {
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA, kEverything}) {
      need(fresh->invoke(mode, AIR_IO_STORAGE, result), "first run");
      right[mode] = contents(result.get());
    }
    model = HeldModel::shared(&fresh->model());
    need(air_save_result(result.get(), file.c_str()), "save");
    need(air_compare(result.get(), result.get(), nullptr, &comparison), "comparison");
    need(air_comparison_to_json(comparison, 0, &comparison_json), "comparison as JSON");
    need(air_model_to_json(model.get(), 0, &model_json), "model as JSON");
    need(air_result_to_json(result.get(), 0, &result_json), "result as JSON");
    air_get_host();  // once in a process
  }

  void connect_anew() {
    fresh.reset();  // first: a target has one seat
    fresh = std::make_unique<Connection>(descriptor);
  }

  void check(const HeldResult &given, uint32_t mode, const char *what) {
    if (contents(given.get()) != right.at(mode)) give_up(std::string("other values: ") + what);
  }

  // A new run after a failure must give the right values.
  void check_works() {
    HeldResult again;
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA}) {
      need(fresh->invoke(mode, AIR_IO_STORAGE, again), "a run afterwards");
      check(again, mode, "a run afterwards");
    }
  }

  std::string descriptor, file;
  std::unique_ptr<Connection> fresh;
  Right right;
  HeldResult result;  // with everything
  HeldModel model;
  const air_comparison *comparison = nullptr;
  char *comparison_json = nullptr, *model_json = nullptr, *result_json = nullptr;
};

constexpr auto kNothing = [] {};

// Runs with failing allocations; what it gave is checked with working ones by `accept`, and released.
struct EntryPoint {
  std::function<air_status()> run;
  std::function<void()> accept = kNothing;
  std::function<void()> before = kNothing;       // with allocations that work
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
  static HeldResult result;
  return {[&walk, mode] { return walk.fresh->invoke(mode, AIR_IO_STORAGE, result); },
          [&walk, mode] { walk.check(result, mode, "AIR_OK"); }, kNothing, EntryPoint::kNew};
}

EntryPoint invoke_given_entry(Walk &walk, uint32_t mode) {
  static std::vector<std::vector<unsigned char>> memory;
  return {[&walk, mode] { return walk.fresh->invoke_given(mode, memory); },
          [&walk, mode] {
            const std::vector<std::string> &right = walk.right.at(mode);  // inputs that were not kept, outputs, ...
            for (size_t i = 0; i < memory.size(); ++i) {
              if (std::string(memory[i].begin(), memory[i].end()) != right[walk.fresh->model().n_inputs + i])
                give_up("other outputs in the caller's memory");
            }
          },
          kNothing, EntryPoint::kNew};
}

// A result taken apart, to be made again.
struct Parts {
  explicit Parts(const air_result *result) {
    const air_model &model = *air_get_result_model(result);
    for (uint32_t i = 0; i < model.n_inputs; ++i) inputs.push_back(tensor(result, AIR_PLACE_INPUT, 0, i));
    for (uint32_t i = 0; i < model.n_outputs; ++i) outputs.push_back(tensor(result, AIR_PLACE_OUTPUT, 0, i));
    const auto columns_of = [&](uint32_t node) {
      std::vector<const double *> columns;
      for (uint32_t c = 0; c < model.n_columns; ++c) columns.push_back(air_get_values(result, c, node));
      return columns;
    };
    const auto notes_of = [&](uint32_t node) {
      std::vector<const char *> texts;
      for (uint64_t run = 0; run < air_get_profile(result)->n_runs; ++run)
        texts.push_back(air_get_note(result, node, run));
      return texts;
    };
    for (uint32_t node = 0; node < model.n_nodes; ++node) {
      views.emplace_back();
      for (uint32_t k = 0; k < model.nodes[node]->n_outputs; ++k)
        views.back().push_back(tensor(result, AIR_PLACE_NODE, node, k));
      columns.push_back(columns_of(node));
      notes.push_back(notes_of(node));
    }
    values = columns_of(AIR_WHOLE_RUN);
    whole_notes = notes_of(AIR_WHOLE_RUN);
    for (const auto &node : views) view_pointers.push_back(node.data());
    for (const auto &node : columns) column_pointers.push_back(node.data());
    for (const auto &node : notes) note_pointers.push_back(node.data());
    all = {.struct_size = sizeof(all),
           .model = &model,
           .profile = air_get_profile(result),
           .inputs = inputs.data(),
           .outputs = outputs.data(),
           .node_outputs = view_pointers.data(),
           .values = values.data(),
           .node_values = column_pointers.data(),
           .notes = whole_notes.data(),
           .node_notes = note_pointers.data()};
  }

  std::vector<air_view> inputs, outputs;
  std::vector<std::vector<air_view>> views;
  std::vector<std::vector<const double *>> columns;
  std::vector<const double *> values;
  std::vector<std::vector<const char *>> notes;
  std::vector<const char *> whole_notes;
  std::vector<const air_view *> view_pointers;
  std::vector<const double *const *> column_pointers;
  std::vector<const char *const *> note_pointers;
  air_result_parts all{};
};

void add_connection(Walk &walk, EntryPoints &all) {
  static air_runner *runner = nullptr;
  static const air_device_list *devices = nullptr;
  static const air_plugin_list *plugins = nullptr;
  all["connect"] = {[&walk] { return air_connect(walk.descriptor.c_str(), nullptr, &runner); },
                    [] { air_disconnect(runner); }, kNothing, EntryPoint::kNone};
  // The first call of a thread makes the records of its errors.
  all["thread"] = {[] {
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
  // It must not fail.
  all["disconnect"] = {[&walk] {
                         need(air_disconnect(std::exchange(walk.fresh->runner, nullptr)), "disconnect");
                         return AIR_OK;
                       },
                       [&walk] { walk.connect_anew(); }, kNothing, EntryPoint::kNew};
  all["scan"] = {[] { return air_scan(nullptr, &devices); }, [] { air_free_device_list(devices); }};
  all["plugins"] = {[] { return air_list_plugins(nullptr, &plugins); }, [] { air_free_plugin_list(plugins); }};
  all["session"] = {[&walk] {
    air_session *session = nullptr;
    return air_get_session(walk.fresh->runner, walk.fresh->model().name, &session);
  }};
  all["ping"] = {[&walk] { return air_ping(walk.fresh->runner, nullptr); }};
  // After a failure there is no connection, and the way back is the same call.
  all["reconnect"] = {[&walk] {
    const air_status status = air_reconnect(walk.fresh->runner, nullptr);
    if (status != AIR_OK) stop_failing(), need(air_reconnect(walk.fresh->runner, nullptr), "reconnecting afterwards");
    return status;
  }};
  all["reset"] = {[&walk] { return air_reset_states(walk.fresh->session, nullptr); }};
  static air_token *token = nullptr;
  all["token"] = {[] {
                    token = air_make_token();
                    if (token != nullptr) return AIR_OK;
                    air_set_error(AIR_ERROR_NO_MEMORY, 0, "no token");  // NULL says all
                    return AIR_ERROR_NO_MEMORY;
                  },
                  [] { air_release_token(token); }};
  // Without memory for its text an error keeps its status.
  all["error"] = {[] {
    air_set_error(AIR_ERROR_CALLBACK, 0, "said by the caller");
    const air::HeldError error(air_retain_error(air_last_error()));
    if (error->status != AIR_ERROR_CALLBACK && error->status != AIR_ERROR_NO_MEMORY) give_up("another error");
    return std::strcmp(error->message, "said by the caller") == 0 ? AIR_OK : AIR_ERROR_NO_MEMORY;
  }};
}

// The outputs of a result, as another program may have them.
std::vector<air_array> arrays_of(const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  std::vector<air_array> arrays;
  for (uint32_t i = 0; i < model.n_outputs; ++i) {
    air_array &array = arrays.emplace_back(air_array{model.outputs[i]->name, {}});
    if (air_get_tensor(result, AIR_PLACE_OUTPUT, 0, i, AIR_ALL_SAMPLES, &array.values) != AIR_OK) give_up("no output");
  }
  return arrays;
}

void add_runs(Walk &walk, EntryPoints &all) {
  static HeldResult result;
  static air_input_set *inputs = nullptr;
  all["inputs"] = {[&walk] { return air_make_inputs(walk.fresh->session, kSamples, &inputs); },
                   [] { air_free_inputs(inputs); }};
  all["random"] = {[&walk] { return air_make_random_inputs(walk.fresh->session, kSamples, nullptr, &inputs); },
                   [] { air_free_inputs(inputs); }};
  all["convert-inputs"] = {[&walk] { return air_convert_inputs(walk.fresh->session, walk.result.get(), &inputs); },
                           [&walk] {
                             for (uint32_t i = 0; i < inputs->n; ++i) {
                               const auto *data = static_cast<const char *>(inputs->inputs[i].data);
                               if (std::string(data, inputs->inputs[i].size_bytes) != walk.right[kEverything][i])
                                 give_up("other inputs");
                             }
                             air_free_inputs(inputs);
                           }};
  all["invoke"] = invoke_entry(walk, AIR_MODE_IO_ONLY);
  all["invoke-layers"] = invoke_entry(walk, AIR_MODE_PER_LAYER);
  all["invoke-data"] = invoke_entry(walk, AIR_MODE_PER_LAYER_WITH_DATA);
  all["invoke-given"] = invoke_given_entry(walk, AIR_MODE_IO_ONLY);
  all["invoke-given-data"] = invoke_given_entry(walk, AIR_MODE_PER_LAYER_WITH_DATA);
  all["invoke-everything"] = invoke_entry(walk, kEverything);
  all["invoke-real"] = {[&walk] { return walk.fresh->invoke(AIR_MODE_IO_ONLY, AIR_IO_DEQUANTIZE, result); }, kNothing,
                        kNothing, EntryPoint::kNew};
}

// The values of all nodes that can be given some: their own, as the result with everything has them.
struct Given {
  explicit Given(Walk &walk) {
    const air_model &model = *air_get_result_model(walk.result.get());
    for (uint32_t node = 0; node < model.n_nodes; ++node) {
      if (air_prepare(walk.fresh->session, &node, 1, nullptr) != AIR_OK) continue;
      nodes.push_back(node);
      for (uint32_t k = 0; k < model.nodes[node]->n_outputs; ++k) {
        const air_view view = tensor(walk.result.get(), AIR_PLACE_NODE, node, k);
        values.push_back({node, k, view.data, view.size_bytes});
      }
    }
    need(air_prepare(walk.fresh->session, nullptr, 0, nullptr), "prepare for none");
  }

  air_status prepare(Walk &walk) const {
    return air_prepare(walk.fresh->session, nodes.data(), static_cast<uint32_t>(nodes.size()), nullptr);
  }
  air_status invoke(Walk &walk, HeldResult &result) const {
    const Inputs &inputs = walk.fresh->inputs;
    air_invoke_options options{};
    options.struct_size = sizeof(options);
    options.mode = AIR_MODE_PER_LAYER_WITH_DATA;
    options.given = values.data();
    options.n_given = static_cast<uint32_t>(values.size());
    return air_invoke(walk.fresh->session, kSamples, inputs->inputs, inputs->n, nullptr, 0, &options, nullptr,
                      result.out());
  }

  std::vector<uint32_t> nodes;
  std::vector<air_given> values;
};

void add_given(Walk &walk, EntryPoints &all) {
  if ((walk.model->capabilities & AIR_CAP_GIVEN) == 0) return;
  static HeldResult result;
  const auto given = std::make_shared<const Given>(walk);
  const auto check = [&walk] { walk.check(result, AIR_MODE_PER_LAYER_WITH_DATA, "with given values"); };
  const auto learn_nodes = [&walk] {
    need(walk.fresh->invoke(AIR_MODE_PER_LAYER, AIR_IO_STORAGE, result), "a run that tells the nodes");
    if ((walk.model->capabilities & AIR_CAP_RESET_STATES) != 0)
      need(air_reset_states(walk.fresh->session, nullptr), "reset");
  };
  all["prepare"] = {[&walk, given] { return given->prepare(walk); },
                    [&walk, given, check] {
                      need(given->invoke(walk, result), "a run with given values");
                      check();
                    },
                    learn_nodes, EntryPoint::kNew};
  all["invoke-prepared"] = {[&walk, given] { return given->invoke(walk, result); }, check,
                            [&walk, given, learn_nodes] {
                              learn_nodes();
                              need(given->prepare(walk), "prepare");
                            },
                            EntryPoint::kNew};
}

void add_values(Walk &walk, EntryPoints &all) {
  static HeldResult result;
  static HeldModel model;
  static const air_comparison *comparison = nullptr;
  static DLManagedTensorVersioned *shared = nullptr;
  const auto accept_result = [&walk] { walk.check(result, kEverything, "AIR_OK"); };
  const auto parts = std::make_shared<Parts>(walk.result.get());
  all["make-model"] = {[&walk] { return air_make_model(air_get_result_model(walk.result.get()), model.out()); },
                       [&walk] {
                         if (model->n_nodes != air_get_result_model(walk.result.get())->n_nodes) give_up("other nodes");
                       }};
  all["make-result"] = {[parts] { return air_make_result(&parts->all, result.out()); }, accept_result};
  all["dlpack"] = {[&walk] { return air_get_dlpack(walk.result.get(), AIR_PLACE_OUTPUT, 0, 0, &shared); },
                   [] { shared->deleter(shared); }};
  all["save"] = {[&walk] { return air_save_result(walk.result.get(), walk.file.c_str()); }};
  all["load"] = {[&walk] { return air_load_result(walk.file.c_str(), result.out()); }, accept_result};
  const auto arrays = std::make_shared<std::vector<air_array>>(arrays_of(walk.result.get()));
  all["golden"] = {[&walk, arrays] {
                     return air_make_golden(air_get_result_model(walk.result.get()), arrays->data(),
                                            static_cast<uint32_t>(arrays->size()), walk.result.get(), "arrays",
                                            result.out());
                   },
                   [] {
                     if (air_get_profile(result.get())->n_samples != kSamples) give_up("other samples");
                   }};
  all["compare"] = {[&walk] { return air_compare(walk.result.get(), walk.result.get(), nullptr, &comparison); },
                    [] { air_release_comparison(comparison); }};
}

void add_texts(Walk &walk, EntryPoints &all) {
  static constexpr air_text_options wide = {.struct_size = sizeof(wide), .width = 0, .colour = 0, .verbose = 1};
  const auto text = [&](const char *name, const std::function<air_status(char **)> &call) {
    all[name] = text_entry(call);
  };
  text("model-json", [&walk](char **out) { return air_model_to_json(walk.model.get(), 0, out); });
  text("model-text", [&walk](char **out) { return air_model_to_text(walk.model.get(), &wide, out); });
  text("comparison-json", [&walk](char **out) { return air_comparison_to_json(walk.comparison, 0, out); });
  text("comparison-text", [&walk](char **out) { return air_comparison_to_text(walk.comparison, &wide, out); });
  text("html", [&walk](char **out) {
    const air_document documents[] = {
        {"info", walk.model_json}, {"profile", walk.result_json}, {"comparison", walk.comparison_json}};
    return air_render_html(documents, 3, out);
  });
  text("regression", [&walk](char **out) {
    const std::vector<air_document> runs(5, {"profile", walk.result_json});
    return air_compare_profiles(runs.data(), 5, runs.data(), 5, nullptr, 0, out);
  });
  text("result-json", [&walk](char **out) { return air_result_to_json(walk.result.get(), AIR_JSON_DATA, out); });
  text("result-text", [&walk](char **out) { return air_result_to_text(walk.result.get(), &wide, out); });
  text("result-csv", [&walk](char **out) { return air_result_to_csv(walk.result.get(), out); });
  text("result-trace", [&walk](char **out) { return air_result_to_trace(walk.result.get(), out); });
}

EntryPoints entry_points(Walk &walk) {
  EntryPoints all;
  for (const auto add : {add_connection, add_runs, add_given, add_values, add_texts}) add(walk, all);
  return all;
}

// Fails the n-th allocation; returns how many did, 0 when there are fewer.
long fail_one(Walk &walk, const std::string &name, const EntryPoint &entry, long n, bool sticky) {
  std::snprintf(g_at.text, sizeof(g_at.text), "%s %s, allocation %ld%s", walk.descriptor.c_str(), name.c_str(), n,
                sticky ? " and all later ones" : "");
  if (entry.connection == EntryPoint::kNew) walk.connect_anew();
  if (entry.connection == EntryPoint::kNone) walk.fresh.reset();
  entry.before();
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
