// SPDX-License-Identifier: BSD-3-Clause
// What the NPU of an STM32N6 counts in each epoch.
#include "aivalidation/model/npu_counters.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "common/error.h"
#include "common/numbers.h"
#include "wire/constants.h"

namespace air::aivalidation {
namespace {

constexpr double kUnknown = backend::Run::kUnknown;
constexpr uint32_t kNpuDevice = 0x486;
constexpr uint32_t kMostNodes = 65'536;
constexpr size_t kEngines = 16;  // ten on an STM32N6
constexpr std::array<const char *, 4> kBursts = {"1", "2", "4", "8"};
constexpr double kBytesOfBurst = 8;  // and of each length that many more
constexpr double kPercent = 100;

struct Word {
  const char *word;
  CounterGroup group;
};
constexpr std::array<Word, 4> kWords = {
    {{"npu", kCountCycles}, {"streng", kCountStreams}, {"port", kCountPorts}, {"cache", kCountCache}}};

// Everything that can be counted or computed, in the order of the columns: what is looked at first stands first in its group.
class Places {
 public:
  static const Places &all() {
    static const Places places;
    return places;
  }

  // Of a name without "npu."; nothing for one that there is not.
  std::optional<size_t> find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
  }
  size_t at(std::string_view name) const { return by_name_.find(name)->second; }
  size_t size() const { return columns_.size(); }
  const backend::Column &column(size_t place) const { return columns_[place].column; }
  uint32_t group(size_t place) const { return columns_[place].group; }

 private:
  struct Place {
    uint32_t group;
    backend::Column column;
  };

  Places() {
    add_cycles();
    for (const char *direction : {"in", "out"}) add_busiest(direction);
    for (const char *direction : {"in", "out"}) add_engines(direction);
    for (const char *port : {"0", "1"}) add_port(port);
    for (const char *access : {"read", "write"}) add_cache(access);
    for (size_t i = 0; i < columns_.size(); ++i) by_name_[columns_[i].column.name.substr(4)] = i;
  }

  void add(uint32_t group, const std::string &name, const char *unit, const std::string &text,
           air_kind kind = AIR_KIND_COUNT) {
    columns_.push_back({group, {.name = "npu." + name, .unit = unit, .text = text, .kind = kind, .per_node = true}});
  }
  void add_cycles() {
    add(kCountCycles, "cycles.core", "cycles", "NPU cycles of the core of an epoch");
    add(kCountCycles, "cycles.core.time", "ms", "time of the core of an epoch", AIR_KIND_DURATION);
    add(kCountCycles, "cycles.before", "cycles", "NPU cycles before the core of an epoch");
    add(kCountCycles, "cycles.after", "cycles", "NPU cycles after the core of an epoch");
  }
  void add_busiest(const std::string &direction) {
    const std::string name = "streng." + direction + ".busiest";
    const std::string what = fmt::format("the busiest stream engine ({})", direction);
    add(kCountStreams, name + ".share", "%", "share of the core's cycles in which " + what + " is active",
        AIR_KIND_LEVEL);
    add(kCountStreams, name, "cycles", "cycles in which " + what + " is active");
  }
  void add_engines(const std::string &direction) {
    for (size_t i = 0; i < kEngines; ++i) {
      const std::string name = fmt::format("streng.{}.{}", direction, i);
      const std::string what = fmt::format("stream engine {} ({})", i, direction);
      add(kCountStreams, name + ".share", "%", "share of the core's cycles in which " + what + " is active",
          AIR_KIND_LEVEL);
      add(kCountStreams, name, "cycles", "cycles in which " + what + " is active");
      if (direction == "in") add(kCountStreams, name + ".henv", "cycles", "cycles of " + what + ", counter HENV");
    }
  }
  void add_port(const std::string &port) {
    for (const std::string access : {"read", "write"}) {
      const std::string name = fmt::format("port.{}.{}", port, access);
      const std::string what = fmt::format("{} at port {}", access == "read" ? "read" : "written", port);
      add(kCountPorts, name, "B", "bytes " + what);
      add(kCountPorts, name + ".bandwidth", "MB/s",
          fmt::format("bandwidth, {}: of an epoch in the time of its core, of an inference in all its time", what),
          AIR_KIND_LEVEL);
    }
    for (const std::string access : {"read", "write"}) {
      for (const std::string length : kBursts) {
        add(kCountPorts, fmt::format("port.{}.{}.bursts.{}", port, access, length), "",
            fmt::format("bursts of {}, {} at port {}", length, access == "read" ? "read" : "written", port));
      }
    }
  }
  void add_cache(const std::string &access) {
    const std::string name = "cache." + access;
    add(kCountCache, name + ".hit_rate", "%", fmt::format("NPU's cache, {}: hits among hits and misses", access),
        AIR_KIND_LEVEL);
    for (const char *what : {"hit", "miss", "alloc_miss", access == "read" ? "evict" : "through"})
      add(kCountCache, fmt::format("{}.{}", name, what), "", fmt::format("NPU's cache, {}: {}", access, what));
  }

  std::vector<Place> columns_;
  std::map<std::string, size_t, std::less<>> by_name_;
};

double &value_at(std::vector<double> &values, std::string_view name) {
  return values[Places::all().at(name)];
}

// Fields of a line between its colons; negative numbers are those of "no engine".
struct Fields {
  std::vector<std::string_view> texts;

  explicit Fields(std::string_view line) {
    while (true) {
      const size_t colon = line.find(':');
      texts.push_back(line.substr(0, colon));
      if (colon == std::string_view::npos) return;
      line.remove_prefix(colon + 1);
    }
  }
  std::string_view at(size_t i) const { return i < texts.size() ? texts[i] : std::string_view(); }
  // The numbers from a place on, if there are exactly so many: firmware cuts lines that are too long for it.
  template <size_t n>
  std::optional<std::array<double, n>> numbers(size_t from) const {
    if (texts.size() != from + n) return std::nullopt;
    std::array<double, n> found{};
    for (size_t i = 0; i < n; ++i) {
      const auto number = number_in<uint64_t>(texts[from + i]);
      if (!number) return std::nullopt;
      found[i] = static_cast<double>(*number);
    }
    return found;
  }
};

const char *direction_of(std::string_view letter) {
  return letter == "i" ? "in" : letter == "o" ? "out" : nullptr;
}

const char *access_of(std::string_view letter) {
  return letter == "r" ? "read" : letter == "w" ? "write" : nullptr;
}

void take_cycles(const Fields &fields, std::vector<double> &counted) {
  const auto numbers = fields.numbers<3>(1);
  if (!numbers) return;
  value_at(counted, "cycles.before") = (*numbers)[0];
  value_at(counted, "cycles.core") = (*numbers)[1];
  value_at(counted, "cycles.after") = (*numbers)[2];
}

// "streng_active:max:<i|o>:<engine>:<cycles>": engine -1 where none is worth telling.
void take_busiest(const Fields &fields, std::vector<double> &counted) {
  const char *direction = direction_of(fields.at(2));
  const auto cycles = fields.numbers<1>(4);
  if (direction != nullptr && cycles) value_at(counted, fmt::format("streng.{}.busiest", direction)) = (*cycles)[0];
}

// "streng_active:<i|o>:<engine>:<cycles>:<cycles of the core beside them>"
void take_engine(const Fields &fields, const char *suffix, std::vector<double> &counted) {
  const char *direction = direction_of(fields.at(1));
  const auto numbers = fields.numbers<3>(2);
  if (direction == nullptr || !numbers) return;
  const auto place = Places::all().find(fmt::format("streng.{}.{}{}", direction, (*numbers)[0], suffix));
  if (place) counted[*place] = (*numbers)[1];
}

// "port<n>:burst:<w|r>:<bursts of 1>:<of 2>:<of 4>:<of 8>". Whether it was one.
bool take_port(const Fields &fields, std::vector<double> &counted) {
  const char *access = access_of(fields.at(2));
  const auto numbers = fields.numbers<4>(3);
  const std::string_view port = fields.at(0).substr(4);
  if (access == nullptr || !numbers || fields.at(1) != "burst" || (port != "0" && port != "1")) return false;
  double bytes = 0, length = 1;
  for (size_t i = 0; i < kBursts.size(); ++i, length *= 2) {
    value_at(counted, fmt::format("port.{}.{}.bursts.{}", port, access, kBursts[i])) = (*numbers)[i];
    bytes += kBytesOfBurst * length * (*numbers)[i];
  }
  value_at(counted, fmt::format("port.{}.{}", port, access)) = bytes;
  return true;
}

void take_cache(const Fields &fields, std::vector<double> &counted) {
  const char *access = access_of(fields.at(1));
  const auto numbers = fields.numbers<4>(2);
  if (access == nullptr || !numbers) return;
  const bool reads = fields.at(1) == "r";
  const std::array<const char *, 4> names = {"hit", "miss", "alloc_miss", reads ? "evict" : "through"};
  for (size_t i = 0; i < names.size(); ++i)
    value_at(counted, fmt::format("cache.{}.{}", access, names[i])) = (*numbers)[i];
}

// NaN where one of both is not known, or there is nothing to divide by.
double ratio(double part, double whole) {
  return whole > 0 ? part / whole : kUnknown;
}

// What is computed from counts, of a node or of an inference; `port_seconds` is the time that bandwidths are of.
void derive(std::vector<double> &values, double npu_clock, double port_seconds) {
  const double core = value_at(values, "cycles.core");
  value_at(values, "cycles.core.time") = 1e3 * ratio(core, npu_clock);
  for (const char *direction : {"in", "out"}) {
    const auto derive_share = [&](const std::string &name) {
      value_at(values, name + ".share") = kPercent * ratio(value_at(values, name), core);
    };
    derive_share(fmt::format("streng.{}.busiest", direction));
    for (size_t i = 0; i < kEngines; ++i) derive_share(fmt::format("streng.{}.{}", direction, i));
  }
  for (const char *access : {"read", "write"}) {
    for (const char *port : {"0", "1"}) {
      const std::string name = fmt::format("port.{}.{}", port, access);
      value_at(values, name + ".bandwidth") = ratio(value_at(values, name) / 1e6, port_seconds);
    }
    const std::string cache = fmt::format("cache.{}.", access);
    const double hits = value_at(values, cache + "hit"), misses = value_at(values, cache + "miss");
    value_at(values, cache + "hit_rate") = kPercent * ratio(hits, hits + misses);
  }
}

// The engine that is active most in all nodes together.
void find_busiest(std::vector<double> &sums) {
  for (const char *direction : {"in", "out"}) {
    double &busiest = value_at(sums, fmt::format("streng.{}.busiest", direction));
    double most = busiest == 0 ? 0 : kUnknown;
    for (size_t i = 0; i < kEngines; ++i)
      most = std::fmax(most, value_at(sums, fmt::format("streng.{}.{}", direction, i)));
    busiest = most;
  }
}

uint64_t clock_in(std::span<const std::string> config, std::string_view key) {
  for (const std::string &line : config) {
    if (line.starts_with(key)) return number_in<uint64_t>(std::string_view(line).substr(key.size())).value_or(0);
  }
  return 0;
}

}  // namespace

uint32_t parse_counters(std::string_view words) {
  uint32_t groups = 0;
  for (size_t begin = 0; begin <= words.size();) {
    const size_t end = std::min(words.find(',', begin), words.size());
    const std::string_view word = words.substr(begin, end - begin);
    const auto found = std::ranges::find(kWords, word, [](const Word &known) { return std::string_view(known.word); });
    if (found == kWords.end()) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option counters={}: expected some of npu, streng, port, cache with commas",
           words);
    }
    groups |= found->group;
    begin = end + 1;
  }
  return groups;
}

std::string counters_text(uint32_t groups) {
  std::vector<const char *> words;
  for (const Word &known : kWords) {
    if ((groups & known.group) != 0) words.push_back(known.word);
  }
  return fmt::format("{}", fmt::join(words, ","));
}

// As ST's profiler asks: shares and bandwidths need the length of the epochs, and the counters of the ports leave room for nothing else.
std::vector<uint32_t> counting_runs(uint32_t groups) {
  if (groups == 0) return {0};
  const uint32_t base = wire::kNpuEpochLength | ((groups & kCountCache) != 0 ? wire::kNpuCache : 0u);
  std::vector<uint32_t> runs;
  if ((groups & kCountPorts) != 0) runs.push_back(wire::kNpuBusInterface);
  if ((groups & kCountStreams) == 0) {
    runs.push_back(base);
  } else {
    runs.push_back(wire::kNpuStreamOutActive | wire::kNpuEpochLength);
    runs.push_back(wire::kNpuStreamInActive | base);
  }
  return runs;
}

NpuClocks NpuClocks::of(const wire::SysInfo &info, std::span<const std::string> config) {
  NpuClocks clocks = {clock_in(config, "mcu_freq:"), clock_in(config, "npu_freq:")};
  if (clocks.mcu == 0) clocks.mcu = info.sclock;
  if (clocks.npu == 0 && info.devid == kNpuDevice && info.extra.size() > 1) clocks.npu = info.extra[1];
  return clocks;
}

void NpuCounters::take(uint32_t node, std::string_view lines) {
  if (lines.empty() || node >= kMostNodes) return;
  if (node >= nodes_.size()) nodes_.resize(node + 1);
  Node &known = nodes_[node];
  known.counted.resize(Places::all().size(), kUnknown);
  double mcu_cycles = kUnknown;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const Fields fields(line);
    if (fields.at(0) == "mcu_cycles") {
      if (const auto cycles = fields.numbers<3>(1)) mcu_cycles = std::accumulate(cycles->begin(), cycles->end(), 0.0);
    } else if (fields.at(0) == "npu_cycles") {
      take_cycles(fields, known.counted);
    } else if (fields.at(0) == "streng_active") {
      fields.at(1) == "max" ? take_busiest(fields, known.counted) : take_engine(fields, "", known.counted);
    } else if (fields.at(0) == "streng_henv") {
      take_engine(fields, ".henv", known.counted);
    } else if (fields.at(0) == "npu_cache") {
      take_cache(fields, known.counted);
    } else if (fields.at(0).starts_with("port") && take_port(fields, known.counted)) {
      known.mcu_cycles = mcu_cycles;
    }
  }
}

void NpuCounters::add_node(uint32_t node, const backend::Run &run, std::vector<double> &values) {
  if (node >= nodes_.size() || nodes_[node].counted.empty()) return;
  Values counted = nodes_[node].counted;
  const auto npu_clock = static_cast<double>(clocks_.npu);
  derive(counted, npu_clock, ratio(value_at(counted, "cycles.core"), npu_clock));
  add(counted, run, values);
}

void NpuCounters::add_inference(const backend::Run &run, std::vector<double> &values) {
  if (nodes_.empty()) return;
  Values sums(Places::all().size(), kUnknown);
  double mcu_cycles = 0;
  for (const Node &node : nodes_) {
    mcu_cycles += node.mcu_cycles;
    for (size_t i = 0; i < node.counted.size(); ++i) {
      if (!std::isnan(node.counted[i])) sums[i] = std::isnan(sums[i]) ? node.counted[i] : sums[i] + node.counted[i];
    }
  }
  find_busiest(sums);
  derive(sums, static_cast<double>(clocks_.npu), ratio(mcu_cycles, static_cast<double>(clocks_.mcu)));
  add(sums, run, values);
}

bool NpuCounters::any_of(uint32_t group) const {
  return std::ranges::any_of(nodes_, [group](const Node &node) {
    for (size_t i = 0; i < node.counted.size(); ++i) {
      if (Places::all().group(i) == group && !std::isnan(node.counted[i])) return true;
    }
    return false;
  });
}

void NpuCounters::require(uint32_t groups) const {
  for (const Word &known : kWords) {
    if ((groups & known.group) == 0 || any_of(known.group)) continue;
    fail(AIR_ERROR_UNSUPPORTED,
         "option counters={}: the firmware tells nothing of {} at any epoch, as if it was built without; leave it out",
         counters_text(groups), known.word);
  }
}

void NpuCounters::add(const Values &counted, const backend::Run &run, std::vector<double> &values) {
  for (size_t place = 0; place < counted.size(); ++place) {
    if (std::isnan(counted[place])) continue;
    const uint32_t index = column(place, run);
    if (index >= values.size()) values.resize(index + 1, kUnknown);
    values[index] = counted[place];
  }
}

// A group gets all of its columns with the first that has a value, so that their order does not depend on what which epoch uses. Reports
// leave out those that stay without values.
uint32_t NpuCounters::column(size_t place, const backend::Run &run) {
  const Places &places = Places::all();
  columns_.resize(places.size());
  const uint32_t group = places.group(place);
  if ((known_groups_ & group) == 0) {
    for (size_t i = 0; i < places.size(); ++i) {
      if (places.group(i) == group && columns_[i] == 0) columns_[i] = run.add_column(places.column(i));
    }
    known_groups_ |= group;
  }
  return columns_[place];
}

}  // namespace air::aivalidation
