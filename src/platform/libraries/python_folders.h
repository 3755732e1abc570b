// SPDX-License-Identifier: BSD-3-Clause
// Where Python keeps its packages, found without running Python: wheels are how both runtimes are distributed.
#pragma once

#include <array>
#include <filesystem>
#include <vector>

namespace air {

// How Python is called, best first. On Windows `python3` is the shop's, also where another Python is installed, which `py` finds.
#if defined(_WIN32)
inline constexpr std::array kPythonPrograms = {"python", "py"};
#else
inline constexpr std::array kPythonPrograms = {"python3", "python"};
#endif

// Existing folders of packages, best first: those of the Python that uses airunner (AIRUNNER_PYTHON_PACKAGES, which the binding sets), the
// one that airunner lies in, the environment that is active, PYTHONPATH, the user's, those of the `python3` (of Windows: `python`)
// in PATH, the system's. Folders named relatively are left out. Lists are separated as PATH is.
std::vector<std::filesystem::path> python_package_folders();

}  // namespace air
