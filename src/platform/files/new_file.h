// SPDX-License-Identifier: BSD-3-Clause
// A file that appears whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace air {

// Where a name leads over symbolic links, also if nothing is there yet. "" where it is to be written straight: a device, a pipe, or
// what a process has open (/dev/stdout). On Windows a link that leads nowhere cannot be followed. Throws Error.
std::filesystem::path file_behind(const std::string &path);

// Whether two new names in one folder would be one file there: each file system has rules of its own, and is asked. A file is made for a
// moment.
bool would_be_one_file(const std::filesystem::path &a, const std::filesystem::path &b);

// Whether a file is there that can be written, though its folder takes no new ones: on a drive that is read-only, or of another drive than the file,
// as where it alone was bound into a container. Never on Windows.
bool is_written_in_place(const std::filesystem::path &file);

// Written to `airunner-<number>.tmp` beside it, which takes its name in commit(); where that cannot be, straight. Throws Error, AIR_ERROR_IO. Windows lets nobody replace a file that a
// program has open without sharing it, or has mapped or loaded; what was written is kept then, and the error tells where.
class NewFile {
 public:
  explicit NewFile(const std::string &path);
  ~NewFile();  // without commit() nothing has changed
  NewFile(const NewFile &) = delete;
  NewFile &operator=(const NewFile &) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  NewFile(const std::string &path, std::filesystem::path place);
  void open_straight();
  void open_beside();
  void copy_from(const std::filesystem::path &written);
  void check(bool done) const;  // throws what the system says of its last call

  const std::string path_;
  const std::filesystem::path place_;
  std::filesystem::path temporary_;  // "" where there is none
  int fd_ = -1;
};

void write_file(const std::string &path, std::string_view bytes);

}  // namespace air
