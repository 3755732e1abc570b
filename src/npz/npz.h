// SPDX-License-Identifier: BSD-3-Clause
// Named arrays in NumPy's .npz format: a zip archive of .npy files.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "npz/npy.h"
#include "npz/zip_writer.h"

struct zip;  // of libzip

namespace air {

// A name that leads nowhere else where the archive is unpacked: neither absolute nor with "..". "/model/out" becomes "model/out".
std::string npz_name(const std::string &name);

// An archive whose members are unpacked one by one, when they are asked for.
class NpzReader {
 public:
  // Throws Error, AIR_ERROR_INVALID_INPUT, as all of it does.
  explicit NpzReader(std::string path);

  // Of the arrays, in the order of the archive.
  const std::vector<std::string> &names() const { return names_; }
  bool has(const std::string &name) const { return places_.contains(name); }
  // "file.npz: name", for messages.
  std::string what(const std::string &name) const { return path_ + ": " + name; }
  // The member of an array, from its beginning; it lives no longer than the archive.
  std::unique_ptr<Reader> open(const std::string &name) const;

 private:
  struct Discard {
    void operator()(zip *archive) const;
  };
  std::string path_;
  std::unique_ptr<zip, Discard> archive_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, uint64_t> places_;
};

// An archive that appears whole or not at all, written array by array. Throws Error, AIR_ERROR_IO.
class NpzWriter {
 public:
  explicit NpzWriter(const std::string &path) : file_(path) {}

  // Under npz_name() of the name; where that is taken already as "_2", "_3", ...
  void add(const std::string &name, air_dtype dtype, const std::vector<int64_t> &shape, std::string_view data);
  void finish();

 private:
  NewFile file_;
  ZipWriter archive_{file_};
  std::set<std::string> names_;
};

}  // namespace air
