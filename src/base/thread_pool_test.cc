#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace spectrum {
namespace {

TEST(ThreadPoolTest, FinishesWhatItTook) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool("test", 3, 1000);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.submit([&] { ++done; }));
  }
  EXPECT_EQ(done, 500);
}

TEST(ThreadPoolTest, RefusesWorkBeyondItsQueue) {
  std::promise<void> started, go;
  ThreadPool pool("test", 1, 2);
  ASSERT_TRUE(pool.submit([&] {
    started.set_value();
    go.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_FALSE(pool.submit([] {}));
  go.set_value();
}

TEST(ThreadPoolTest, WorksInParallel) {
  std::promise<void> first, second;
  ThreadPool pool("test", 2, 2);
  ASSERT_TRUE(pool.submit([&] {
    first.set_value();
    second.get_future().wait();
  }));
  ASSERT_TRUE(pool.submit([&] {
    first.get_future().wait();
    second.set_value();
  }));
}

}  // namespace
}  // namespace spectrum
