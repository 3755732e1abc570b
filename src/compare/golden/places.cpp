// SPDX-License-Identifier: BSD-3-Clause
// Which array is which tensor of a model: by name where all names agree, else by shape and order.
#include "compare/golden/places.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "common/error.h"
#include "compare/golden/names.h"
#include "compare/tensors.h"

namespace air {
namespace {

using Tensors = std::span<const air_tensor *const>;
using Indices = std::vector<size_t>;

// ---- The values of nodes, beside inputs and outputs.

struct NodePlace {
  const air_tensor *tensor;
  const char *node_name;  // NULL: it is one of several of its node
  std::optional<size_t> array;
};

std::vector<NodePlace> places_of(const air_node &node) {
  std::vector<NodePlace> places;
  for (const air_tensor *tensor : std::span(node.outputs, node.n_outputs)) {
    places.push_back({tensor, node.n_outputs == 1 ? node.name : nullptr, {}});
  }
  return places;
}

// By what a place is called: its tensor, or else its node.
using NameOf = const char *(*)(const NodePlace &);
const char *tensor_name(const NodePlace &place) {
  return place.tensor->name;
}
const char *node_name(const NodePlace &place) {
  return place.node_name;
}

// Things by their names; nothing for a name that several have.
template <class T>
using Called = std::map<std::string, std::optional<T>>;

template <class T>
void add(Called<T> &all, const std::string &name, T thing) {
  const auto [place, is_new] = all.emplace(name, thing);
  if (!is_new) place->second.reset();
}

// ---- All of them.

class Search {
 public:
  Search(const air_model &model, const std::vector<GoldenArray> &arrays, const std::string &origin)
      : model_(model), arrays_(arrays), origin_(origin), taken_(arrays.size()) {}

  GoldenPlaces find();

 private:
  Tensors inputs() const { return {model_.inputs, model_.n_inputs}; }
  Tensors outputs() const { return {model_.outputs, model_.n_outputs}; }

  std::optional<Indices> by_name(Tensors tensors, Reading reading) const;
  std::optional<Indices> by_role(Tensors tensors, bool are_inputs) const;
  std::optional<Indices> named(Tensors tensors, bool are_inputs) const;
  std::optional<Indices> named_by_last_node() const;
  bool fit(const Indices &indices, Tensors tensors) const;
  void check_fit(const Indices &indices, Tensors tensors) const;

  void by_shape();
  Indices in_order(const Indices &pool, Tensors tensors) const;
  size_t best_of(const Indices &pool, const air_tensor &tensor) const;

  void find_nodes();
  void find_nodes(std::vector<std::vector<NodePlace>> &nodes, Reading reading, NameOf name_of) const;
  void take(const Indices &indices);
  [[noreturn]] void refuse(const std::string &why) const;

  const air_model &model_;
  const std::vector<GoldenArray> &arrays_;
  const std::string &origin_;
  GoldenPlaces places_;
  std::vector<bool> taken_;
};

void Search::refuse(const std::string &why) const {
  fail(AIR_ERROR_INVALID_INPUT,
       "{}: {}: it holds {}, and the model has {}. Call the arrays as the tensors, or input_0, ... and output_0, ..., "
       "and leave out what is neither",
       origin_, why, arrays_text(arrays_), places_text(model_));
}

void Search::take(const Indices &indices) {
  for (const size_t index : indices) {
    if (taken_[index]) refuse(fmt::format("{} is called like an input and like an output", array_text(arrays_[index])));
    taken_[index] = true;
  }
}

bool Search::fit(const Indices &indices, Tensors tensors) const {
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (!samples_of(arrays_[indices[i]], *tensors[i])) return false;
  }
  return true;
}

void Search::check_fit(const Indices &indices, Tensors tensors) const {
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (samples_of(arrays_[indices[i]], *tensors[i])) continue;
    fail(AIR_ERROR_INVALID_INPUT, "{}: array {} cannot be {}: expected the samples first, each with as many elements",
         origin_, array_text(arrays_[indices[i]]), place_text(*tensors[i]));
  }
}

// One array for each tensor.
std::optional<Indices> Search::by_name(Tensors tensors, Reading reading) const {
  Called<size_t> called;
  for (size_t i = 0; i < arrays_.size(); ++i) {
    if (!arrays_[i].name.empty()) add(called, reading(arrays_[i].name), i);
  }
  Indices indices;
  for (const air_tensor *tensor : tensors) {
    const auto found = called.find(reading(tensor->name));
    if (found == called.end() || !found->second) return {};
    indices.push_back(*found->second);
    found->second.reset();  // two tensors that read alike have none of their own
  }
  return indices;
}

// All that are called so, counted from 0 or from 1; or the only one.
std::optional<Indices> Search::by_role(Tensors tensors, bool are_inputs) const {
  std::map<uint32_t, size_t> numbered;
  size_t n = 0;
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const std::optional<Role> role = role_of(arrays_[i].name);
    if (!role || role->is_input != are_inputs) continue;
    numbered.emplace(role->number.value_or(0), i);
    ++n;
  }
  if (n != tensors.size() || numbered.size() != n) return {};
  const uint32_t first = numbered.begin()->first;
  if (first > 1 || numbered.rbegin()->first - first != n - 1) return {};
  Indices indices;
  for (const auto &[number, index] : numbered) indices.push_back(index);
  return indices;
}

// A name that is the tensor's has to fit; one that is only like it may mean something else.
std::optional<Indices> Search::named(Tensors tensors, bool are_inputs) const {
  if (tensors.empty()) return Indices();
  for (const Reading reading : kReadings) {
    std::optional<Indices> found = by_name(tensors, reading);
    if (found && reading != &without_scope) check_fit(*found, tensors);
    if (found && fit(*found, tensors)) return found;
  }
  std::optional<Indices> found = by_role(tensors, are_inputs);
  if (found && !fit(*found, tensors)) found.reset();
  return found;
}

// What the last node computes is the only output of the model, which may have another name than its tensor.
std::optional<Indices> Search::named_by_last_node() const {
  if (model_.n_outputs != 1 || model_.n_nodes == 0) return {};
  const air_node &last = *model_.nodes[model_.n_nodes - 1];
  if (last.n_outputs != 1 || n_reals(*last.outputs[0]) != n_reals(*model_.outputs[0])) return {};
  for (const Reading reading : kReadings) {
    std::optional<Indices> found = by_name({last.outputs, 1}, reading);
    if (found && fit(*found, outputs())) return found;
  }
  return {};
}

// The only array that may be the tensor: of those of its shape, or else of those with as many elements.
size_t Search::best_of(const Indices &pool, const air_tensor &tensor) const {
  Indices of_shape;
  Indices of_size;
  for (const size_t index : pool) {
    if (samples_of(arrays_[index], tensor)) of_size.push_back(index);
    if (is_of_shape(arrays_[index], tensor)) of_shape.push_back(index);
  }
  const Indices &found = of_shape.empty() ? of_size : of_shape;
  if (found.empty()) refuse(fmt::format("no array can be {}", place_text(tensor)));
  const bool in_order = std::ranges::all_of(found, [&](size_t index) { return is_anonymous(arrays_[index].name); });
  if (found.size() > 1 && !in_order) {
    refuse(fmt::format("{} and {} may each be {}", array_text(arrays_[found[0]]), array_text(arrays_[found[1]]),
                       place_text(tensor)));
  }
  return found.front();
}

// Arrays without names are in the order of the tensors, unless their sizes say something else.
Indices Search::in_order(const Indices &pool, Tensors tensors) const {
  const bool anonymous = std::ranges::all_of(pool, [&](size_t index) { return is_anonymous(arrays_[index].name); });
  if (anonymous && fit(pool, tensors)) return pool;
  Indices left = pool;
  Indices indices;
  for (const air_tensor *tensor : tensors) {
    indices.push_back(best_of(left, *tensor));
    std::erase(left, indices.back());
  }
  return indices;
}

// Of what no name has told: as many arrays as there are tensors, or as outputs.
void Search::by_shape() {
  std::vector<const air_tensor *> all;
  if (places_.inputs.empty()) all.assign(inputs().begin(), inputs().end());
  all.insert(all.end(), outputs().begin(), outputs().end());
  Indices pool;
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const auto fits = [&](const air_tensor *tensor) { return samples_of(arrays_[i], *tensor).has_value(); };
    if (!taken_[i] && std::ranges::any_of(all, fits)) pool.push_back(i);
  }
  const bool only_outputs = pool.size() == outputs().size();
  if (!only_outputs && pool.size() != all.size()) refuse("it cannot be told which array is which tensor");
  const Indices found = in_order(pool, only_outputs ? outputs() : Tensors(all));
  take(found);
  const auto first_output = found.end() - static_cast<std::ptrdiff_t>(outputs().size());
  if (first_output != found.begin()) places_.inputs.assign(found.begin(), first_output);
  places_.outputs.assign(first_output, found.end());
}

// Names that several arrays or several places have tell nothing.
void Search::find_nodes(std::vector<std::vector<NodePlace>> &nodes, Reading reading, NameOf name_of) const {
  std::set<size_t> used(places_.inputs.begin(), places_.inputs.end());
  Called<NodePlace *> wanted;
  for (std::vector<NodePlace> &places : nodes) {
    for (NodePlace &place : places) {
      if (place.array) used.insert(*place.array);
      if (name_of(place) != nullptr) add(wanted, reading(name_of(place)), &place);
    }
  }
  Called<size_t> called;
  for (size_t i = 0; i < arrays_.size(); ++i) {
    if (!used.contains(i) && !is_anonymous(arrays_[i].name)) add(called, reading(arrays_[i].name), i);
  }
  for (const auto &[name, array] : called) {
    const auto found = wanted.find(name);
    if (!array || found == wanted.end() || !found->second) continue;
    NodePlace &place = **found->second;
    if (!place.array && samples_of(arrays_[*array], *place.tensor)) place.array = array;
  }
}

// An array may be that of an output of the model and of a node.
void Search::find_nodes() {
  std::vector<std::vector<NodePlace>> nodes(model_.n_nodes);
  for (uint32_t n = 0; n < model_.n_nodes; ++n) {
    if (model_.nodes[n]->n_covers == 0) nodes[n] = places_of(*model_.nodes[n]);  // those that are covered have the data
  }
  for (const NameOf name_of : {&tensor_name, &node_name}) {
    for (const Reading reading : kReadings) find_nodes(nodes, reading, name_of);
  }
  places_.nodes.resize(model_.n_nodes);
  for (uint32_t n = 0; n < model_.n_nodes; ++n) {
    if (!std::ranges::all_of(nodes[n], [](const NodePlace &place) { return place.array.has_value(); })) continue;
    for (const NodePlace &place : nodes[n]) {
      places_.nodes[n].push_back(*place.array);
      taken_[*place.array] = true;
    }
  }
}

GoldenPlaces Search::find() {
  const std::optional<Indices> named_inputs = named(inputs(), true);
  std::optional<Indices> named_outputs = named(outputs(), false);
  if (!named_outputs) named_outputs = named_by_last_node();
  if (named_inputs) take(places_.inputs = *named_inputs);
  if (named_outputs) {
    take(places_.outputs = *named_outputs);
  } else {
    try {
      by_shape();
    } catch (const Error &) {
      const bool may_be_told_later = model_.n_nodes < model_.n_nodes_told && !places_.inputs.empty();
      if (!may_be_told_later) throw;
    }
  }
  find_nodes();
  for (size_t i = 0; i < arrays_.size(); ++i) {
    if (!taken_[i]) places_.unused.push_back(i);
  }
  return std::move(places_);
}

}  // namespace

std::string places_text(const air_model &model) {
  const auto list = [](const char *kind, Tensors tensors) {
    std::string text;
    for (const air_tensor *tensor : tensors) text += (text.empty() ? "" : ", ") + place_text(*tensor);
    return fmt::format("{} {}", kind, text.empty() ? "none" : text);
  };
  return list("inputs", {model.inputs, model.n_inputs}) + " and " + list("outputs", {model.outputs, model.n_outputs});
}

std::string arrays_text(const std::vector<GoldenArray> &arrays) {
  constexpr size_t most = 20;
  std::string text;
  for (size_t i = 0; i < std::min(most, arrays.size()); ++i) text += (i == 0 ? "" : ", ") + array_text(arrays[i]);
  if (arrays.size() > most) text += fmt::format(" and {} more", arrays.size() - most);
  return text.empty() ? "no arrays" : text;
}

GoldenPlaces golden_places(const air_model &model, const std::vector<GoldenArray> &arrays, const std::string &origin) {
  return Search(model, arrays, origin).find();
}

}  // namespace air
