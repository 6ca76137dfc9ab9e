#include "app/serve.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "api/answer.h"
#include "api/routes.h"
#include "app/wiring.h"
#include "app/version.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/this_thread.h"

namespace spectrum::app {
namespace {

constexpr unsigned kQuestionThreads = 4;
constexpr unsigned kWorkThreads = 4;
constexpr std::size_t kMostQueued = 256;
constexpr std::chrono::milliseconds kStopPatience{8000};
/// When requests took so long to finish, the end must come soon.
constexpr std::chrono::seconds kHurryAfter{5};
constexpr std::chrono::seconds kHousekeeping{5};
constexpr int kWarehouseFailed = 1;

/// SIGTERM and SIGINT, taken by the main thread; every other thread blocks them.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
  }

  /// The signal that came within the time, else 0.
  int wait(std::chrono::seconds time) {
    const timespec timeout{time.count(), 0};
    const int signal = ::sigtimedwait(&set_, nullptr, &timeout);
    return signal > 0 ? signal : 0;
  }

  /// From now on the first signal ends the process at once.
  void let_through() {
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  }

 private:
  sigset_t set_;
};

/// The digest of the management key; empty when none is needed. Beyond loopback one is: the first start makes it, shows
/// it once and keeps its digest.
Result<std::string> management_key_sha256(const Config& config, Catalog& catalog) {
  if (!config.management_key.empty()) return to_hex(sha256(config.management_key));
  if (config.listens_on_loopback()) return std::string();
  TRY(const auto stored, catalog.settings.get("management_key_sha256"));
  if (stored) return *stored;
  const std::string key = "spm_" + random_hex(24);
  CHECK_OK(catalog.settings.put("management_key_sha256", to_hex(sha256(key))));
  std::printf("Management key, shown this once: %s\n", key.c_str());
  return to_hex(sha256(key));
}

void keep_house(Store& store, Catalog& catalog) {
  store.intake().forget_old();
  for (const auto& taken : store.intake().take_limited()) {
    const auto added = catalog.limited.add(taken.project, taken.hour, static_cast<std::int64_t>(taken.events));
    if (!added.ok()) log_warning("refused events are not counted in the ledger", {{"reason", added.error().message}});
  }
  if (const auto saved = catalog.keys->save_last_uses(); !saved.ok()) {
    log_warning("the keys' times of last use are not stored", {{"reason", saved.error().message}});
  }
}

/// Each connection takes a descriptor; the usual soft limit of 1,024 is for programs that use select.
void raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<int> run(const Config& config, StopSignals& signals) {
  const SystemClock clock;
  TRY(const auto directory, DataDirectory::own(config.data));
  TRY(const auto catalog, Catalog::open(*directory, clock));
  TRY(const auto management_key, management_key_sha256(config, *catalog));
  std::atomic<bool> warehouse_failed{false};
  const auto on_failure = [&warehouse_failed](const Error&) {
    warehouse_failed = true;
    ::kill(::getpid(), SIGUSR1);
  };
  TRY(const auto store, Store::open(config, *directory, *catalog, clock, on_failure));
  store->start(true);

  query::Names names(store->warehouse());
  query::FirstTimes first_times(store->warehouse(), config.question_memory_bytes / 2);
  query::Orders orders(store->warehouse(), config.question_memory_bytes / 4);
  query::Sequences sequences(store->warehouse(), config.question_memory_bytes / 2);
  std::jthread learner([&](const std::stop_token& stop) {
    lower_thread_priority();
    const auto loaded = store->warehouse().cursor();
    if (const auto learned = loaded ? names.learn(*loaded, stop) : loaded.error(); !learned.ok() && !stop.stop_requested()) {
      log_warning("the names of properties are not known yet", {{"reason", learned.error().message}});
    }
  });
  api::Sessions sessions(clock);
  api::Feed feed(store->log());
  api::Measurements measurements;
  api::WaitingRoom waiting_room(store->loader());
  ThreadPool questions("query", kQuestionThreads, kMostQueued);
  ThreadPool work("work", kWorkThreads, kMostQueued);
  api::Services services{clock,
                         {config.listens_on_loopback(), management_key, to_hex(sha256(directory->token()))},
                         store->intake(),
                         store->log(),
                         store->warehouse(),
                         names,
                         store->demand(),
                         first_times,
                         orders,
                         sequences,
                         store->loader(),
                         store->lake(),
                         store->exporter(),
                         store->sql(),
                         *catalog->database,
                         *catalog->projects,
                         *catalog->keys,
                         catalog->experiments,
                         catalog->quarantine,
                         catalog->limited,
                         catalog->audit,
                         catalog->saved,
                         sessions,
                         feed,
                         measurements,
                         waiting_room,
                         questions,
                         work,
                         config.question_memory_bytes,
                         nullptr,
                         std::string(kVersion),
                         config.data};
  http::ServerOptions options;
  options.host = config.host;
  options.port = config.port;
  options.threads = config.io_threads;
  options.max_connections = config.max_connections;
  options.refusal = api::refusal;
  options.on_burst_begin = [&log = store->log()] { log.cork(); };
  options.on_burst_end = [&log = store->log()] { log.uncork(); };
  std::atomic<http::Server*> running = nullptr;  // Requests come before it is known here.
  services.http_stats = [&running] {
    const http::Server* const server = running;
    return server ? server->stats() : http::ServerStats{};
  };
  TRY(const auto server, http::Server::start(options, [&services](const http::Request& request, http::Responder responder) {
        api::handle(services, request, std::move(responder));
      }));
  running = server.get();
  const std::string shown_host = config.host.find(':') == std::string::npos ? config.host : "[" + config.host + "]";
  const std::string url = "http://" + shown_host + ":" + std::to_string(server->port());
  if (Status announced = directory->announce(url); !announced.ok()) {
    waiting_room.close();  // before the pools go that it gives work to
    return announced.error();
  }
  std::printf("Spectrum %s listening on %s\n", kVersion, url.c_str());
  std::fflush(stdout);

  int signal = 0;
  while (signal == 0) {
    signal = signals.wait(kHousekeeping);
    if (signal == 0) keep_house(*store, *catalog);
  }
  if (warehouse_failed) {
    log_error(store->warehouse().stats().is_damaged
                  ? "the warehouse is damaged; starting again rebuilds it, and nothing accepted is lost"
                  : "the warehouse's storage failed; starting again recovers it, and nothing accepted is lost");
    ::_exit(kWarehouseFailed);  // without closing the warehouse: that could make the damage permanent
  }
  log_info("stopping: no new requests, finishing those at hand");
  signals.let_through();
  const auto begin = std::chrono::steady_clock::now();
  waiting_room.close();
  server->stop(kStopPatience);
  feed.stop();
  keep_house(*store, *catalog);
  CHECK_OK(store->close(std::chrono::steady_clock::now() - begin > kHurryAfter));
  return 0;
}

}  // namespace

int serve(const Config& config) {
  raise_open_files_limit();
  StopSignals signals;
  const auto code = run(config, signals);
  if (code) return *code;
  std::fprintf(stderr, "spectrum: %s\n", code.error().message.c_str());
  return 1;
}

}  // namespace spectrum::app
