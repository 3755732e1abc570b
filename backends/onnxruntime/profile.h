// SPDX-License-Identifier: BSD-3-Clause
// Times of nodes as ONNX Runtime's profiler writes them. It only writes files, so they go to a folder of their own and are removed once read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/files/temporary.h"

namespace air::ort {

struct NodeTime {
  uint64_t index;  // among the nodes of its graph
  std::string name;
  uint64_t duration_ns;
  std::string processor;  // "CPU", "CUDA", or "" where that is not told
};

class ProfileFolder {
 public:
  // Throws IO when there is no place for temporary files.
  ProfileFolder();

  // What the profiler has to put in front of the names it makes.
  const std::string &prefix() const noexcept { return prefix_; }

  // Reads and removes the one file that was written. Throws IO when it is not there or cut off, RUN_FAILED when it cannot be understood.
  std::vector<NodeTime> take() const;

 private:
  TemporaryFolder folder_;
  std::string prefix_;
};

}  // namespace air::ort
