#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace spectrum {

/// A fixed number of threads that work off a bounded queue. Thread-safe.
class ThreadPool {
 public:
  /// The threads bear the name in `top -H`.
  ThreadPool(std::string name, unsigned threads, std::size_t max_queued);
  /// Finishes what was taken.
  ~ThreadPool();

  /// False when the queue is full: refuse the work, don't wait.
  [[nodiscard]] bool submit(std::function<void()> work);

 private:
  void run(const std::stop_token& stop);

  const std::string name_;
  const std::size_t max_queued_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::jthread> threads_;
};

}  // namespace spectrum
