// Random appends, releases, reopenings, kills and power losses, against a list of what was appended.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>

#include "log/segment_log.h"
#include "tests/support/event_logs.h"
#include "tests/support/temp_dir.h"

namespace spectrum::log {
namespace {

using Random = std::mt19937_64;

/// Storage that knows what of a folder a power loss would leave: what was synced, and by chance some of the rest.
class PowerLossStorage final : public Storage {
 public:
  explicit PowerLossStorage(std::string folder) : folder_(std::move(folder)) {
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      durable_bytes_.push_back(read_file(file.path().string()).value());
      names_[file.path().string()] = durable_bytes_.size() - 1;
    }
    durable_names_ = names_;
  }

  Status write(const Fd& file, std::string_view bytes, std::uint64_t offset, const std::string& path) override {
    std::lock_guard lock(mutex_);
    if (names_.emplace(path, durable_bytes_.size()).second) durable_bytes_.emplace_back();
    return Storage::write(file, bytes, offset, path);
  }
  Status sync(const Fd&, const std::string& path) override {
    std::lock_guard lock(mutex_);
    TRY(durable_bytes_[names_.at(path)], read_file(path));
    return {};
  }
  Status sync_folder(const std::string&) override {
    std::lock_guard lock(mutex_);
    durable_names_ = names_;
    return {};
  }
  Status rename(const std::string& from, const std::string& to) override {
    std::lock_guard lock(mutex_);
    names_[to] = names_.at(from);
    names_.erase(from);
    return Storage::rename(from, to);
  }
  Status remove(const std::string& path) override {
    std::lock_guard lock(mutex_);
    names_.erase(path);
    return Storage::remove(path);
  }

  /// Fills `folder` as the disk may look when power fails now.
  void lose_power(const std::string& folder, Random& random) {
    std::lock_guard lock(mutex_);
    std::map<std::size_t, std::string> current;
    for (const auto& [path, file] : names_) current[file] = read_file(path).value();
    for (const auto& [path, file] : random() % 2 == 0 ? names_ : durable_names_) {
      const bool exists = current.contains(file);
      put(folder, path, exists ? mix(durable_bytes_[file], current[file], random) : durable_bytes_[file]);
    }
  }
  /// Fills `folder` as the disk looks when the process is killed now.
  void kill(const std::string& folder) {
    std::lock_guard lock(mutex_);
    for (const auto& [path, file] : names_) put(folder, path, read_file(path).value());
  }

 private:
  static void put(const std::string& folder, const std::string& path, const std::string& bytes) {
    std::ofstream(folder + "/" + std::filesystem::path(path).filename().string(), std::ios::binary) << bytes;
  }
  /// The synced bytes with some of the newer sectors.
  static std::string mix(std::string bytes, const std::string& newer, Random& random) {
    constexpr std::size_t kSector = 512;
    if (newer.size() != bytes.size() && random() % 2 == 0) bytes.resize(newer.size());
    const unsigned chance = random() % 4;
    for (std::size_t at = 0; at < std::min(bytes.size(), newer.size()); at += kSector) {
      if (random() % 4 < chance) bytes.replace(at, kSector, newer, at, std::min(kSector, bytes.size() - at));
    }
    return bytes;
  }

  const std::string folder_;
  std::mutex mutex_;
  std::vector<std::string> durable_bytes_;           ///< by file
  std::map<std::string, std::size_t> names_;         ///< path to file
  std::map<std::string, std::size_t> durable_names_;
};

/// One log through its lives, and what it must hold.
class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed) {
    options_.segment_bytes = 8192 << random_() % 3;
    options_.keep_bytes = random_() % 2 == 0 ? 0 : 40'000;
    options_.min_free_bytes = 0;
    options_.realtime_commits = false;
    std::filesystem::create_directory(folder());
    start();
  }

  void step() {
    switch (random_() % 12) {
      case 0: return reopen();
      case 1: return lose(&PowerLossStorage::lose_power);
      case 2: return lose([](PowerLossStorage& storage, const std::string& to, Random&) { storage.kill(to); });
      case 3: return release();
      case 4: return check();
      case 5: return wait();
      default: return append_some();
    }
  }

  void check() {
    wait();
    EXPECT_EQ(check_content(), appended_.size());
  }

 private:
  std::string folder() const { return root_ / std::to_string(generation_); }

  void start() {
    storage_ = std::make_unique<PowerLossStorage>(folder());
    options_.storage = storage_.get();
    auto opened = SegmentLog::open(folder(), options_, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = std::move(*opened);
  }

  void append_some() {
    const std::size_t batches = 1 + random_() % 6;
    for (std::size_t i = 0; i < batches; ++i) {
      std::vector<std::string> records(1 + random_() % 4);
      for (auto& record : records) {
        record = std::to_string(made_++) + std::string(random_() % 1500, 'x');
        appended_.push_back(record);
      }
      log_->append(batch_of(records), [this](const Result<ports::Appended>& answer) {
        EXPECT_TRUE(answer.ok());
        acknowledged_ = answer->last;
      });
    }
  }
  void wait() { static_cast<void>(append(*log_, {}).ok()); }

  void release() {
    if (log_->stats().last > 0) log_->release(random_() % (log_->stats().last + 1));
  }

  void reopen() {
    EXPECT_TRUE(log_->close().ok());
    EXPECT_EQ(acknowledged_, appended_.size());
    log_.reset();
    start();
    EXPECT_EQ(check_content(), appended_.size());
  }

  template <typename Loss>
  void lose(Loss loss) {
    const model::Position acknowledged = acknowledged_;
    const std::string next = root_ / std::to_string(generation_ + 1);
    std::filesystem::create_directory(next);
    std::invoke(loss, *storage_, next, random_);
    log_.reset();
    std::filesystem::remove_all(folder());
    ++generation_;
    start();
    const std::size_t held = check_content();
    ASSERT_GE(held, acknowledged);
    ASSERT_LE(held, appended_.size());
    appended_.resize(held);
    acknowledged_ = held;
  }

  /// Compares what is held with what was appended; returns the last position.
  std::size_t check_content() {
    const auto stats = log_->stats();
    if (stats.first == 0) return stats.last;
    const auto records = read_records(*log_, stats.first - 1);
    if (!records.ok()) {
      EXPECT_EQ(records.error().code, Errc::not_found) << "only retention may be faster; " << records.error().message;
      return stats.last;
    }
    for (const auto& record : *records) {
      EXPECT_TRUE(record.position <= appended_.size() && record.bytes == appended_[record.position - 1])
          << "at position " << record.position;
    }
    return stats.last;
  }

  Random random_;
  TempDir root_;
  SystemClock clock_;
  SegmentLogOptions options_;
  int generation_ = 0;
  std::unique_ptr<PowerLossStorage> storage_;
  std::vector<std::string> appended_;  ///< record by record: the first has position 1
  std::atomic<model::Position> acknowledged_{0};
  std::size_t made_ = 0;
  std::unique_ptr<SegmentLog> log_;
};

/// SPECTRUM_SEED=n runs that one only.
TEST(SegmentLogProperty, NothingAcknowledgedIsEverLostWhateverHappens) {
  const char* chosen = std::getenv("SPECTRUM_SEED");
  const std::uint64_t first = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
  const std::uint64_t last = chosen != nullptr ? first : 150;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life(seed);
    for (int i = 0; i < 60 && !::testing::Test::HasFailure(); ++i) life.step();
    life.check();
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
}

}  // namespace
}  // namespace spectrum::log
