#include "app/maintenance.h"

#include <cstdio>
#include <filesystem>

#include "app/progress.h"
#include "app/wiring.h"
#include "base/time_text.h"
#include "load/rebuild.h"

namespace spectrum::app {
namespace {

int finish(const Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "spectrum: %s\n", status.error().message.c_str());
  return 1;
}

/// Shows the steps of a rebuild, one after the other.
class Steps {
 public:
  load::RebuildProgress callback() {
    return [this](std::string_view step, std::uint64_t done, std::uint64_t total) {
      if (step != step_) {
        step_ = step;
        progress_ = std::make_unique<Progress>(step_);
      }
      progress_->show(done, total == 0 ? -1 : static_cast<double>(done) / static_cast<double>(total));
    };
  }

 private:
  std::string step_;
  std::unique_ptr<Progress> progress_;
};

Status remove_database(const std::string& path) {
  for (const auto& name : {path, path + ".damaged"}) {
    std::error_code code;
    std::filesystem::remove(name, code);
    if (code) return internal("cannot remove " + name + ": " + code.message());
  }
  return {};
}

Status move_database(const std::string& from, const std::string& to) {
  std::error_code code;
  std::filesystem::rename(from, to, code);
  return code ? internal("cannot rename " + from + ": " + code.message()) : Status();
}

/// The parts that rebuild and verify read, without the threads of a Store.
struct Sources {
  const SystemClock clock{};
  std::unique_ptr<DataDirectory> directory;
  std::unique_ptr<Catalog> catalog;
  std::unique_ptr<QuarantineSink> rejections;
  std::unique_ptr<ports::EventLog> log;
  std::unique_ptr<ports::ObjectStore> objects;
  std::unique_ptr<lake::Lake> lake;

  static Result<std::unique_ptr<Sources>> open(const Config& config) {
    auto sources = std::make_unique<Sources>();
    TRY(sources->directory, DataDirectory::own(config.data));
    TRY(sources->catalog, Catalog::open(*sources->directory, sources->clock));
    sources->rejections = std::make_unique<QuarantineSink>(sources->catalog->quarantine, sources->clock);
    TRY(sources->log, open_log(config, *sources->directory, sources->clock));
    TRY(sources->objects, open_objects(*sources->directory));
    TRY(sources->lake, lake::Lake::open(*sources->objects));
    return sources;
  }
  load::Truth truth(const Config& config) const { return {*lake, *log, *rejections, clock.now() - config.dedupe_window}; }
};

Status check_dates(const std::string& from, const std::string& until) {
  for (const auto& date : {from, until}) {
    if (!date.empty() && (date.size() != 10 || !parse_local_time(date))) {
      return invalid("'" + date + "' is no date; --from and --until take one such as 2026-11-21");
    }
  }
  if (!from.empty() && !until.empty() && from >= until) return invalid("--from must lie before --until");
  return {};
}

bool lies_inside(const std::string& path, const std::string& folder) {
  if (path.empty()) return false;
  const auto outer = std::filesystem::weakly_canonical(folder), inner = std::filesystem::weakly_canonical(path);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

Status run_export(const Config& config, const std::string& to, const std::string& from, const std::string& until) {
  CHECK_OK(check_dates(from, until));
  if (to.empty() && !(from.empty() && until.empty())) return invalid("--from and --until take a part of the lake --to a folder");
  if (lies_inside(to, config.data)) return invalid("--to " + to + " lies in the data directory; choose a folder outside");
  const SystemClock clock;
  TRY(const auto directory, DataDirectory::own(config.data));
  TRY(const auto catalog, Catalog::open(*directory, clock));
  TRY(const auto store, Store::open(config, *directory, *catalog, clock, nullptr, {.is_bulk = true}));
  store->start(false);
  CHECK_OK(store->finish_loading());
  CHECK_OK(to.empty() ? store->exporter().run_once() : store->exporter().export_to(to, from, until));
  std::uint64_t facts = 0;
  for (const auto& file : store->lake().fact_files()) facts += file.rows;
  std::printf("the lake holds %llu facts, up to position %llu%s%s\n", static_cast<unsigned long long>(facts),
              static_cast<unsigned long long>(store->lake().position()), to.empty() ? "" : "; copied to ", to.c_str());
  return store->close();
}

Status run_rebuild(const Config& config) {
  TRY(const auto sources, Sources::open(config));
  const std::string path = sources->directory->file("warehouse.duckdb");
  const std::string fresh = path + ".rebuilding";
  CHECK_OK(remove_database(fresh));
  {
    TRY(const auto warehouse, open_warehouse(config, fresh));
    Steps steps;
    CHECK_OK(load::rebuild(sources->truth(config), *warehouse, sources->log->stats().last, steps.callback()));
    CHECK_OK(warehouse->checkpoint());
  }
  CHECK_OK(remove_database(path));
  CHECK_OK(move_database(fresh, path));
  CHECK_OK(sync_directory(config.data));
  std::printf("the warehouse is rebuilt, up to position %llu\n",
              static_cast<unsigned long long>(sources->log->stats().last));
  return sources->log->close();
}

/// By way of a new warehouse in the file `scratch`.
Result<std::optional<warehouse::Difference>> find_difference(const Config& config, const Sources& sources, ports::Warehouse& actual,
                                                             const std::string& scratch) {
  TRY(const auto empty, open_warehouse(config, scratch));
  Steps steps;
  return load::verify(sources.truth(config), actual, *empty, steps.callback());
}

Status run_verify(const Config& config) {
  TRY(const auto sources, Sources::open(config));
  const std::string path = sources->directory->file("warehouse.duckdb");
  if (!std::filesystem::exists(path)) return not_found("there is no " + path + "; `spectrum rebuild` makes it from lake and log");
  TRY(const auto actual, open_warehouse(config, path));
  const std::string scratch = sources->directory->file("verify.duckdb");
  CHECK_OK(remove_database(scratch));
  const auto difference = find_difference(config, *sources, *actual, scratch);
  CHECK_OK(remove_database(scratch));
  if (!difference) return difference.error();
  if (*difference) return corrupt(describe(**difference));
  TRY(const auto cursor, actual->cursor());
  std::printf("equal: the warehouse is what lake and log say, up to position %llu\n", static_cast<unsigned long long>(cursor));
  return sources->log->close();
}

}  // namespace

int export_lake(const Config& config, const std::string& to, const std::string& from, const std::string& until) {
  return finish(run_export(config, to, from, until));
}

int rebuild_warehouse(const Config& config) { return finish(run_rebuild(config)); }

int verify_warehouse(const Config& config) { return finish(run_verify(config)); }

}  // namespace spectrum::app
