// The command line: finds the command, resolves the settings, runs it.
#include <CLI/CLI.hpp>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "adapters/duckdb/sandbox.h"
#include "app/admin.h"
#include "app/config.h"
#include "app/demo.h"
#include "app/load.h"
#include "app/maintenance.h"
#include "app/serve.h"
#include "app/version.h"
#include "base/time_text.h"
#include "base/time_zone.h"

namespace {

using namespace spectrum::app;

constexpr int kWrongUsage = 2;

int print_config(const std::vector<Setting>& settings) {
  for (const auto& setting : settings) {
    const bool hide = setting.is_secret && !setting.value.empty();
    std::printf("%-18s %-28s %s\n", setting.name.c_str(), hide ? "(set)" : setting.value.c_str(),
                std::string(name(setting.origin)).c_str());
  }
  return 0;
}

constexpr char kSettingsGroup[] = "Settings (also SPECTRUM_… in the environment, or lines of the --config file)";

// What options take: each returns what is wrong with a value, or nothing.

std::string check_zone(const std::string& text) {
  return spectrum::is_time_zone(text) ? "" : "'" + text + "' is not in the system's time zone database; try Europe/Berlin";
}

std::string check_duration(const std::string& text) {
  return spectrum::parse_duration(text) ? "" : "takes a duration such as 90d or 24h, not '" + text + "'";
}

std::string check_instant(const std::string& text) {
  return spectrum::parse_rfc3339(text) ? "" : "takes an RFC 3339 instant such as 2027-01-01T00:00:00Z, not '" + text + "'";
}

std::string check_url(const std::string& text) {
  const auto host = text.find("://") + 3;
  const bool is_known = text.starts_with("http://") || text.starts_with("https://");
  return is_known && host < text.size() ? "" : "takes a URL such as http://localhost:8000, not '" + text + "'";
}

std::string check_pair(const std::string& text) {
  const auto equals = text.find('=');
  return equals != 0 && equals != std::string::npos ? "" : "takes field=…, not '" + text + "'";
}

int usage_error(const std::string& message) {
  std::fprintf(stderr, "spectrum: %s\n", message.c_str());
  return kWrongUsage;
}

/// Gives every command the settings as flags.
void add_settings(CLI::App& command, std::vector<Setting>& settings) {
  for (auto& setting : settings) {
    command
        .add_option_function<std::string>(
            "--" + setting.name,
            [&setting](const std::string& value) {
              setting.value = value;
              setting.origin = Origin::flag;
            },
            setting.help + (setting.value.empty() ? "" : " [" + setting.value + "]"))
        ->group(kSettingsGroup);
  }
}

/// Large request bodies come and go: keep their memory instead of asking the kernel for fresh pages each time.
void tune_allocator() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

/// The commands, each with its flags. Names, ranges and help are here; what they do is elsewhere.
class Commands {
 public:
  Commands(CLI::App& app, std::vector<Setting>& settings) : settings_(settings) {
    app.require_subcommand(1);
    app.set_version_flag("--version", kVersion);
    add(app, "serve", "Run everything: take events, load them, answer questions", [](const Config& config) { return serve(config); });
    add_load(app);
    add_lake(app);
    add_projects(app);
    add_keys(app);
    add_demo(app);
    add_migrate(app);
    auto* const worker = app.add_subcommand("sql-worker", "Run one SQL query of a server")->group("");  // hidden
    worker->callback([this] { print_only_ = [] { return spectrum::duckdb::run_sandbox_worker(); }; });
    auto* const config = app.add_subcommand("config", "Print the settings in force, each with its origin");
    add_settings(*config, settings_);
    config->callback([this] { print_only_ = [this] { return print_config(settings_); }; });
    auto* const version = app.add_subcommand("version", "Print the version");
    version->callback([this] { print_only_ = [] { return std::printf("%s\n", kVersion) > 0 ? 0 : 1; }; });
    name_variables(app);
  }

  /// What the command line asked for. The first needs no valid settings.
  const std::function<int()>& print_only() const { return print_only_; }
  const std::function<int(const Config&)>& action() const { return action_; }

 private:
  using Action = std::function<int(const Config&)>;

  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& help, Action action) {
    auto* const command = parent.add_subcommand(name, help);
    add_settings(*command, settings_);
    command->callback([this, action = std::move(action)] { action_ = action; });
    return command;
  }

  void add_load(CLI::App& app) {
    auto* const command = add(app, "load", "Load events out of CSV, JSON or NDJSON files; loading again adds only what is new",
                              [this](const Config& config) { return load_files(config, load_); });
    command->add_option("files", load_.files, "Files, also .gz and .zst; - is standard input")->required();
    command->add_option("--project", load_.project, "The project that takes them [default]");
    command->add_option("--format", load_.format, "How to read them [auto]")->check(CLI::IsMember({"auto", "csv", "json", "ndjson"}));
    command->add_option("--map", load_.map, "field=column: take a field from a column of another name")->allow_extra_args(false)->check(check_pair);
    command->add_option("--set", load_.set, "field=value: give a field the same value in every event")->allow_extra_args(false)->check(check_pair);
    command->add_option("--tz", load_.zone, "The time zone of times without offset, such as Europe/Berlin")->check(check_zone);
    command->add_option("--id-from", load_.id_from, "What the id of a row without event_id is derived from [content]")
        ->check(CLI::IsMember({"content", "position", "none"}));
    command->add_option("--on-error", load_.on_error, "What a bad row does [quarantine]")->check(CLI::IsMember({"quarantine", "stop"}));
    command->add_flag("--dry-run", load_.dry_run, "Read and check everything, store nothing");
    command->add_option("--to", load_.to, "Send to the server at this URL instead of the data directory's own")->check(check_url);
    command->add_option("--key", load_.key, "A key of that server");
  }

  void add_lake(CLI::App& app) {
    auto* const command = add(app, "export", "Bring the Parquet lake up to date, or copy a range of it to a folder",
                              [this](const Config& config) { return export_lake(config, to_, from_, until_); });
    command->add_option("--to", to_, "An empty folder for the copy");
    command->add_option("--from", from_, "The first date of the copy, UTC: 2026-11-01");
    command->add_option("--until", until_, "The first date that is left out of the copy");
    add(app, "rebuild", "Build the warehouse anew from log and lake", rebuild_warehouse);
    add(app, "verify", "Compare the warehouse with log and lake; exit 1 at the first difference", verify_warehouse);
  }

  void add_projects(CLI::App& app) {
    auto* const project = app.add_subcommand("project", "Manage projects");
    project->require_subcommand(1);
    auto* const create = add(*project, "create", "Make a project", [this](const Config& config) { return create_project(config, admin_); });
    create->add_option("id", admin_.id, "Small letters, digits, - and _")->required();
    create->add_option("--name", admin_.name, "For people [the id]");
    create->add_option("--timezone", admin_.timezone, "IANA name, the default of questions [UTC]")->check(check_zone);
    create->add_option("--currency", admin_.currency, "Of amounts that come without one [USD]");
    create->add_option("--max-event-age", admin_.max_event_age, "Older events are rejected, such as 90d")->check(check_duration);
    add(*project, "list", "List the projects", list_projects);
  }

  void add_keys(CLI::App& app) {
    auto* const key = app.add_subcommand("key", "Manage API keys");
    key->require_subcommand(1);
    auto* const create = add(*key, "create", "Make a key and print its secret, this once",
                             [this](const Config& config) {
                               // Not `required`: the configuration file, which is read later, may give it.
                               if (admin_.scopes.empty()) return usage_error("--scope is missing: ingest, read or admin");
                               return create_key(config, admin_);
                             });
    create->add_option("name", admin_.name, "For people")->required();
    create->add_option("--project", admin_.project, "The project it opens [default]");
    create->add_option("--scope", admin_.scopes, "ingest, read or admin; may be given several times")
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"ingest", "read", "admin"}));
    create->add_option("--expires-at", admin_.expires_at, "RFC 3339; never without it")->check(check_instant);
    add(*key, "list", "List the keys", list_keys);
    auto* const revoke = add(*key, "revoke", "Make a key useless at once", [this](const Config& config) { return revoke_key(config, admin_); });
    revoke->add_option("id", admin_.id, "As `spectrum key list` shows it")->required();
  }

  void add_demo(CLI::App& app) {
    auto* const command = app.add_subcommand("demo", "Write or send the events of a sample shop, ending now");
    add_settings(*command, settings_);
    command->callback([this] { print_only_ = [this] { return write_demo(demo_); }; });
    command->add_option("--events", demo_.events, "How many [100000]")->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
    command->add_option("--days", demo_.days, "Over how many days [90]")->check(CLI::Range(1, 3650));
    command->add_option("--seed", demo_.seed, "The same seed and end give the same bytes [1]");
    command->add_option("--end", demo_.end, "The instant at which they end, RFC 3339 [now]")->check(check_instant);
    command->add_option("--out", demo_.out, "A file for NDJSON; - is standard output [-]");
    command->add_option("--to", demo_.to, "Send to the server at this URL instead")->check(check_url);
    command->add_option("--key", demo_.key, "A key of that server");
  }

  void add_migrate(CLI::App& app) {
    auto* const command = app.add_subcommand("migrate", "Show the history of the catalog's schema, or bring it up to date");
    command->require_subcommand(1);
    add(*command, "status", "Show which steps are applied", [](const Config& config) { return migrate(config, false); });
    add(*command, "up", "Apply the steps that are missing; serve does so by itself", [](const Config& config) { return migrate(config, true); });
  }

  /// Options of one command come from the environment as settings do; settings do so by themselves.
  static void name_variables(CLI::App& command) {
    for (auto* const option : command.get_options()) {
      const bool is_for_all = option->get_group() == kSettingsGroup || option->get_lnames().empty();
      if (is_for_all || option == command.get_help_ptr() || option == command.get_version_ptr()) continue;
      option->envname(environment_name(option->get_lnames().front()));
    }
    for (auto* const child : command.get_subcommands([](CLI::App*) { return true; })) name_variables(*child);
  }

  std::vector<Setting>& settings_;
  std::function<int()> print_only_;
  Action action_;
  LoadRequest load_;
  AdminRequest admin_;
  DemoRequest demo_;
  std::string to_, from_, until_;
};

/// The command that was given, with its parents' names; as far as it is known.
CLI::App& given_command(CLI::App& app, std::string& path) {
  CLI::App* command = &app;
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    path += (path.empty() ? "" : " ") + command->get_name();
  }
  return *command;
}

/// Says which commands there are; nothing when one of them was given.
std::string missing_command(CLI::App& app) {
  std::string path, names;
  CLI::App& command = given_command(app, path);
  if (command.get_require_subcommand_min() == 0) return {};
  for (const auto* const one : command.get_subcommands([](CLI::App* each) { return !each->get_group().empty(); })) {
    names += (names.empty() ? "" : ", ") + one->get_name();
  }
  const auto rest = app.remaining(true);
  const auto unknown = std::find_if(rest.begin(), rest.end(), [](const auto& word) { return !word.starts_with('-'); });
  const std::string after = path.empty() ? "" : path + " ";
  return (unknown == rest.end() ? "a command is missing" : "there is no command '" + after + *unknown + "'") +
         "; there are " + names + " (spectrum " + after + "--help says more)";
}

bool has_option(CLI::App& app, const std::string& name) {
  if (app.get_option_no_throw("--" + name)) return true;
  const auto commands = app.get_subcommands([](CLI::App*) { return true; });
  return std::any_of(commands.begin(), commands.end(), [&](CLI::App* command) { return has_option(*command, name); });
}

/// Takes the file's lines for options of the command that neither a flag nor the environment gave.
spectrum::Status take_lines(CLI::App& app, const std::vector<FileLine>& lines) {
  std::string path;
  CLI::App& command = given_command(app, path);
  for (const auto& [name, values] : lines) {
    if (!has_option(app, name)) return spectrum::invalid("the configuration file has the unknown key '" + name + "'");
    auto* const option = command.get_option_no_throw("--" + name);
    if (!option || option->count() > 0) continue;
    option->add_result(values);
    option->run_callback();
  }
  return {};
}

int run(int argc, char** argv) {
  auto settings = default_settings();
  CLI::App app("Spectrum: product analytics that you own.", "spectrum");
  Commands commands(app, settings);
  try {
    app.parse(argc, argv);
    const auto lines = resolve(settings);
    if (!lines) return usage_error(lines.error().message);
    if (const auto taken = take_lines(app, *lines); !taken.ok()) return usage_error(taken.error().message);
  } catch (const CLI::RequiredError& error) {
    const auto missing = missing_command(app);
    return missing.empty() ? (app.exit(error), kWrongUsage) : usage_error(missing);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  if (commands.print_only()) return commands.print_only()();
  const auto config = parse_config(settings);
  if (!config) return usage_error(config.error().message);
  return commands.action()(*config);
}

}  // namespace

int main(int argc, char** argv) {
  tune_allocator();
  return run(argc, argv);
}
