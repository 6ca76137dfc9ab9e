#include "adapters/duckdb/sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "adapters/duckdb/sandbox_protocol.h"
#include "base/file.h"
#include "base/json_text.h"

namespace spectrum::duckdb {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{20};  ///< how often a waiting thread looks whether it should stop

/// Hard links to the files of an export, so that nobody removes them under the one who reads; gone with this object.
class LinkedFiles {
 public:
  static Result<LinkedFiles> make(const std::string& folder, const ports::Export& contents) {
    LinkedFiles linked(folder);
    CHECK_OK(make_directories(folder));
    for (const auto& file : contents.files) {
      const std::string link = folder + "/" + std::to_string(linked.files_.size()) + ".parquet";
      std::error_code code;
      fs::create_hard_link(file.path, link, code);
      if (code == std::errc::no_such_file_or_directory) return not_found("a file of the lake is gone: " + file.path);
      if (code) return unavailable("cannot link " + file.path + ": " + code.message());
      linked.files_.push_back(file);
      linked.files_.back().path = link;
    }
    return linked;
  }
  LinkedFiles(LinkedFiles&& other) noexcept : folder_(std::exchange(other.folder_, {})), files_(std::move(other.files_)) {}
  LinkedFiles& operator=(LinkedFiles&&) = delete;
  ~LinkedFiles() {
    std::error_code ignored;  // the next start clears what stays
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }

  const std::vector<ports::ParquetFile>& files() const { return files_; }

 private:
  explicit LinkedFiles(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
  std::vector<ports::ParquetFile> files_;
};

void write_value(JsonWriter& json, const ports::Value& value) {
  if (const auto* const flag = std::get_if<bool>(&value)) {
    json.boolean(*flag);
  } else if (const auto* const whole = std::get_if<std::int64_t>(&value)) {
    json.raw(std::to_string(*whole));
  } else if (const auto* const number = std::get_if<double>(&value)) {
    json.number(*number);
  } else if (const auto* const text = std::get_if<std::string>(&value)) {
    json.string(*text);
  } else {
    json.null();
  }
}

std::string request_of(const ports::SqlQuestion& question, const LinkedFiles& linked, const std::string& folder,
                       const SandboxOptions& options) {
  JsonWriter json;
  json.begin_object().key("sql").string(question.sql).key("parameters").begin_array();
  for (const auto& parameter : question.parameters) write_value(json, parameter);
  json.end_array().key("limit").integer(question.limit).key("project").integer(question.project);
  json.key("memory_bytes").raw(std::to_string(options.memory_bytes));
  json.key("seconds").integer(options.time.count()).key("folder").string(folder).key("files").begin_array();
  for (const auto& file : linked.files()) {
    json.begin_object().key("table").string(file.table).key("path").string(file.path).end_object();
  }
  json.end_array().end_object();
  return json.take();
}

/// A process of ours, its standard input and output in our hands. Killed when this object goes.
class Child {
 public:
  static Result<Child> start(const std::string& program) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0) return unavailable("no pipe can be made");
    Fd child_reads(in[0]);
    Fd we_write(in[1]);
    if (::pipe2(out, O_CLOEXEC) != 0) return unavailable("no pipe can be made");
    Fd we_read(out[0]);
    Fd child_writes(out[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, child_reads.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, child_writes.get(), STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;  // signals that the server blocks or ignores are its own
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = program;
    std::string command = "sql-worker";
    char* const arguments[] = {name.data(), command.data(), nullptr};
    char* const environment[] = {nullptr};
    pid_t pid = 0;
    const int failed = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) return unavailable("cannot start " + program + ": " + std::generic_category().message(failed));
    return Child(pid, std::move(we_write), std::move(we_read));
  }
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), input_(std::move(other.input_)), output_(std::move(other.output_)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    (void)wait();
  }

  /// The child reads all of it before it writes anything.
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = ::write(input_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) break;  // it has ended; its exit code says why
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    input_ = Fd();
  }

  enum class End { all, late, stopped, large };
  /// Reads until the child closes its output.
  End read(std::string& answer, Clock::time_point deadline, std::uint64_t at_most, const std::stop_token& stop) {
    char buffer[64 << 10];
    while (true) {
      if (stop.stop_requested()) return End::stopped;
      if (Clock::now() >= deadline) return End::late;
      pollfd ready{output_.get(), POLLIN, 0};
      if (::poll(&ready, 1, static_cast<int>(kLook.count())) <= 0) continue;
      const auto got = ::read(output_.get(), buffer, sizeof buffer);
      if (got == 0) return End::all;
      if (got < 0) continue;
      answer.append(buffer, static_cast<std::size_t>(got));
      if (answer.size() > at_most) return End::large;
    }
  }

  /// The status of `waitpid`.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  Child(pid_t pid, Fd input, Fd output) : pid_(pid), input_(std::move(input)), output_(std::move(output)) {}

  pid_t pid_;
  Fd input_;
  Fd output_;
};

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

/// One of those that may run at once.
class Place {
 public:
  Place(std::atomic<unsigned>& taken, unsigned at_once) : taken_(taken), is_free_(taken.fetch_add(1) < at_once) {}
  Place(const Place&) = delete;
  ~Place() { taken_.fetch_sub(1); }
  bool is_free() const { return is_free_; }

 private:
  std::atomic<unsigned>& taken_;
  const bool is_free_;
};

}  // namespace

DuckdbSandbox::DuckdbSandbox(SandboxOptions options) : options_(std::move(options)) {
  std::error_code ignored;  // what stays is in nobody's way
  fs::remove_all(options_.folder, ignored);
}

Result<std::string> DuckdbSandbox::run(const ports::SqlQuestion& question, const ports::Export& contents,
                                       std::stop_token stop) {
  const Place place(running_, options_.at_once);
  if (!place.is_free()) {
    return unavailable(std::to_string(options_.at_once) + " SQL queries run already; retry in a moment");
  }
  const std::string folder = options_.folder + "/" + std::to_string(next_folder_++);
  TRY(const auto linked, LinkedFiles::make(folder, contents));
  const auto deadline = Clock::now() + options_.time;
  TRY(auto child, Child::start(options_.program));
  child.write(request_of(question, linked, folder, options_));
  std::string answer;
  const auto out_of_time = invalid("/sql: the query was stopped after " + std::to_string(options_.time.count()) +
                                   " s, which is the limit; let it read or make fewer rows");
  switch (child.read(answer, deadline, options_.answer_bytes, stop)) {
    case Child::End::late: return out_of_time;
    case Child::End::stopped: return unavailable("the query was given up");
    case Child::End::large:
      return invalid("/sql: the answer is larger than " + mebibytes(options_.answer_bytes) +
                     ", which is the limit; select fewer rows or columns");
    case Child::End::all: break;
  }
  const int status = child.wait();
  if (WIFEXITED(status) && WEXITSTATUS(status) == kAnswered) return answer;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kRefused) return invalid("/sql: " + answer);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return out_of_time;
  // Whatever else ends it is its limit of memory: an allocation that failed where nobody expects it.
  return invalid("/sql: the query needed more than " + mebibytes(options_.memory_bytes) +
                 " of memory, which is the limit; let it read or make fewer rows");
}

}  // namespace spectrum::duckdb
