// SPDX-License-Identifier: BSD-3-Clause
// Runs a fuzz target without a fuzzer: every file of the corpus, then a fixed number of reproducible mutations of each.
//   fuzz-<name> MUTATIONS FOLDER-OR-FILE...
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fuzz_target.h"

namespace {

using Input = std::vector<uint8_t>;

constexpr size_t kMaxInput = 1 << 16;

Input read_file(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Input> read_corpus(const std::filesystem::path &path) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(path)) {
    for (const auto &entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  } else {
    files.push_back(path);
  }
  std::sort(files.begin(), files.end());  // the order of a folder differs from machine to machine
  std::vector<Input> corpus;
  for (const auto &file : files) corpus.push_back(read_file(file));
  return corpus;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<Input> &corpus) : corpus_(corpus) {}

  Input mutate(Input input) {
    for (size_t n = 1 + below(4); n != 0; --n) change(input);
    if (input.size() > kMaxInput) input.resize(kMaxInput);
    return input;
  }

 private:
  size_t below(size_t limit) { return static_cast<size_t>(engine_() % limit); }
  uint8_t byte() {
    // Values at the edges of headers, varints and signs come more often than others.
    constexpr std::array<uint8_t, 10> special = {0x00, 0x01, 0x0B, 0x20, 0x7F, 0x80, 0x8F, 0xA0, 0xAA, 0xFF};
    return below(2) != 0 ? special.at(below(special.size())) : static_cast<uint8_t>(below(256));
  }
  ptrdiff_t place(const Input &input) { return static_cast<ptrdiff_t>(below(input.size() + 1)); }

  void change(Input &input) {
    const auto at = place(input);
    const auto length = std::min<ptrdiff_t>(std::ssize(input) - at, static_cast<ptrdiff_t>(1 + below(16)));
    switch (below(6)) {
      case 0:
        if (at < std::ssize(input)) input[static_cast<size_t>(at)] = byte();
        break;
      case 1:
        if (at < std::ssize(input)) input[static_cast<size_t>(at)] ^= static_cast<uint8_t>(1u << below(8));
        break;
      case 2:
        input.insert(input.begin() + at, 1 + below(8), byte());
        break;
      case 3:
        input.erase(input.begin() + at, input.begin() + at + length);
        break;
      case 4:
        input.resize(static_cast<size_t>(at));
        break;
      default: {
        const Input &other = corpus_[below(corpus_.size())];
        const auto from = place(other);
        input.insert(input.begin() + at, other.begin() + from, other.end());
      }
    }
  }

  const std::vector<Input> &corpus_;
  std::mt19937_64 engine_{1};
};

// In memory of exactly its size, so that a sanitizer sees every byte read beyond.
void run(const Input &input) {
  const auto copy = std::make_unique<uint8_t[]>(input.size());
  std::copy(input.begin(), input.end(), copy.get());
  LLVMFuzzerTestOneInput(copy.get(), input.size());
}

}  // namespace

int main(int argc, char **argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s MUTATIONS FOLDER-OR-FILE...\n", argv[0]);
    return 2;
  }
  std::vector<Input> corpus;
  for (int i = 2; i < argc; ++i) {
    for (Input &input : read_corpus(argv[i])) corpus.push_back(std::move(input));
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "the corpus is empty\n");
    return 1;
  }
  const unsigned long mutations = std::strtoul(argv[1], nullptr, 10);
  Mutator mutator(corpus);
  for (const Input &input : corpus) {
    run(input);
    for (unsigned long i = 0; i < mutations; ++i) run(mutator.mutate(input));
  }
  std::printf("%zu inputs, %zu mutations\n", corpus.size(), corpus.size() * mutations);
  return 0;
}
