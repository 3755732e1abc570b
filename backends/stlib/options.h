// SPDX-License-Identifier: BSD-3-Clause
// The options of a host library connection.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "airunner_backend.hpp"
#include "common/descriptor_text.h"

namespace air::stlib {

inline constexpr const char *kApis[] = {"legacy", "st-ai", nullptr};
inline constexpr const char *kBatches[] = {"1", "65536", nullptr};
inline constexpr air_backend_option kOptions[] = {
    {.struct_size = sizeof(air_backend_option),
     .type = AIR_OPTION_TEXT,
     .key = "name",
     .text = "the model to take, by its c-name or by the name it gives itself; without it all models"},
    {.struct_size = sizeof(air_backend_option),
     .type = AIR_OPTION_PATH,
     .key = "weights",
     .text = "files of weights, with ',' between them: one for each segment, in order"},
    {.struct_size = sizeof(air_backend_option),
     .type = AIR_OPTION_CHOICE,
     .key = "api",
     .choices = kApis,
     .text = "the API to use of a library that has both; without it the better one"},
    {.struct_size = sizeof(air_backend_option),
     .type = AIR_OPTION_FLAG,
     .key = "copy",
     .text = "1: load a private copy of the library, 0: the file itself; without it 1, or 0 where "
             "AI_RUNNER_FORCE_NO_DLL_COPY is set"},
    {.struct_size = sizeof(air_backend_option),
     .type = AIR_OPTION_NUMBER,
     .key = "batch",
     .default_value = "1",
     .choices = kBatches,
     .text = "samples in one call of the network, for legacy libraries with inputs and outputs of the user"},
};

enum class Flavour { kLegacy, kStAi };

struct Options {
  std::vector<std::string> weights_files;
  std::string c_name;  // "" for all
  std::optional<Flavour> flavour;
  bool copy = true;
  bool copy_given = false;
  uint32_t batch = 1;

  // What a descriptor says of them.
  DescriptorOptions telling() const;
};

Options read_options(const backend::Request &request);

}  // namespace air::stlib
