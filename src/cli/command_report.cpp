// SPDX-License-Identifier: BSD-3-Clause
// `airunner report`: saved JSON documents as one page for people.
#include "commands.h"
#include "failure.h"
#include "files.h"
#include "html.h"
#include "terminal.h"
#include "text.h"

namespace air::cli {

int command_report(const ReportOptions &own) {
  std::vector<Document> documents;
  for (const std::string &path : own.documents) {
    const Bytes bytes = read_file(path);
    documents.push_back({path, std::string(bytes.begin(), bytes.end())});
  }
  const std::string page = html_page(documents);
  if (!own.output.empty()) {
    write_file(own.output, page);
  } else if (stdout_is_terminal()) {
    throw Failure(kUsage, "the page is HTML, which is not for a terminal",
                  {"give a file, as in `--output report.html`, or send standard output somewhere else"});
  } else {
    print(page);
  }
  return kOk;
}

}  // namespace air::cli
