// SPDX-License-Identifier: BSD-3-Clause
// Units of the command: .npy and .npz files, hostile ones too, and top-1 accuracy.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "cli/inputs/input_file.h"
#include "cli/inputs/values.h"
#include "cli/running/failure.h"
#include "npz/npz.h"
#include "platform/files/file_reader.h"
#include "platform/files/new_file.h"

using namespace air;
using namespace air::cli;

namespace {

Bytes file(const std::string &header, const Bytes &data, unsigned char version = 1) {
  Bytes bytes{0x93, 'N', 'U', 'M', 'P', 'Y', version, 0};
  const size_t n_length = version == 1 ? 2 : 4;
  for (size_t i = 0; i < n_length; ++i) bytes.push_back(static_cast<unsigned char>(header.size() >> (8 * i)));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::string header(const std::string &descr, const std::string &order, const std::string &shape) {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

// Message of the failure, "" when there is none.
std::string refusal(const Bytes &bytes) {
  try {
    parse_npy(bytes, "x.npy");
  } catch (const air::Error &error) {
    CHECK(error.status() == AIR_ERROR_INVALID_INPUT);
    return error.what();
  }
  return "";
}

void write_bytes(const std::string &path, const Bytes &bytes) {
  write_file(path, std::string_view(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
}

using Arrays = std::vector<std::pair<std::string, Array>>;

void write_all(const std::string &path, const Arrays &arrays) {
  NpzWriter archive(path);
  for (const auto &[name, array] : arrays) {
    archive.add(name, array.dtype, array.shape, {reinterpret_cast<const char *>(array.data.data()), array.data.size()});
  }
  archive.finish();
}

Arrays read_all(const std::string &path) {
  const NpzReader archive(path);
  Arrays arrays;
  for (const std::string &name : archive.names()) {
    const std::unique_ptr<Reader> reader = archive.open(name);
    arrays.push_back({name, read_npy_data(*reader, read_npy_header(*reader, name), name)});
  }
  return arrays;
}

struct TemporaryFile {
  std::string path =
      (std::filesystem::temp_directory_path() / ("airunner_" + std::to_string(std::random_device()()) + ".npz"))
          .string();
  ~TemporaryFile() { std::filesystem::remove(path); }
};

}  // namespace

TEST_CASE("versions 1 to 3") {
  for (unsigned char version = 1; version <= 3; ++version) {
    const Array array = parse_npy(file(header("'|i1'", "False", "(2, 3)"), {1, 2, 3, 4, 5, 6}, version), "x");
    CHECK(array.dtype == AIR_DTYPE_INT8);
    CHECK(array.shape == std::vector<int64_t>{2, 3});
    CHECK(array.data == Bytes{1, 2, 3, 4, 5, 6});
  }
}

TEST_CASE("Fortran order is turned into C order") {
  // [[0,1,2],[3,4,5]] column by column
  const Array plane = parse_npy(file(header("'<u2'", "True", "(2, 3)"), {0, 0, 3, 0, 1, 0, 4, 0, 2, 0, 5, 0}), "x");
  CHECK(to_doubles(view_of(plane)) == std::vector<double>{0, 1, 2, 3, 4, 5});
  // numpy.arange(8).reshape(2, 2, 2) in Fortran order
  const Array cube = parse_npy(file(header("'|u1'", "True", "(2, 2, 2)"), {0, 4, 2, 6, 1, 5, 3, 7}), "x");
  CHECK(cube.data == Bytes{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("big-endian numbers are swapped") {
  const Array array = parse_npy(file(header("'>f4'", "False", "(2,)"), {0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0}), "x");
  CHECK(to_doubles(view_of(array)) == std::vector<double>{1, -2});
  const Array both = parse_npy(file(header("'>i2'", "True", "(2, 2)"), {0, 0, 0, 2, 0, 1, 0, 3}), "x");
  CHECK(to_doubles(view_of(both)) == std::vector<double>{0, 1, 2, 3});
}

TEST_CASE("odd but valid headers") {
  CHECK(parse_npy(file("{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"<i4\"}", Bytes(8)), "x").shape.size() ==
        1);
  CHECK(parse_npy(file(header("'<f8'", "False", "()"), Bytes(8)), "x").shape.empty());
  CHECK(parse_npy(file(header("'|b1'", "True", "(0, 5)"), {}), "x").data.empty());
}

TEST_CASE("every dtype survives writing and reading") {
  for (uint32_t dtype = AIR_DTYPE_FLOAT32; dtype <= AIR_DTYPE_BOOL; ++dtype) {
    const auto type = static_cast<air_dtype>(dtype);
    Array array{type, {3, 1, 2}, Bytes(6 * air_dtype_bits(type) / 8)};
    for (size_t i = 0; i < array.data.size(); ++i)
      array.data[i] = static_cast<unsigned char>(type == AIR_DTYPE_BOOL ? i % 2 : i);
    const std::string head = npy_header(array);
    CHECK(head.size() % 64 == 0);
    Bytes bytes(head.begin(), head.end());
    bytes.insert(bytes.end(), array.data.begin(), array.data.end());
    const Array read = parse_npy(bytes, "x");
    CHECK(read.dtype == type);
    CHECK(read.shape == array.shape);
    CHECK(read.data == array.data);
  }
}

TEST_CASE("hostile and foreign files are refused with a reason") {
  const std::string good = header("'<f4'", "False", "(2,)");
  CHECK(refusal({}).find("not a .npy file") != std::string::npos);
  CHECK(refusal({'h', 'e', 'l', 'l', 'o'}).find("not a .npy file") != std::string::npos);
  CHECK(refusal({0x93, 'N', 'U', 'M', 'P', 'Y'}).find("truncated") != std::string::npos);
  CHECK(refusal(file(good, Bytes(8), 9)).find("version 9") != std::string::npos);
  CHECK(refusal(file(good, Bytes(7))).find("needs 8 bytes of data, the file has 7") != std::string::npos);
  CHECK(refusal(file(good, Bytes(9))).find("needs 8 bytes of data, the file has 9") != std::string::npos);
  Bytes cut = file(good, {});
  cut.resize(20);
  CHECK(refusal(cut).find("truncated .npy header") != std::string::npos);
  for (const char *descr : {"'<c8'", "'|O'", "'<U5'", "'<f3'", "''", "'<'", "'f'"}) {
    CAPTURE(descr);
    CHECK_FALSE(refusal(file(header(descr, "False", "(1,)"), Bytes(8))).empty());
  }
  CHECK(refusal(file(header("[('a', '<f4')]", "False", "(1,)"), Bytes(4))).find("structured") != std::string::npos);
  CHECK(refusal(file(header("'<f4'", "False", "(4611686018427387904, 4)"), {})).find("absurdly large") !=
        std::string::npos);
  CHECK(refusal(file(header("'<f4'", "False", "(99999999999999999999,)"), {})).find("dimension") != std::string::npos);
  CHECK(refusal(file(header("'<f4'", "False", "(-1,)"), {})).find("dimension") != std::string::npos);
  CHECK(refusal(file(header("'<f4'", "Maybe", "(1,)"), Bytes(4))).find("damaged") != std::string::npos);
  std::string many = "(";
  for (int i = 0; i < 100; ++i) many += "1,";
  CHECK(refusal(file(header("'<f4'", "False", many + ")"), Bytes(4))).find("64 dimensions") != std::string::npos);
  CHECK(refusal(file("{'descr': '<f4', 'shape': (1,)}", Bytes(4))).find("fortran_order") != std::string::npos);
}

TEST_CASE("no cut or changed byte of a header does harm") {
  const Bytes whole = file(header("'<f4'", "True", "(2, 3)"), Bytes(24));
  for (size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))).empty());
  }
  for (size_t at = 0; at < whole.size() - 24; ++at) {
    for (const char value : {'\0', '\'', '(', ')', '9', ',', '\xFF'}) {
      Bytes changed = whole;
      changed[at] = static_cast<unsigned char>(value);
      refusal(changed);  // sanitizers watch; accepted or refused, both are fine
    }
  }
}

TEST_CASE("npz keeps names, order and values") {
  const TemporaryFile target;
  const Arrays arrays = {{"input_1", {AIR_DTYPE_FLOAT32, {2, 1}, Bytes(8, 7)}},
                         {"gr\xC3\xBC\xC3\x9F", {AIR_DTYPE_INT8, {3}, {1, 2, 3}}}};
  write_all(target.path, arrays);
  const Arrays read = read_all(target.path);
  REQUIRE(read.size() == 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(read[i].first == arrays[i].first);
    CHECK(read[i].second.shape == arrays[i].second.shape);
    CHECK(read[i].second.data == arrays[i].second.data);
  }
}

TEST_CASE("no name of a member leads out of the folder where it is unpacked") {
  for (const auto &[name, expected] : std::vector<std::pair<std::string, std::string>>{
           {"a/b:0", "a/b:0"},
           {"/model/Relu_output_0", "model/Relu_output_0"},
           {"../../etc/passwd", "__/__/etc/passwd"},
           {"a/../b", "a/__/b"},
           {"a//./b/", "a/_/b"},
           {"..\\..\\x", ".._.._x"},
           {"C:/x", "C_/x"},
           {"//host/share", "host/share"},
           {"..", "__"},
           {"/", "_"},
           {"", "_"},
       }) {
    CHECK(npz_name(name) == expected);
  }
  const TemporaryFile target;
  const Array array{AIR_DTYPE_INT8, {1}, {1}};
  write_all(target.path, {{"/a", array}, {"a", array}, {"a_2", array}, {"../a", array}});
  std::vector<std::string> names;
  for (const auto &[name, read] : read_all(target.path)) names.push_back(name);
  CHECK(names == std::vector<std::string>{"a", "a_2", "a_2_2", "__/a"});
}

TEST_CASE("an npz has more members than the old format counts, and empty ones") {
  const TemporaryFile target;
  Arrays arrays;
  for (int i = 0; i < 70'000; ++i) arrays.push_back({std::to_string(i), {AIR_DTYPE_UINT8, {0}, {}}});
  write_all(target.path, arrays);
  const Arrays read = read_all(target.path);
  REQUIRE(read.size() == arrays.size());
  CHECK(read.back().first == "69999");
  CHECK(read.back().second.shape == std::vector<int64_t>{0});
}

TEST_CASE("a cut or changed npz is refused or read, never more") {
  const TemporaryFile target;
  write_all(target.path, {{"a", {AIR_DTYPE_INT8, {100}, Bytes(100, 1)}}});
  const Bytes whole = read_whole(target.path);
  for (size_t at = 0; at < whole.size(); ++at) {
    Bytes changed = whole;
    changed[at] ^= 0x55;
    for (const Bytes &bytes : {changed, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at))}) {
      std::ofstream(target.path, std::ios::binary)
          .write(reinterpret_cast<const char *>(bytes.data()), std::ssize(bytes));
      try {
        for (const auto &[name, array] : read_all(target.path)) CHECK(array.data.size() <= 100);
      } catch (const air::Error &error) {
        CHECK(error.status() == AIR_ERROR_INVALID_INPUT);
      }
    }
  }
}

TEST_CASE("numbers of types that C++ does not have") {
  const Array half{AIR_DTYPE_FLOAT16, {2}, {0, 0x3C, 1, 0}};
  CHECK(to_doubles(view_of(half)) == std::vector<double>{1, 0x1p-24});
  const Array nibbles{AIR_DTYPE_INT4, {2, 3}, {0x21, 0x0F, 0x87, 0x00}};  // each sample begins with a new byte
  CHECK(to_doubles(view_of(nibbles)) == std::vector<double>{1, 2, -1, 7, -8, 0});
  CHECK(to_doubles(view_of({AIR_DTYPE_FLOAT32, {0, 3}, {}})).empty());
}

TEST_CASE("top-1 accuracy") {
  const Array scores{AIR_DTYPE_INT8, {3, 1, 2}, {1, 2, 5, 4, 0x80, 0x7F}};  // classes 1, 0, 1
  const std::vector<uint64_t> classes = {1, 1, 1};
  CHECK(top1_accuracy(view_of(scores), classes).n_correct == 2);
  CHECK_THROWS_AS(top1_accuracy(view_of(scores), {}), Failure);
  CHECK_THROWS_AS(top1_accuracy(view_of(scores), std::vector<uint64_t>(4)), Failure);
}

TEST_CASE("the first samples are those of the whole, in any order of memory and bytes") {
  const TemporaryFile target;
  // (4, 2, 3) of 0..23, in C order, in Fortran order, and with the other byte order
  Bytes c_order, fortran, swapped;
  for (unsigned char i = 0; i < 24; ++i) c_order.insert(c_order.end(), {i, 0});
  for (unsigned char i = 0; i < 24; ++i) swapped.insert(swapped.end(), {0, i});
  for (int k = 0; k < 3; ++k) {
    for (int j = 0; j < 2; ++j) {
      for (int i = 0; i < 4; ++i) fortran.insert(fortran.end(), {static_cast<unsigned char>(6 * i + 3 * j + k), 0});
    }
  }
  const std::vector<std::pair<std::string, Bytes>> files = {{header("'<i2'", "False", "(4, 2, 3)"), c_order},
                                                            {header("'<i2'", "True", "(4, 2, 3)"), fortran},
                                                            {header("'>i2'", "False", "(4, 2, 3)"), swapped}};
  for (const auto &[text, data] : files) {
    write_bytes(target.path, file(text, data));
    for (uint64_t n = 0; n <= 5; ++n) {
      FileReader reader(target.path);
      const Array first = read_npy_data(reader, read_npy_header(reader, "x"), "x", n);
      CHECK(first.shape == std::vector<int64_t>{std::min<int64_t>(4, static_cast<int64_t>(n)), 2, 3});
      CHECK(first.data == Bytes(c_order.begin(),
                                c_order.begin() + std::min<std::ptrdiff_t>(48, 12 * static_cast<std::ptrdiff_t>(n))));
    }
  }
}

TEST_CASE("texts of .npy files") {
  const auto texts = [](const std::string &type, const Bytes &data) {
    const TemporaryFile target;
    write_bytes(target.path, file(header(type, "False", "(2,)"), data));
    FileReader reader(target.path);
    return read_npy_texts(reader, read_npy_header(reader, "x"), "x");
  };
  CHECK(texts("'|S3'", {'a', 'b', 0, 'c', 'd', 'e'}) == std::vector<std::string>{"ab", "cde"});
  CHECK(texts("'<U1'", {0xFC, 0, 0, 0, 0xAC, 0x20, 0, 0}) == std::vector<std::string>{"\xC3\xBC", "\xE2\x82\xAC"});
  CHECK(texts("'>U1'", {0, 1, 0xF6, 0, 0, 0, 0xD8, 0}) == std::vector<std::string>{"\xF0\x9F\x98\x80", "\xEF\xBF\xBD"});
  CHECK_THROWS_AS(texts("'<U9999999999'", Bytes(8)), air::Error);
  for (const char *type : {"'|S3U'", "'S3U'", "'<U1S'", "'|US1'", "'|S'", "'|S-1'"}) {
    CHECK_THROWS_AS(texts(type, Bytes(6)), air::Error);  // else the last text would be read beyond the end
    CHECK_THROWS_AS(texts(type, Bytes()), air::Error);
  }
  CHECK_THROWS_AS(texts("'|O'", Bytes(16)), air::Error);
}

TEST_CASE("what a file is") {
  const std::string folder = std::filesystem::temp_directory_path().string();
  const auto kind = [&](const std::string &name, const std::string &content) {
    const std::string path = folder + "/airunner_" + std::to_string(std::random_device()()) + name;
    write_file(path, content);
    std::string text;
    try {
      constexpr std::array<const char *, 4> names = {"npy", "npz", "text", "raw"};
      text = names.at(static_cast<size_t>(kind_of(path)));
    } catch (const Failure &failure) {
      text = failure.what();
    }
    std::filesystem::remove(path);
    return text;
  };
  using namespace std::string_literals;
  const std::string npy = "\x93NUMPY\1\0"s;
  for (const char *name : {".npy", ".csv", ".bin", ".npz", ""}) CHECK(kind(name, npy) == "npy");
  for (const char *name : {".npz", ".npy", ".bin", ".csv", ""}) CHECK(kind(name, "PK\3\4....") == "npz");
  for (const char *name : {".csv", ".txt", ".npy", ".dat", ".raw", ""})
    CHECK(kind(name, "1,2.5e-3\r\n-3,nan\r\n") == "text");
  CHECK(kind(".csv", "\xEF\xBB\xBFgr\xC3\xBC\xC3\x9F,b\n1,2\n") == "text");
  CHECK(kind(".bin", "\0\1\2\3"s) == "raw");
  CHECK(kind(".bin", "hello, raw bytes") == "raw");
  CHECK(kind(".RAW", "12345") == "raw");
  CHECK(kind(".dat", "BM\1\2"s) == "raw");
  CHECK(kind(".foo", "\0\1\2\3"s).find("raw:") != std::string::npos);
  CHECK(kind(".csv", "1,2\0\1"s).find("neither") != std::string::npos);
  CHECK(kind(".npy", "").find("is empty") != std::string::npos);
  CHECK(kind(".npy", "hello").find("not a .npy file") != std::string::npos);
  CHECK(kind(".npz", "hello").find("not an .npz file") != std::string::npos);
  CHECK(kind(".bin", "\x89PNG\r\n\x1A\n"s).find("a PNG picture") != std::string::npos);
  CHECK(kind(".npy", "\x80\4\x95\0\0"s).find("pickle") != std::string::npos);
  CHECK(kind(".npz", "\x1F\x8B\x8\0"s).find("gzip") != std::string::npos);
  CHECK(kind(".npy", "version https://git-lfs.github.com/spec/v1\n").find("Git LFS") != std::string::npos);
  CHECK(kind(".bin", "\x1C\0\0\0TFL3\0\0"s).find(".tflite") != std::string::npos);
  CHECK(kind(".csv",
             "\xFF\xFE"
             "1\0,\0"s)
            .find("UTF-16") != std::string::npos);
}
