// SPDX-License-Identifier: BSD-3-Clause
// The runtimes that there are backends for, and where their libraries lie. Nothing is loaded.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace air {

// How systems call its library.
struct LibraryFileNames {
  std::string_view file;
  std::array<const char *, 2> system;
};

// How one runtime is called and distributed.
struct LibraryNames {
  std::string_view runtime;            // "ONNX Runtime"
  std::string_view environment;        // variable that names the library
  std::string_view package;            // folder in Python's packages where it lies
  std::string_view file;               // its file name there: this, or this with a version behind or in it
  std::array<const char *, 2> system;  // names for the system's loader, best first; NULL: no more
  std::string_view how_to_get;         // what to do when there is none
};

#if defined(_WIN32)
// By its name alone the loader would take Windows' own, which is for programs of Windows ML, and old.
inline constexpr LibraryFileNames kOnnxRuntimeFiles = {"onnxruntime.dll", {}};
inline constexpr LibraryFileNames kLiteRtFiles = {"libLiteRt.dll", {"libLiteRt.dll"}};
#elif defined(__APPLE__)
// By its name alone the loader would take one from the current folder, and none that Homebrew has on arm64.
inline constexpr LibraryFileNames kOnnxRuntimeFiles = {
    "libonnxruntime.dylib", {"/opt/homebrew/lib/libonnxruntime.dylib", "/usr/local/lib/libonnxruntime.dylib"}};
inline constexpr LibraryFileNames kLiteRtFiles = {
    "libLiteRt.dylib", {"/opt/homebrew/lib/libLiteRt.dylib", "/usr/local/lib/libLiteRt.dylib"}};
#else
inline constexpr LibraryFileNames kOnnxRuntimeFiles = {"libonnxruntime.so",
                                                       {"libonnxruntime.so.1", "libonnxruntime.so"}};
inline constexpr LibraryFileNames kLiteRtFiles = {"libLiteRt.so", {"libLiteRt.so"}};
#endif

inline constexpr LibraryNames kOnnxRuntime = {
    .runtime = "ONNX Runtime",
    .environment = "AIRUNNER_ONNXRUNTIME",
    .package = "onnxruntime/capi",
    .file = kOnnxRuntimeFiles.file,
    .system = kOnnxRuntimeFiles.system,
    .how_to_get =
        "install it with `pip install onnxruntime`, name its library in AIRUNNER_ONNXRUNTIME, or write it into the "
        "descriptor: model.onnx?runtime=<path>",
};

inline constexpr LibraryNames kLiteRt = {
    .runtime = "LiteRT",
    .environment = "AIRUNNER_LITERT",
    .package = "ai_edge_litert",
    .file = kLiteRtFiles.file,
    .system = kLiteRtFiles.system,
    .how_to_get =
        "install it with `pip install ai-edge-litert`, name its library in AIRUNNER_LITERT, or write it into the "
        "descriptor: model.tflite?runtime=<path>",
};

// The library in a folder: the file of that name, or the newest whose name only adds a version; empty where there is none.
std::filesystem::path find_runtime_file(const std::filesystem::path &folder, const LibraryNames &names);

// The same in system_library_folders(), under a name that the loader is not asked for: distributions have the version in it.
std::filesystem::path find_runtime_of_system(const LibraryNames &names);

// What a folder that the user names may be: that of the library, that of Python's packages, or that of the package itself.
std::vector<std::filesystem::path> runtime_places_in(const std::filesystem::path &folder, const LibraryNames &names);

// What is to be said of a library that a variable, or else option runtime, names, and that cannot be used.
std::string unusable_runtime_text(const LibraryNames &names, const std::string &named, bool by_option);

// Where the library is that would be taken without option runtime, as far as files tell: nothing is loaded. `named` is the value of the
// variable, or "". Gives "" where there is none, or only the system's loader knows one.
std::string locate_runtime(const LibraryNames &names, const std::string &named);

}  // namespace air
