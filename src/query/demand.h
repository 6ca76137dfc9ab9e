#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "ports/warehouse.h"

namespace spectrum::query {

/// Counts how often questions read a key of `properties` out of the JSON, and says which keys are worth columns of their
/// own: those read often that have few different values. Thread-safe.
class Demand {
 public:
  /// So many readings make a key wanted.
  static constexpr int kOften = 50;

  struct Options {
    std::vector<std::string> declared;  ///< have columns anyway
    std::size_t most = 0;               ///< so many others may get some
  };

  explicit Demand(Options options) : options_(std::move(options)) {}

  bool is_declared(const std::string& key) const;
  /// A statement reads the key out of the JSON.
  void note(model::ProjectId project, const std::string& key);
  /// The keys that are to get columns now. `warehouse` says how many values they have.
  Result<std::vector<std::string>> take_wanted(ports::Warehouse& warehouse);

 private:
  using Key = std::pair<model::ProjectId, std::string>;

  Result<bool> has_few_values(ports::Warehouse& warehouse, const Key& key) const;

  const Options options_;
  Guarded<std::map<Key, int>> readings_;
  Guarded<std::set<Key>> wanted_;
};

}  // namespace spectrum::query
