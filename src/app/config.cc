#include "app/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/time_text.h"

namespace spectrum::app {
namespace {

std::string replaced(std::string text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
  return text;
}

Setting* find(std::vector<Setting>& settings, std::string_view name) {
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.name == name; });
  return found == settings.end() ? nullptr : &*found;
}

std::string text_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto* const list = node.as_array()) {
    std::string text;
    for (const auto& member : *list) text += (text.empty() ? "" : ",") + text_of(member);
    return text;
  }
  return {};
}

std::vector<std::string> texts_of(const toml::node& node) {
  const auto* const list = node.as_array();
  if (!list) return {text_of(node)};
  std::vector<std::string> texts;
  for (const auto& member : *list) texts.push_back(text_of(member));
  return texts;
}

Result<std::vector<FileLine>> read_file(const std::string& path, std::vector<Setting>& settings) {
  if (!std::filesystem::exists(path)) return invalid("there is no configuration file " + path);
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    return invalid("the configuration file " + path + (line > 0 ? ", line " + std::to_string(line) : "") + ": " +
                   std::string(error.description()));
  }
  std::vector<FileLine> others;
  for (const auto& [key, node] : table) {
    const std::string name = replaced(std::string(key.str()), '_', '-');
    Setting* const setting = find(settings, name);
    if (!setting) others.push_back({name, texts_of(node)});
    if (!setting || setting->origin >= Origin::file) continue;
    setting->value = text_of(node);
    setting->origin = Origin::file;
  }
  return others;
}

/// Reads settings by name and keeps the first mistake.
class SettingReader {
 public:
  explicit SettingReader(const std::vector<Setting>& settings) : settings_(settings) {}

  std::string text(std::string_view name) { return find_setting(name).value; }

  std::uint64_t number(std::string_view name, std::uint64_t least, std::uint64_t most) {
    const Setting& setting = find_setting(name);
    std::uint64_t value = 0;
    const auto& text = setting.value;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || value < least || value > most) {
      complain(setting, "a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return value;
  }

  /// `512MiB`, `2GiB`, `65536`.
  std::uint64_t size(std::string_view name) {
    const Setting& setting = find_setting(name);
    std::uint64_t value = 0;
    const auto& text = setting.value;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const int shift = unit.empty() ? 0 : unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : -1;
    if (code != std::errc() || shift < 0) {
      complain(setting, "a size such as 512MiB or 2GiB");
      return 0;
    }
    return value << shift;
  }

  std::chrono::seconds duration(std::string_view name) {
    const Setting& setting = find_setting(name);
    const auto value = parse_duration(setting.value);
    if (!value || value->count() == 0) complain(setting, "a duration such as 30s, 10m, 24h or 31d");
    return value.value_or(std::chrono::seconds(0));
  }

  /// `plan,country`.
  std::vector<std::string> list(std::string_view name) {
    constexpr std::size_t kMost = 64;
    std::vector<std::string> values;
    const std::string& text = find_setting(name).value;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      if (end > begin) values.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    if (values.size() > kMost) complain(find_setting(name), "a list of at most " + std::to_string(kMost) + " names");
    return values;
  }

  bool flag(std::string_view name) {
    const Setting& setting = find_setting(name);
    if (setting.value != "true" && setting.value != "false") complain(setting, "true or false");
    return setting.value == "true";
  }

  /// `127.0.0.1:8000`, `[::1]:8000`.
  void address(std::string_view name, std::string& host, int& port) {
    const Setting& setting = find_setting(name);
    const auto colon = setting.value.rfind(':');
    const std::string digits = colon == std::string::npos ? "" : setting.value.substr(colon + 1);
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (code != std::errc() || end != digits.data() + digits.size() || port < 0 || port > 65535 || colon == 0) {
      return complain(setting, "an address with a port, such as 127.0.0.1:8000");
    }
    host = setting.value.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  }

  const Status& status() const { return status_; }

 private:
  const Setting& find_setting(std::string_view name) {
    const auto found = std::find_if(settings_.begin(), settings_.end(), [&](const Setting& s) { return s.name == name; });
    SPECTRUM_ASSERT(found != settings_.end(), name);
    return *found;
  }

  void complain(const Setting& setting, const std::string& wanted) {
    if (!status_.ok()) return;
    status_ = invalid("--" + setting.name + " (from " + std::string(app::name(setting.origin)) + ") is '" + setting.value +
                      "', but must be " + wanted);
  }

  const std::vector<Setting>& settings_;
  Status status_;
};

}  // namespace

std::string_view name(Origin origin) {
  switch (origin) {
    case Origin::fallback: return "default";
    case Origin::file: return "file";
    case Origin::environment: return "environment";
    case Origin::flag: return "flag";
  }
  return "default";
}

std::string environment_name(const std::string& option) {
  std::string name = "SPECTRUM_" + replaced(option, '-', '_');
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

bool Config::listens_on_loopback() const { return host == "localhost" || host == "::1" || host.starts_with("127."); }

std::vector<Setting> default_settings() {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  return {
      {"data", "./spectrum-data", "The data directory; one process owns it"},
      {"config", "", "A TOML file with settings, a line each: listen = \"127.0.0.1:8000\""},
      {"listen", "127.0.0.1:8000", "Address and port of the HTTP server; port 0 takes a free one"},
      {"management-key", "", "A key that may do everything; without one, and on loopback, no key is needed", Origin::fallback, true},
      {"io-threads", std::to_string(std::max(1u, cores / 2)), "Threads that serve connections; the other cores load and answer"},
      {"max-connections", "10000", "Open connections; more are refused"},
      {"rate-limit", "0", "Events a second that each project may send; more are refused with 429. 0: no limit"},
      {"dedupe-window", "31d", "How long an event id is remembered exactly"},
      {"log-keep-bytes", "1GiB", "Events in the lake stay in the log as well, up to this size"},
      {"log-keep-age", "7d", "Events in the lake stay in the log as well, up to this age"},
      {"min-free-bytes", "64MiB", "With less free on the disk, events are refused until there is room again"},
      {"memory", "512MiB", "Memory of the warehouse's engine"},
      {"question-memory", "512MiB", "Memory for the events of one question about what users do one after the other"},
      {"query-threads", std::to_string(cores), "Threads of the warehouse's engine"},
      {"lake-interval", "10m", "How often new facts go to the Parquet lake"},
      {"promote", "", "Properties that get columns of their own, which makes questions about them fast: plan,country"},
      {"promote-on-demand", "8", "So many others may get columns because they are asked for often; 0: none"},
      {"sql-memory", "512MiB", "Memory of one query of POST /api/v1/sql, which runs in a process of its own"},
      {"sql-time", "30s", "Time that such a query may take"},
      {"realtime", "true", "Run the commit thread at real-time priority where permitted"},
  };
}

Result<std::vector<FileLine>> resolve(std::vector<Setting>& settings) {
  for (auto& setting : settings) {
    if (setting.origin == Origin::flag) continue;
    if (const char* const value = std::getenv(environment_name(setting.name).c_str())) {
      setting.value = value;
      setting.origin = Origin::environment;
    }
  }
  const std::string file = find(settings, "config")->value;
  return file.empty() ? std::vector<FileLine>() : read_file(file, settings);
}

Result<Config> parse_config(const std::vector<Setting>& settings) {
  SettingReader read(settings);
  Config config;
  config.data = read.text("data");
  read.address("listen", config.host, config.port);
  config.management_key = read.text("management-key");
  config.io_threads = static_cast<unsigned>(read.number("io-threads", 1, 64));
  config.max_connections = read.number("max-connections", 1, 1'000'000);
  config.rate_limit = read.number("rate-limit", 0, 1'000'000'000);
  config.dedupe_window = std::chrono::duration_cast<std::chrono::hours>(read.duration("dedupe-window"));
  config.log_keep_bytes = read.size("log-keep-bytes");
  config.log_keep_age = read.duration("log-keep-age");
  config.min_free_bytes = read.size("min-free-bytes");
  config.memory_bytes = read.size("memory");
  config.question_memory_bytes = read.size("question-memory");
  config.query_threads = static_cast<unsigned>(read.number("query-threads", 1, 256));
  config.lake_interval = read.duration("lake-interval");
  config.promote = read.list("promote");
  config.promote_on_demand = read.number("promote-on-demand", 0, 100);
  config.sql_memory_bytes = read.size("sql-memory");
  config.sql_time = read.duration("sql-time");
  config.realtime = read.flag("realtime");
  if (!read.status().ok()) return read.status().error();
  return config;
}

}  // namespace spectrum::app
