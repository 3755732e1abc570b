// SPDX-License-Identifier: BSD-3-Clause
// `airunner profile` by whole runs: several of them, and against those of a baseline.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "airunner_report.h"
#include "cli/commands/commands.h"
#include "cli/outputs/file_kinds.h"
#include "cli/outputs/findings.h"
#include "cli/outputs/html.h"
#include "cli/outputs/output_files.h"
#include "cli/outputs/printing.h"
#include "cli/outputs/regression_text.h"
#include "cli/outputs/writing.h"
#include "cli/running/whole_runs.h"
#include "platform/files/file_facts.h"
#include "platform/files/file_reader.h"
#include "platform/files/new_file.h"
#include "text/json_writer.h"

namespace air::cli {
namespace {

constexpr uint32_t kRuns = 5;  // where nobody says it: fewer are never decided from

using Documents = std::vector<Document>;

bool is_document(const std::string &text) {
  return extension(text) == ".json";
}

Document read_document(const std::string &path) try {
  const Bytes bytes = read_whole(path);
  return {path, std::string(bytes.begin(), bytes.end())};
} catch (const Error &error) {
  throw own_failure(error, kBadInput);
}

Documents read_documents(const std::vector<std::string> &paths) {
  Documents documents;
  std::transform(paths.begin(), paths.end(), std::back_inserter(documents), read_document);
  return documents;
}

// airunner.runs/1
std::string runs_json(const Documents &documents) {
  Json runs = Json::array();
  for (const Document &document : documents) runs.add(Json::raw(document.json));
  Json object = Json::object();
  object.add("schema", "airunner.runs/1");
  object.add("airunner", air_version());
  object.add("runs", std::move(runs));
  return object.print(false);
}

std::string regression_json(const Documents &baseline, const Documents &current,
                            const std::vector<std::string> &limits) {
  std::vector<const char *> texts;
  for (const std::string &limit : limits) texts.push_back(limit.c_str());
  const air_regression_options options = {
      .struct_size = sizeof(options), .n_limits = static_cast<uint32_t>(texts.size()), .limits = texts.data()};
  const std::vector<air_document> before = views_of(baseline), now = views_of(current);
  char *text = nullptr;
  check(air_compare_profiles(before.data(), static_cast<uint32_t>(before.size()), now.data(),
                             static_cast<uint32_t>(now.size()), &options, 0, &text),
        kUsage);
  return take(text);
}

// A run of a document, by what no other one has in common with it.
struct Known {
  std::string file, begin, identity;
};

std::vector<Known> runs_known(const Documents &documents) {
  std::vector<Known> all;
  for (const Document &document : documents) {
    const JsonDocument parsed(document.json, document.name);
    const JsonView root = parsed.root();
    const bool is_one = root["schema"].text() == "airunner.profile/1";
    for (const JsonView &run : is_one ? std::vector{root} : root["runs"].list()) {
      const std::string begin = run["begin"].text();
      all.push_back({document.name, begin,
                     fmt::format("{} {} {} {}", begin, run["host"].text(), run["descriptor"].text(),
                                 fmt::join(run["c_durations"].numbers(), " "))});
    }
  }
  return all;
}

// The same run twice is no more evidence than once; on both sides it says that nothing has changed, whatever is compared. One run against itself
// decides nothing but sizes.
void refuse_repeated(const Documents &baseline, const Documents &current) {
  const std::vector<Known> before = runs_known(baseline), now = runs_known(current);
  const auto refuse = [](const Known &run, const Known &again, const char *where) {
    throw Failure(
        kBadInput,
        fmt::format("expected runs that differ; {} and {} have the same one, which began at {}, {}: a run counts once",
                    run.file, again.file, run.begin, where),
        {"give each file once, or make more runs (airunner profile --runs 5 --save FILE.json)"});
  };
  std::map<std::string, const Known *> seen;
  for (const auto *side : {&before, &now}) {
    std::map<std::string, const Known *> own;
    for (const Known &run : *side) {
      if (!own.emplace(run.identity, &run).second) refuse(*own[run.identity], run, "on one side");
      const auto found = seen.find(run.identity);
      if (found != seen.end() && before.size() + now.size() > 2) refuse(*found->second, run, "on both sides");
    }
    seen.merge(own);
  }
}

// Both sides' whole runs, taken in turns where both are run.
class Recorder {
 public:
  Recorder(const Options &options, const ProfileOptions &own) : options_(options), own_(own) {}

  // `in_turns`: runs the baseline too.
  void record(Documents &baseline, bool in_turns, Documents &current) {
    const uint32_t count = own_.runs.value_or(kRuns);
    for (uint32_t i = 0; i < count; ++i) {
      const std::string which = fmt::format("run {} of {}", i + 1, count);
      const auto before = [&] {
        if (in_turns) baseline.push_back(run(own_.baselines.front(), which + " of the baseline"));
      };
      // Who is first takes turns too: a machine that becomes slower treats both alike.
      if (i % 2 == 0) before();
      current.push_back(run(options_.descriptor, which));
      if (i % 2 == 1) before();
      // What is wrong with the limits, or with the two, is told before all are run.
      if (!baseline.empty() && i == 0) regression_json(baseline, current, own_.limits);
    }
  }

 private:
  Document run(const std::string &descriptor, const std::string &which) const {
    std::vector<std::string> words = own_.whole_run;
    words.push_back("--desc=" + descriptor);
    try {
      return {which, output_of_run(words, options_.token)};
    } catch (const Failure &failure) {
      throw Failure(failure.exit_code, fmt::format("{} of {} ended: {}", which, descriptor, failure.what()));
    }
  }

  const Options &options_;
  const ProfileOptions &own_;
};

std::string format_of(const std::string &path) {
  const std::string kind = extension(path);
  if (kind == ".json" || kind == ".html") return kind.substr(1);
  if (kind == ".txt") return "text";
  throw Failure(
      kUsage,
      fmt::format("--output-report {}: expected a name that ends in .txt, .json or .html for whole runs", path));
}

std::string formatted(const JsonDocument &document, const std::string &json, const std::string &format,
                      const air_text_options &layout) {
  if (format == "json") return json;
  if (format == "text") {
    const JsonView root = document.root();
    return root["schema"].text() == "airunner.runs/1" ? runs_text(root, layout) : regression_text(root, layout);
  }
  const Document shown = {"", json};
  return html_page(std::span(&shown, 1));
}

std::vector<OutputFile> files_of(const ProfileOptions &own) {
  std::vector<OutputFile> files = {{"--html", own.html}, {"--junit", own.junit}, {"--save", own.save}};
  for (const std::string &path : own.reports) {
    format_of(path);
    files.push_back({"--output-report", path});
  }
  return files;
}

// An option that only what is run now could obey, "" for none.
std::string option_of_run(const ProfileOptions &own) {
  const auto found = std::ranges::find_if(own.whole_run, [](const std::string &word) {
    return word.starts_with("--") && word != "--verbose" && word != kAsJson;
  });
  return found == own.whole_run.end() ? "" : found->substr(0, found->find('='));
}

// What is neither a document nor the name of anything to connect to: no plugin has to say so.
void check_baseline(const std::string &baseline) {
  const std::string path = baseline.substr(0, baseline.find('?'));
  const bool has_scheme = path.find(':', 2) != std::string::npos;  // one letter is a drive
  if (is_document(baseline) || path.empty() || has_scheme) return;
  const std::string kind = extension(path);
  const bool is_there = facts_of(path).has_value();
  if (is_there && kind != ".npz" && kind != ".npy" && kind != ".csv") return;
  throw Failure(kBadInput,
                fmt::format("--baseline {}: {}; a baseline is a .json of --save or --json, or a descriptor", baseline,
                            is_there ? "it has no times of runs" : "there is no such file or folder"));
}

// What a command line asks for that has no effect, or no meaning.
void check_options(const Options &options, const ProfileOptions &own) {
  const auto refuse = [](const std::string &why) { throw Failure(kUsage, why); };
  if (own.csv || own.format == "csv" || !own.csv_dialect.empty() || !own.trace.empty() || !own.model_explorer.empty())
    refuse("--csv, --csv-dialect, --trace and --model-explorer are of one run: whole runs have none");
  if (!own.save.empty() && !is_document(own.save))
    refuse(fmt::format("--save {}: expected a name that ends in .json", own.save));
  if (!own.currents.empty() && (own.runs || !own.save.empty() || !options.descriptor.empty()))
    refuse("--current has runs made before: --desc, --runs and --save do not go with it");
  if (const std::string option = own.currents.empty() ? "" : option_of_run(own); !option.empty())
    refuse(fmt::format("--current has runs made before: {} has no effect on them", option));
  if (own.baselines.empty() && (!own.currents.empty() || !own.limits.empty() || !own.junit.empty() || own.github))
    refuse("--current, --max-regression, --junit and --github need --baseline");
  std::ranges::for_each(own.baselines, check_baseline);
  const bool has_descriptor = !std::all_of(own.baselines.begin(), own.baselines.end(), is_document);
  if (has_descriptor && own.baselines.size() > 1)
    refuse("--baseline is several documents (.json), or one descriptor to run in turns with");
  if (has_descriptor && !own.currents.empty())
    refuse("--current goes with a baseline of documents: no run takes turns with one made before");
}

// The verdict itself, with its numbers, is the result, on standard output.
Failure failure_of(const JsonView &regression) {
  if (regression["verdict"].text() == "regression") return {kRegression, "it has grown by more than the limits allow"};
  return {kCannotTell, "these runs cannot tell whether it has grown by more than the limits allow"};
}

}  // namespace

bool is_by_whole_runs(const ProfileOptions &own) {
  return !own.baselines.empty() || !own.currents.empty() || own.runs || !own.limits.empty() || !own.junit.empty() ||
         own.github || !own.save.empty();
}

int command_regression(const Options &options, const ProfileOptions &own) {
  check_options(options, own);
  const std::vector<OutputFile> files = files_of(own);
  ReadFiles read = files_named(options);
  for (const auto *paths : {&own.baselines, &own.currents}) {
    const ReadFiles more = files_in(*paths);
    read.insert(read.end(), more.begin(), more.end());
  }
  check_output_files(files, read);
  const bool in_turns = !own.baselines.empty() && !is_document(own.baselines.front());
  Documents baseline = in_turns ? Documents() : read_documents(own.baselines), current = read_documents(own.currents);
  if (!baseline.empty()) {  // refuses what is wrong before anything is run
    regression_json(baseline, baseline, own.limits);
    refuse_repeated(baseline, {});
  }
  if (own.currents.empty()) Recorder(options, own).record(baseline, in_turns, current);

  const std::string json = own.baselines.empty() ? runs_json(current) : regression_json(baseline, current, own.limits);
  if (!own.currents.empty()) refuse_repeated(baseline, current);
  const JsonDocument document(json, "runs");
  const std::string format = options.json ? "json" : own.format;
  print(formatted(document, json, format, text_options(options.verbosity > 0)));
  Writing writing;
  const air_text_options plain = {.struct_size = sizeof(plain)};
  const auto write = [&](const std::string &path, const std::string &kind) {
    if (!path.empty()) writing.attempt(path, [&] { write_file(path, formatted(document, json, kind, plain)); });
  };
  for (const std::string &path : own.reports) write(path, format_of(path));
  write(own.html, "html");
  if (!own.save.empty()) writing.attempt(own.save, [&] { write_file(own.save, runs_json(current)); });
  const JsonView root = document.root();
  if (!own.baselines.empty()) writing.attempt([&] { write_findings(suite_of(root), own.junit, own.github); });
  const bool is_decided = own.baselines.empty() || root["verdict"].text() == "no regression";
  std::optional<Failure> unsaved = writing.failure();
  if (unsaved && !is_decided) unsaved->causes.push_back(std::string("besides, ") + failure_of(root).what());
  if (unsaved) throw *unsaved;
  if (!is_decided) throw failure_of(root);
  return kOk;
}

}  // namespace air::cli
