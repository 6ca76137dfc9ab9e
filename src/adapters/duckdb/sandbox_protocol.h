#pragma once

namespace spectrum::duckdb {

/// The exit codes of a sandbox worker. Its standard output holds the answer, or the text of the refusal.
enum SandboxExit : int {
  kAnswered = 0,
  kRefused = 3,
  kOutOfMemory = 4,
};

}  // namespace spectrum::duckdb
