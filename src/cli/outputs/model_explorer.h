// SPDX-License-Identifier: BSD-3-Clause
// Node data for Google's Model Explorer: what is known of nodes, laid over the graph of the .onnx or .tflite file that they are of. It takes one
// series a file: the first has the name that was given, overlay.json, the others theirs in it, overlay.processor.json.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "airunner_report.h"
#include "cli/outputs/output_files.h"
#include "cli/running/node_times.h"

namespace air::cli {

// Every file that --model-explorer may write; none without a path. Throws Failure, kUsage for a name that does not end in .json.
std::vector<OutputFile> overlay_files(const std::string &path);

// Throws Failure, kUsage when none of the models is of a file that Model Explorer shows; NULL is no model. Nothing without a path.
void check_overlay(const std::string &path, std::initializer_list<const air_model *> models);

struct Overlay {
  std::string path;
  std::string json;
};

// Times and processors. None without a path; throws Failure where there are no times of nodes.
std::vector<Overlay> overlays(const std::string &path, const air_model &model, const NodeTimes &measured);

// Verdicts and errors, times and processors of the other side, whose times are `measured`; over the graph of the reference, or else that of the other side. None without a
// path; throws Failure where nodes were not compared.
std::vector<Overlay> overlays(const std::string &path, const air_comparison &comparison, const NodeTimes &measured);

}  // namespace air::cli
