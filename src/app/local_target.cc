#include <condition_variable>
#include <mutex>

#include "app/load_target.h"
#include "app/wiring.h"

namespace spectrum::app {
namespace {

constexpr std::size_t kBatchesInFlight = 4;

/// Events go the way of all events, through intake and log, within this process.
class LocalTarget final : public LoadTarget {
 public:
  Status open(Config config, const std::string& project) {
    // The reader has a core and the loader another; a third thread would make the loader wait for it by asking again.
    config.query_threads = 1;
    TRY(directory_, DataDirectory::own(config.data));
    TRY(catalog_, Catalog::open(*directory_, clock_));
    TRY(project_, catalog_->projects->find(project));
    TRY(store_, Store::open(config, *directory_, *catalog_, clock_, nullptr, {.is_bulk = true}));
    store_->start(false);
    return {};
  }

  Status send(const std::string& file, std::vector<bulk::Row> rows) override {
    auto batch = std::make_shared<Batch>(Batch{file, std::move(rows)});
    for (auto& row : batch->rows) row.event.reserve(row.event.size() + bulk::kEventPadding);
    submit(std::move(batch));
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ < kBatchesInFlight; });
    return failure_;
  }

  Result<LoadCounts> finish() override {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return in_flight_ == 0; });
      if (!failure_.ok()) return failure_.error();
    }
    CHECK_OK(store_->finish_loading());
    CHECK_OK(store_->close());
    return counts_;
  }

 private:
  struct Batch {
    std::string file;
    std::vector<bulk::Row> rows;
  };

  void submit(std::shared_ptr<Batch> batch) {
    {
      const std::lock_guard lock(mutex_);
      ++in_flight_;
    }
    std::vector<ingest::BulkRow> rows;
    rows.reserve(batch->rows.size());
    for (const auto& row : batch->rows) {
      auto& out = rows.emplace_back();
      out.line = row.line;
      out.event = row.event;
      out.payload = row.payload;
      if (row.is_refused()) out.refusal = ingest::Refusal{row.code, row.message, {}};
    }
    store_->intake().load(project_, batch->file, rows, [this, batch](const Result<ingest::Receipt>& receipt) {
      finished(*batch, receipt);
    });
  }

  void finished(const Batch& batch, const Result<ingest::Receipt>& receipt) {
    const std::lock_guard lock(mutex_);
    --in_flight_;
    if (!receipt) {
      failure_ = receipt.error();
    } else {
      counts_.stored += receipt->accepted;
      counts_.duplicates += receipt->duplicates;
      counts_.quarantined += receipt->rejected.size();
      for (const auto& rejected : receipt->rejected) {
        if (counts_.first_bad.size() == kShownBadRows) break;
        counts_.first_bad.push_back({batch.rows[rejected.index].line, rejected.refusal.message});
      }
    }
    changed_.notify_all();
  }

  const SystemClock clock_;
  std::unique_ptr<DataDirectory> directory_;
  std::unique_ptr<Catalog> catalog_;
  catalog::ProjectRef project_;
  std::unique_ptr<Store> store_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t in_flight_ = 0;
  LoadCounts counts_;
  Status failure_;
};

}  // namespace

Result<std::unique_ptr<LoadTarget>> open_local_target(const Config& config, const std::string& project) {
  auto target = std::make_unique<LocalTarget>();
  CHECK_OK(target->open(config, project));
  return std::unique_ptr<LoadTarget>(std::move(target));
}

}  // namespace spectrum::app
