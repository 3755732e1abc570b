// SPDX-License-Identifier: BSD-3-Clause
// The options of the command line, once for all subcommands.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "airunner.h"

namespace air::cli {

using Words = std::map<std::string, uint32_t>;
extern const Words kModeWords;    // AIR_MODE_... bits
extern const Words kIoModeWords;  // AIR_IO_... bits

constexpr uint32_t kSeed = 42;

struct Options {
  // every subcommand
  bool json = false;
  int verbosity = 0;
  std::vector<std::string> plugin_paths;
  air_token *token = nullptr;  // of the command: Ctrl-C cancels it

  // where a connection is made
  std::string descriptor;
  bool has_descriptor = false;  // of `doctor`, which goes without
  std::string model;
  std::vector<std::string> backend_options;  // "key=value"
  std::vector<std::string> weights;          // files
  double timeout_s = 0;                      // 0: none given

  // where a model is run
  std::vector<std::string> modes;
  std::vector<std::string> io_modes;
  std::vector<std::string> inputs;  // "[NAME=][raw:]FILE"
  std::string key;                  // array of an .npz, "" for those called like the inputs
  std::optional<uint64_t> batch;
  std::optional<uint32_t> seed;  // kSeed where none is given
  std::vector<double> range;     // empty, or low and high

  bool draws() const { return seed || !range.empty(); }  // says how inputs are drawn
  uint32_t timeout_ms() const { return static_cast<uint32_t>(timeout_s * 1000); }
  uint32_t io_mode() const;                                        // AIR_IO_... bits
  air_invoke_options invoke_options(uint32_t default_mode) const;  // AIR_MODE_... bits for when none are given
};

// of `profile` and `compare`: where nodes have to have run
struct PlacementOptions {
  std::vector<std::string> required;   // "processor=NPU:95%"
  std::vector<std::string> forbidden;  // "processor=CPU"

  bool empty() const { return required.empty() && forbidden.empty(); }
};

// of `compare`
struct CompareOptions {
  std::vector<std::string> sides;  // one or two: descriptors, or captures (.npz)
  std::vector<std::string> names;  // of their models: none, one for both, or two
  std::vector<std::string> saves;
  std::vector<std::string> min_limits;  // "metric=value"
  std::vector<std::string> max_limits;
  std::vector<std::string> reports;
  std::string layout;          // "nchw:nhwc" of A and B, "" where shapes and values tell
  std::string html;            // file of the page, "" for none
  std::string model_explorer;  // file of the node data, "" for none
  PlacementOptions placement;  // of the other side
  std::string junit;           // file, "" for none
  bool github = false;
  std::string reproducer;  // folder, "" for none
  bool outputs_only = false;
};

// of `run`
struct RunOptions {
  std::vector<std::string> outputs;
  std::string labels;
  std::string html;  // file of the page, "" for none
};

// Words of --layout, of A and of B: 1 + their places are what air_compare_options.layout takes.
inline const std::vector<std::string> kLayouts = {"same", "nhwc:nchw", "nchw:nhwc"};

constexpr const char *kAsJson = "--format=json";  // how whole runs hand over what they measured

// of `profile`
struct ProfileOptions {
  std::string format = "text";
  std::vector<std::string> reports;
  std::string csv_dialect;  // "" for "comma"
  bool csv = false;
  std::string html;            // file of the page, "" for none
  std::string trace;           // file of the trace, "" for none
  std::string model_explorer;  // file of the node data, "" for none
  std::string program;
  std::vector<std::string> counters;  // of an NPU: "npu", "port"
  PlacementOptions placement;
  uint32_t warmup = 1;
  uint32_t repeat = 1;

  // by whole runs
  std::optional<uint32_t> runs;
  std::vector<std::string> baselines;  // documents, or one descriptor
  std::vector<std::string> currents;   // documents instead of runs
  std::vector<std::string> limits;     // "p50=3%"
  std::string save;                    // file of the runs, "" for none
  std::string junit;                   // file, "" for none
  bool github = false;
  std::vector<std::string> whole_run;  // the words of the command line for one run, without its descriptor
};

// of `report`
struct ReportOptions {
  std::vector<std::string> documents;
  std::string output;  // "" for standard output
};

}  // namespace air::cli
