#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace spectrum::app {

/// Where a setting's value comes from; later ones win.
enum class Origin { fallback, file, environment, flag };

std::string_view name(Origin origin);

/// One setting: `--listen`, `SPECTRUM_LISTEN`, or `listen = …` in the file.
struct Setting {
  std::string name;  ///< with dashes, as the flag
  std::string value;
  std::string help;
  Origin origin = Origin::fallback;
  bool is_secret = false;
};

/// What the program runs with.
struct Config {
  std::string data;  ///< the data directory
  std::string host;
  int port = 0;
  std::string management_key;
  unsigned io_threads = 1;
  std::size_t max_connections = 0;
  std::uint64_t rate_limit = 0;  ///< events a second that each project may send; 0: no limit
  std::chrono::hours dedupe_window{};
  std::uint64_t log_keep_bytes = 0;
  std::chrono::seconds log_keep_age{};
  std::uint64_t min_free_bytes = 0;
  std::uint64_t memory_bytes = 0;  ///< of the warehouse's engine
  std::uint64_t question_memory_bytes = 0;  ///< for the events that one question walks over
  unsigned query_threads = 1;
  std::chrono::seconds lake_interval{};
  std::vector<std::string> promote;  ///< keys of properties that get columns of their own
  std::size_t promote_on_demand = 0;  ///< so many others may, because they are asked for often
  std::uint64_t sql_memory_bytes = 0;
  std::chrono::seconds sql_time{};
  bool realtime = true;

  bool listens_on_loopback() const;
};

/// Every setting with its default.
std::vector<Setting> default_settings();

/// The environment's name of an option: `SPECTRUM_LISTEN`.
std::string environment_name(const std::string& option);

/// A line of the file that is no setting: for an option that not every command has.
struct FileLine {
  std::string option;               ///< with dashes
  std::vector<std::string> values;  ///< several of a list
};

/// Fills in what the file (`config`, TOML) and the environment say for settings that no flag gave, and returns the file's
/// other lines. `invalid` names the file and line of a mistake.
Result<std::vector<FileLine>> resolve(std::vector<Setting>& settings);

/// Reads the values; `invalid` names the setting, its origin and what it takes.
Result<Config> parse_config(const std::vector<Setting>& settings);

}  // namespace spectrum::app
