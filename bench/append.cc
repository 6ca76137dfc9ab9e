// How fast the log makes events durable and reads them again, beside a plain file in the same run.
// Usage: append [RESULT_FILE [FOLDER]]; the folder decides which disk is measured.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>

#include "base/file.h"
#include "log/segment_log.h"
#include "tests/support/temp_dir.h"

namespace spectrum {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kRecordBytes = 375;
constexpr std::chrono::seconds kRunTime{3};

double seconds_since(Steady::time_point begin) { return std::chrono::duration<double>(Steady::now() - begin).count(); }

double cpu_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// A record that says its position, so that reading back can be checked.
void put_record(std::string& out, model::Position position) {
  const std::size_t begin = out.size();
  out.resize(begin + kRecordBytes, 'x');
  std::memcpy(out.data() + begin, &position, sizeof position);
}

ports::RecordBatch make_batch(model::Position first, std::size_t records) {
  ports::RecordBatch batch;
  batch.bytes.reserve(records * kRecordBytes);
  for (std::size_t i = 0; i < records; ++i) put_record(batch.bytes, first + i);
  batch.sizes.assign(records, kRecordBytes);
  return batch;
}

struct Row {
  std::string what;
  double events_per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double append_ns = 0;  ///< of the appending thread, per event
  double cpu_us = 0;     ///< of the process, per event
  double events_per_commit = 0;
};

double quantile(std::vector<double>& sorted, double q) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

/// Keeps `in_flight` batches of `batch_records` waiting for the log for a while.
Row measure_log(ports::EventLog& log, std::size_t batch_records, std::size_t in_flight) {
  std::mutex mutex;
  std::condition_variable answered;
  std::size_t waiting = 0;
  std::vector<double> latencies;
  latencies.reserve(1 << 21);
  model::Position next = log.stats().last + 1;
  const auto before = log.stats();
  const auto begin = Steady::now();
  const double cpu_before = cpu_seconds(RUSAGE_SELF);
  double append_seconds = 0;
  while (seconds_since(begin) < std::chrono::duration<double>(kRunTime).count()) {
    const auto batch = make_batch(next, batch_records);
    {
      std::unique_lock lock(mutex);
      answered.wait(lock, [&] { return waiting < in_flight; });
      ++waiting;
    }
    const auto start = Steady::now();
    log.append(batch, [&, start](const Result<ports::Appended>& appended) {
      SPECTRUM_ASSERT(appended.ok(), "the log accepts");
      const double took = 1e3 * seconds_since(start);
      std::lock_guard lock(mutex);
      latencies.push_back(took);
      --waiting;
      answered.notify_one();
    });
    append_seconds += seconds_since(start);
    next += batch_records;
  }
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return waiting == 0; });
  const auto after = log.stats();
  const auto events = static_cast<double>(after.last - before.last);
  std::sort(latencies.begin(), latencies.end());
  return {"log, batches of " + std::to_string(batch_records) + ", " + std::to_string(in_flight) + " in flight",
          events / seconds_since(begin),
          quantile(latencies, 0.5),
          quantile(latencies, 0.99),
          1e9 * append_seconds / events,
          1e6 * (cpu_seconds(RUSAGE_SELF) - cpu_before) / events,
          events / static_cast<double>(after.commits - before.commits)};
}

/// The floor: one write and one sync per batch, to a file that grows.
Row measure_file(const std::string& path, std::size_t batch_records) {
  const Fd file = std::move(open_file(path, O_WRONLY | O_CREAT | O_TRUNC)).value();
  std::vector<double> latencies;
  std::uint64_t offset = 0;
  model::Position next = 1;
  const auto begin = Steady::now();
  const double cpu_before = cpu_seconds(RUSAGE_SELF);
  while (seconds_since(begin) < std::chrono::duration<double>(kRunTime).count()) {
    const auto batch = make_batch(next, batch_records);
    const auto start = Steady::now();
    SPECTRUM_ASSERT(write_at(file, batch.bytes, offset, path).ok() && ::fdatasync(file.get()) == 0, "the file takes it");
    latencies.push_back(1e3 * seconds_since(start));
    offset += batch.bytes.size();
    next += batch_records;
  }
  std::sort(latencies.begin(), latencies.end());
  const auto events = static_cast<double>(next - 1);
  return {"plain file, one batch of " + std::to_string(batch_records) + " per write and sync",
          events / seconds_since(begin),
          quantile(latencies, 0.5),
          quantile(latencies, 0.99),
          0,
          1e6 * (cpu_seconds(RUSAGE_SELF) - cpu_before) / events,
          static_cast<double>(batch_records)};
}

/// Reads everything and, if asked, checks that each record says its position.
std::uint64_t replay(ports::EventLog& log, bool check) {
  auto reader = std::move(log.read_after(log.stats().first - 1)).value();
  std::uint64_t records = 0;
  for (;;) {
    const auto some = reader->next(1 << 18).value();
    if (some.empty()) return records;
    records += some.size();
    if (!check) continue;
    for (const auto& record : some) {
      model::Position said = 0;
      std::memcpy(&said, record.bytes.data(), sizeof said);
      SPECTRUM_ASSERT(said == record.position && record.bytes.size() == kRecordBytes, "records come back as appended");
    }
  }
}

Row measure_replay(ports::EventLog& log) {
  replay(log, true);
  const auto begin = Steady::now();
  const double cpu_before = cpu_seconds(RUSAGE_SELF);
  const auto records = static_cast<double>(replay(log, false));
  return {"replay of " + std::to_string(static_cast<std::uint64_t>(records)) + " events, from memory",
          records / seconds_since(begin),
          0,
          0,
          0,
          1e6 * (cpu_seconds(RUSAGE_SELF) - cpu_before) / records,
          0};
}

std::string command_output(const char* command) {
  std::string text;
  if (FILE* pipe = ::popen(command, "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, pipe) != nullptr) text += line;
    ::pclose(pipe);
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string report(const std::vector<Row>& rows, double reopen_seconds) {
  utsname machine{};
  ::uname(&machine);
  char date[32];
  const std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%F", std::gmtime(&now));
  std::ostringstream out;
  out << "Durable appends and replay, records of " << kRecordBytes << " bytes\n"
      << "date    " << date << "\ncommit  " << command_output("git describe --always --dirty --exclude '*'") << "\nmachine "
      << command_output("sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1") << ", " << std::thread::hardware_concurrency()
      << " threads, " << machine.sysname << " " << machine.release << "\n\n";
  char line[256];
  std::snprintf(line, sizeof line, "%-52s %11s %8s %8s %10s %8s %9s\n", "", "events/s", "p50 ms", "p99 ms", "append ns", "cpu us",
                "ev/commit");
  out << line;
  for (const Row& row : rows) {
    std::snprintf(line, sizeof line, "%-52s %11.0f %8.2f %8.2f %10.0f %8.3f %9.0f\n", row.what.c_str(), row.events_per_second,
                  row.p50_ms, row.p99_ms, row.append_ns, row.cpu_us, row.events_per_commit);
    out << line;
  }
  std::snprintf(line, sizeof line, "\nreopening that log: %.3f s\n", reopen_seconds);
  out << line << "append ns: time an append call takes its caller, per event; cpu us: of the whole process, per event\n";
  return out.str();
}

int run(int argc, char** argv) {
  if (argc > 2) ::setenv("TMPDIR", argv[2], 1);
  const TempDir folder;
  const SystemClock clock;
  std::vector<Row> rows;
  rows.push_back(measure_file(folder / "plain", 1));
  rows.push_back(measure_file(folder / "plain", 1000));
  std::filesystem::remove(folder / "plain");
  auto log = std::move(log::SegmentLog::open(folder / "log", {}, clock)).value();
  measure_log(*log, 1000, 16);  // grows the segments to their full size
  log->release(log->stats().last);
  rows.push_back(measure_log(*log, 1, 1));
  rows.push_back(measure_log(*log, 1, 64));
  rows.push_back(measure_log(*log, 1000, 16));
  rows.push_back(measure_replay(*log));
  SPECTRUM_ASSERT(log->close().ok(), "the log closes");
  log.reset();
  const auto begin = Steady::now();
  log = std::move(log::SegmentLog::open(folder / "log", {}, clock)).value();
  const std::string text = report(rows, seconds_since(begin));
  std::cout << text;
  if (argc > 1) std::ofstream(argv[1]) << text;
  return 0;
}

}  // namespace
}  // namespace spectrum

int main(int argc, char** argv) { return spectrum::run(argc, argv); }
