// SPDX-License-Identifier: BSD-3-Clause
// `airunner report`: saved JSON documents as one page for people.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/outputs/file_kinds.h"
#include "cli/outputs/html.h"
#include "cli/outputs/output_files.h"
#include "cli/outputs/printing.h"
#include "cli/outputs/writing.h"
#include "cli/running/failure.h"
#include "platform/files/file_reader.h"
#include "platform/files/new_file.h"
#include "platform/streams/terminal.h"

namespace air::cli {
namespace {

Document read_document(const std::string &path) {
  try {
    const Bytes bytes = read_whole(path);
    return {path, std::string(bytes.begin(), bytes.end())};
  } catch (Error &error) {
    if (extension(path) == ".html") error.add_cause("the page's name goes after -o");
    throw;
  }
}

}  // namespace

int command_report(const ReportOptions &own) {
  check_output_files({{"--output", own.output}}, ReadFiles(own.documents.begin(), own.documents.end()));
  const std::string kind = extension(own.output);
  if (!kind.empty() && kind != ".html" && kind != ".htm")
    throw Failure(kUsage, fmt::format("--output {}: expected a name that ends in .html: the page is HTML", own.output));
  std::vector<Document> documents;
  for (const std::string &path : own.documents) documents.push_back(read_document(path));
  const std::string page = html_page(documents);
  if (!own.output.empty()) {
    write_file(own.output, page);
    tell_written(own.output);
  } else if (stdout_is_terminal()) {
    throw Failure(kUsage, "the page is HTML, which is not for a terminal",
                  {"give a file, as in `--output report.html`, or send standard output somewhere else"});
  } else {
    print(page);
  }
  return kOk;
}

}  // namespace air::cli
