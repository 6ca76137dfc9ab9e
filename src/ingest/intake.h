#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "ingest/decode.h"
#include "ingest/id_set.h"
#include "ingest/rate_limit.h"
#include "ports/event_log.h"

namespace spectrum::ingest {

/// What became of the events of a request, once that is durable.
struct Receipt {
  bool is_single = false;
  bool is_camel_case = false;
  std::size_t accepted = 0;
  std::size_t duplicates = 0;
  struct Rejected {
    std::size_t index;
    Refusal refusal;
  };
  std::vector<Rejected> rejected;
  /// One per event, empty where rejected. Filled for a single event, and when the server made any id.
  std::vector<std::string> event_ids;
  model::Position position = 0;
};

/// One row of a bulk load: an event as JSON (followed by 64 readable bytes), or why the row holds none.
struct BulkRow {
  std::uint64_t line = 0;
  std::string_view event;
  std::optional<Refusal> refusal;
  std::string_view payload;  ///< of a row that is refused
};

struct IntakeOptions {
  std::chrono::hours dedupe_window{31 * 24};
  std::uint64_t events_per_second = 0;  ///< that a project may send; 0: no limit
};

/// The only way into the event log: decodes, validates, refuses what is known already, keeps what is refused, and
/// answers when all of that is durable. Thread-safe.
class Intake {
 public:
  /// Called once, from a thread of the log. Errors: `invalid` (no JSON), `too_large` (too many events), `limited` (the
  /// project sends too many a second) and `unavailable`: nothing was taken, retry.
  using Done = std::function<void(Result<Receipt>)>;
  using ProjectRef = std::shared_ptr<const model::Project>;

  Intake(ports::EventLog& log, const Clock& clock, IntakeOptions options);
  ~Intake();

  /// Takes a request's body, followed by 64 readable bytes; it may go when the call returns.
  void accept(const ProjectRef& project, std::string_view body, Framing framing, Done done);

  /// Takes rows of a file; how fast they come is no matter. A row that is refused once more, from the same line of the same
  /// file, is a duplicate.
  void load(const ProjectRef& project, std::string_view file, std::span<const BulkRow> rows, Done done);

  /// Takes a quarantined payload once more, as if it came when it first came, but under the rules of now. What is still
  /// refused is in the receipt, and nothing of it in the log.
  void replay(const ProjectRef& project, model::Position item, Timestamp received_at, std::string_view payload, Done done);

  /// Makes ids known that were stored before this start, by a thread of its own while more come; all are when it goes. One
  /// thread at a time.
  class Recall {
   public:
    explicit Recall(Intake& intake) : intake_(intake) {}
    ~Recall();
    Recall(const Recall&) = delete;
    Recall& operator=(const Recall&) = delete;

    /// Makes room for a project's ids, which is faster than growing.
    void expect(model::ProjectId project, std::size_t ids);
    void add(model::ProjectId project, std::string_view event_id, Timestamp received_at);
    void add_refused(model::ProjectId project, std::string_view file, std::uint64_t line, std::string_view payload, Timestamp received_at);

   private:
    struct Known {
      model::ProjectId project;
      Id128 key;
      Timestamp received_at;
    };
    void add(Known known);
    void hand_over();
    void make_known(const std::vector<Known>& batch);

    Intake& intake_;
    std::vector<Known> batch_, handed_over_;
    std::future<void> working_;  ///< on `handed_over_`
  };

  /// Ids received before this may have been forgotten.
  Timestamp deduplicated_since() const;
  /// Forgets ids that left the window; call it now and then.
  void forget_old();

  /// Events of requests that were refused for overload or by the storage, by project and UTC hour, since the last call.
  struct Limited {
    model::ProjectId project;
    Timestamp hour;
    std::uint64_t events;
  };
  std::vector<Limited> take_limited();
  /// Counts events that were refused before they came here.
  void count_limited(model::ProjectId project, std::uint64_t events);

  struct Stats {
    std::uint64_t accepted = 0, duplicates = 0, rejected = 0, limited = 0;  ///< events since the start
    std::size_t ids = 0, id_bytes = 0;
  };
  Stats stats() const;

 private:
  struct Workspace;
  struct Pending;

  std::unique_ptr<Workspace> borrow();
  void give_back(std::unique_ptr<Workspace> workspace);
  void submit(Workspace& workspace, const ProjectRef& project, Receipt receipt, model::Position replay_of, Done done);
  void finish(Pending& pending, const Result<ports::Appended>& appended);
  Status check_rate(model::ProjectId project, std::size_t events);

  ports::EventLog& log_;
  const Clock& clock_;
  const IntakeOptions options_;
  RateLimit rate_limit_;

  /// Held from looking an id up until its record is queued: a duplicate's record must lie behind its first one's.
  mutable std::recursive_mutex order_;  // a closed log answers from within `append`
  std::map<model::ProjectId, IdSet> known_;
  std::atomic<std::uint64_t> failures_{0};  // requests that the log refused

  Guarded<std::vector<std::unique_ptr<Workspace>>> idle_;
  Guarded<std::map<std::pair<model::ProjectId, Timestamp>, std::uint64_t>> limited_;
  std::atomic<std::uint64_t> accepted_{0}, duplicates_{0}, rejected_{0}, limited_events_{0};
};

}  // namespace spectrum::ingest
