// The command line: finds the command, resolves the settings, runs it.
#include <CLI/CLI.hpp>
#include <malloc.h>

#include <cstdio>

#include "app/config.h"
#include "app/serve.h"
#include "app/version.h"

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
        ->group("Settings (also SPECTRUM_… in the environment, or lines of the --config file)");
  }
}

/// Large request bodies come and go: keep their memory instead of asking the kernel for fresh pages each time.
void tune_allocator() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  tune_allocator();
  auto settings = default_settings();
  CLI::App app("Spectrum: product analytics that you own.", "spectrum");
  app.require_subcommand(1);
  app.set_version_flag("--version", kVersion);
  auto* const serve_command = app.add_subcommand("serve", "Run everything: take events, load them, answer questions");
  auto* const config_command = app.add_subcommand("config", "Print the settings in force, each with its origin");
  auto* const version_command = app.add_subcommand("version", "Print the version");
  for (auto* const command : app.get_subcommands({})) add_settings(*command, settings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  if (version_command->parsed()) return std::printf("%s\n", kVersion) > 0 ? 0 : 1;
  if (const auto status = resolve(settings); !status.ok()) {
    std::fprintf(stderr, "spectrum: %s\n", status.error().message.c_str());
    return kWrongUsage;
  }
  if (config_command->parsed()) return print_config(settings);
  const auto config = parse_config(settings);
  if (!config) {
    std::fprintf(stderr, "spectrum: %s\n", config.error().message.c_str());
    return kWrongUsage;
  }
  if (serve_command->parsed()) return serve(*config);
  return kWrongUsage;
}
