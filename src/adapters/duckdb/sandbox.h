#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "ports/sql_sandbox.h"

namespace spectrum::duckdb {

struct SandboxOptions {
  std::string folder;   ///< on the file system of the lake; for links to the files that a question reads
  std::string program;  ///< runs `run_sandbox_worker` when called with `sql-worker`
  std::uint64_t memory_bytes = 512u << 20;
  std::chrono::seconds time{30};
  std::uint64_t answer_bytes = 64u << 20;
  unsigned at_once = 2;
};

/// Runs each question in a process of its own: a DuckDB in memory with views over the lake's files, which cannot reach
/// other files, the net, settings or extensions, under limits of memory, time and processor priority. What goes wrong
/// there stays there.
class DuckdbSandbox final : public ports::SqlSandbox {
 public:
  /// Clears the folder.
  explicit DuckdbSandbox(SandboxOptions options);

  Result<std::string> run(const ports::SqlQuestion& question, const ports::Export& contents,
                          std::stop_token stop) override;

 private:
  const SandboxOptions options_;
  std::atomic<unsigned> running_ = 0;
  std::atomic<std::uint64_t> next_folder_ = 0;
};

/// The other side: reads one question from standard input, writes its answer to standard output and returns the exit
/// code.
int run_sandbox_worker();

}  // namespace spectrum::duckdb
