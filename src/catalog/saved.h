#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "model/position.h"
#include "ports/database.h"

namespace spectrum::catalog {

/// Something that was saved for a project.
struct SavedItem {
  std::int64_t id = 0;
  std::string content;       ///< a JSON object
  std::int64_t version = 0;  ///< 1, then one more with each change
  Timestamp created_at;
  Timestamp updated_at;
  std::string updated_by;    ///< a key's id, `management`, `loopback`
};

/// Saved items of several kinds (`question`, `dashboard`, …), each project's apart. Thread-safe.
class Saved {
 public:
  static constexpr std::int64_t kMost = 1000;  ///< items of a kind in a project

  Saved(ports::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// `invalid` when there are too many.
  Result<SavedItem> create(const std::string& kind, model::ProjectId project, const std::string& content,
                           const std::string& actor);
  /// By id, those behind `after`.
  Result<std::vector<SavedItem>> list(const std::string& kind, model::ProjectId project, std::int64_t after,
                                      std::int64_t limit);
  /// `not_found` with a text for the client.
  Result<SavedItem> find(const std::string& kind, model::ProjectId project, std::int64_t id);
  /// `conflict` when its version is another one by now.
  Result<SavedItem> replace(const std::string& kind, model::ProjectId project, std::int64_t id, std::int64_t version,
                            const std::string& content, const std::string& actor);
  Status remove(const std::string& kind, model::ProjectId project, std::int64_t id, std::int64_t version,
                const std::string& actor);

 private:
  Result<SavedItem> change(const std::string& kind, model::ProjectId project, std::int64_t id, std::int64_t version,
                           const std::string& content, const std::string& actor, bool removes);

  ports::Database& database_;
  const Clock& clock_;
};

}  // namespace spectrum::catalog
