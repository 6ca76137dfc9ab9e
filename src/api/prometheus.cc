// The numbers of the program in Prometheus' text format, read when they are asked for.
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "api/endpoint.h"

namespace spectrum::api {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Families, one metric at a time.
class Exposition {
 public:
  template <typename Number>
  void counter(const std::string& name, const std::string& help, Number value) {
    ClientMetric metric;
    metric.counter.value = static_cast<double>(value);
    families_.push_back({name, help, MetricType::Counter, {metric}});
  }
  template <typename Number>
  void gauge(const std::string& name, const std::string& help, Number value) {
    ClientMetric metric;
    metric.gauge.value = static_cast<double>(value);
    families_.push_back({name, help, MetricType::Gauge, {metric}});
  }
  void info(const std::string& name, const std::string& help, const std::string& label, const std::string& value) {
    ClientMetric metric;
    metric.gauge.value = 1;
    metric.label.push_back({label, value});
    families_.push_back({name, help, MetricType::Gauge, {metric}});
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void add_ingest(Exposition& out, const ingest::Intake::Stats& stats) {
  out.counter("spectrum_ingest_events_stored_total", "Events accepted and durable", stats.accepted);
  out.counter("spectrum_ingest_events_duplicate_total", "Events whose id was known", stats.duplicates);
  out.counter("spectrum_ingest_events_quarantined_total", "Events refused and kept in the quarantine", stats.rejected);
  out.counter("spectrum_ingest_events_limited_total", "Events refused for overload or full storage", stats.limited);
  out.gauge("spectrum_ingest_known_ids", "Event ids kept to refuse duplicates", stats.ids);
  out.gauge("spectrum_ingest_known_ids_bytes", "Memory of these ids", stats.id_bytes);
}

void add_log(Exposition& out, const ports::EventLogStats& stats) {
  out.gauge("spectrum_log_first_position", "Oldest position in the log", stats.first);
  out.gauge("spectrum_log_last_position", "Newest durable position in the log", stats.last);
  out.gauge("spectrum_log_bytes", "Size of the log on disk", stats.bytes);
  out.gauge("spectrum_log_pending_bytes", "Appended and not yet durable", stats.pending_bytes);
  out.counter("spectrum_log_commits_total", "Group commits", stats.commits);
  out.counter("spectrum_log_sync_seconds_total", "Time spent syncing", static_cast<double>(stats.sync_micros) / 1e6);
  out.gauge("spectrum_log_accepting", "1 while events are taken, 0 while storage refuses them", stats.accepting ? 1 : 0);
}

void add_load(Exposition& out, const load::LoaderStatus& status, Timestamp now) {
  out.gauge("spectrum_load_position", "Last position in the warehouse", status.position);
  out.gauge("spectrum_load_lag_records", "Log records not yet in the warehouse", status.log_last - status.position);
  const bool is_behind = status.position < status.log_last;
  const std::chrono::duration<double> lag = is_behind ? now - status.complete_until : Timestamp::duration::zero();
  out.gauge("spectrum_load_lag_seconds", "For how long the oldest of these has waited, at most", lag.count());
  out.counter("spectrum_load_batches_total", "Transactions", status.batches);
  out.counter("spectrum_load_duplicates_total", "Events that load found stored already", status.refused);
  out.gauge("spectrum_load_running", "1 while the warehouse follows the log", status.state == load::LoaderState::running);
}

void add_warehouse(Exposition& out, const ports::WarehouseStats& stats) {
  out.gauge("spectrum_warehouse_file_bytes", "Size of the warehouse file", stats.file_bytes);
  out.gauge("spectrum_warehouse_pending_bytes", "Loaded and not in its file yet: loaded again after a crash", stats.pending_bytes);
  out.gauge("spectrum_warehouse_memory_bytes", "Memory of its engine", stats.memory_bytes);
}

void add_http(Exposition& out, const http::ServerStats& stats) {
  out.gauge("spectrum_http_connections", "Open connections", stats.connections);
  out.counter("spectrum_http_connections_total", "Connections accepted", stats.accepted);
  out.counter("spectrum_http_requests_total", "Requests handled", stats.requests);
  out.counter("spectrum_http_refused_total", "Requests that were malformed, too slow or too large", stats.refused);
}

std::uint64_t resident_bytes() {
  std::uint64_t pages = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "r")) {
    unsigned long total = 0, resident = 0;
    if (std::fscanf(file, "%lu %lu", &total, &resident) == 2) pages = resident;
    std::fclose(file);
  }
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void add_process(Exposition& out, const Services& services) {
  out.gauge("process_resident_memory_bytes", "Resident memory", resident_bytes());
  std::error_code code;
  const auto space = std::filesystem::space(services.data_directory, code);
  if (!code) {
    out.gauge("spectrum_disk_free_bytes", "Free space where the data directory lies", space.available);
    out.gauge("spectrum_disk_size_bytes", "Size of that file system", space.capacity);
  }
  out.info("spectrum_build_info", "The running version", "version", services.version);
}

}  // namespace

http::Response get_prometheus(const Services& services, const Exchange&) {
  Exposition out;
  add_ingest(out, services.intake.stats());
  add_log(out, services.log.stats());
  add_load(out, services.loader.status(), services.clock.now());
  add_warehouse(out, services.warehouse.stats());
  if (services.http_stats) add_http(out, services.http_stats());
  out.gauge("spectrum_streams", "Open event streams", services.feed.streams());
  add_process(out, services);
  http::Response response;
  response.body = out.text() + services.measurements.text();
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

}  // namespace spectrum::api
