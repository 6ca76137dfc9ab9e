#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "catalog/projects.h"

namespace spectrum::catalog {

/// What a key may do. `admin` includes the others.
struct Scopes {
  bool ingest = false;
  bool read = false;
  bool admin = false;

  std::string text() const;  ///< `ingest,read`
};

struct ApiKey {
  std::string id;
  std::string name;
  model::ProjectId project_number = 0;
  std::string project;
  Scopes scopes;
  std::string prefix;  ///< of the secret, to tell keys apart
  Timestamp created_at;
  std::optional<Timestamp> expires_at;
  std::optional<Timestamp> last_used_at;
};

/// API keys. Only a SHA-256 of a secret is stored: it has 192 random bits, so a slow hash would add nothing.
/// Thread-safe.
class Keys {
 public:
  static Result<std::unique_ptr<Keys>> open(ports::Database& database, const Clock& clock);

  struct Created {
    ApiKey key;
    std::string secret;  ///< shown this once
  };
  Result<Created> create(const std::string& name, const ProjectRef& project, Scopes scopes,
                         std::optional<Timestamp> expires_at);
  std::vector<ApiKey> list() const;
  /// In force when it returns, with the key as it was. `not_found` for an unknown or revoked key.
  Result<ApiKey> revoke(const std::string& id);

  /// The key that a secret belongs to, unless it has expired. Remembers that it was used.
  std::optional<ApiKey> authenticate(std::string_view secret);
  /// Writes the times of last use; call it now and then.
  Status save_last_uses();

 private:
  Keys(ports::Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  Status reload();

  struct Entry {
    ApiKey key;
    bool used = false;
  };
  ports::Database& database_;
  const Clock& clock_;
  Guarded<std::map<std::string, Entry, std::less<>>> by_hash_;
};

}  // namespace spectrum::catalog
