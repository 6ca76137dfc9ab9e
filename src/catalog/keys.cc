#include "catalog/keys.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"
#include "catalog/sql.h"

namespace spectrum::catalog {
namespace {

constexpr std::size_t kSecretBytes = 24;
constexpr std::string_view kSecretStart = "spk_";
constexpr std::size_t kPrefixBytes = 10;
constexpr std::size_t kMaxNameBytes = 255;

Scopes parse_scopes(std::string_view text) {
  const auto has = [text](std::string_view scope) { return text.find(scope) != std::string_view::npos; };
  return {has("ingest"), has("read"), has("admin")};
}

std::optional<Timestamp> instant(const ports::Value& value) {
  const auto* const micros = std::get_if<std::int64_t>(&value);
  return micros ? std::optional(from_micros(*micros)) : std::nullopt;
}

std::string hash_of(std::string_view secret) { return to_hex(sha256(secret)); }

}  // namespace

std::string Scopes::text() const {
  std::string text;
  const auto add = [&text](bool has, std::string_view scope) {
    if (!has) return;
    if (!text.empty()) text += ',';
    text += scope;
  };
  add(ingest, "ingest");
  add(read, "read");
  add(admin, "admin");
  return text;
}

Result<std::unique_ptr<Keys>> Keys::open(ports::Database& database, const Clock& clock) {
  std::unique_ptr<Keys> keys(new Keys(database, clock));
  CHECK_OK(keys->reload());
  return keys;
}

Status Keys::reload() {
  TRY(const auto rows, database_.execute(sql::list_keys));
  std::map<std::string, Entry, std::less<>> loaded;
  for (const auto& row : rows.rows) {
    ApiKey key;
    key.id = std::get<std::string>(row[0]);
    key.name = std::get<std::string>(row[1]);
    key.project_number = std::get<std::int64_t>(row[2]);
    key.project = std::get<std::string>(row[3]);
    key.scopes = parse_scopes(std::get<std::string>(row[4]));
    key.prefix = std::get<std::string>(row[5]);
    key.created_at = from_micros(std::get<std::int64_t>(row[7]));
    key.expires_at = instant(row[8]);
    key.last_used_at = instant(row[9]);
    loaded[std::get<std::string>(row[6])] = {std::move(key), false};
  }
  by_hash_.with([&](auto& keys) { keys = std::move(loaded); });
  return {};
}

Result<Keys::Created> Keys::create(const std::string& name, const ProjectRef& project, Scopes scopes,
                                   std::optional<Timestamp> expires_at) {
  if (name.empty() || name.size() > kMaxNameBytes) return invalid("/name: must be 1 to 255 bytes of text");
  if (scopes.text().empty()) return invalid("/scopes: must name at least one of ingest, read, admin");
  if (expires_at && *expires_at <= clock_.now()) return invalid("/expires_at: has passed already");
  CHECK_OK(save_last_uses());
  const std::string secret = std::string(kSecretStart) + random_hex(kSecretBytes);
  const std::string id = "key_" + random_hex(8);
  const ports::Value expiry = expires_at ? ports::Value(*expires_at) : ports::Value();
  const std::array<ports::Value, 8> values = {id,  project->number, name, scopes.text(), secret.substr(0, kPrefixBytes),
                                              hash_of(secret), clock_.now(), expiry};
  TRY([[maybe_unused]] const auto inserted, database_.execute(sql::insert_key, values));
  CHECK_OK(reload());
  for (auto& key : list()) {
    if (key.id == id) return Created{std::move(key), secret};
  }
  return internal("the new key cannot be read back");
}

std::vector<ApiKey> Keys::list() const {
  auto keys = by_hash_.with([](const auto& entries) {
    std::vector<ApiKey> all;
    for (const auto& [hash, entry] : entries) all.push_back(entry.key);
    return all;
  });
  std::sort(keys.begin(), keys.end(), [](const ApiKey& a, const ApiKey& b) { return a.id < b.id; });
  return keys;
}

Result<ApiKey> Keys::revoke(const std::string& id) {
  const auto keys = list();
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const ApiKey& key) { return key.id == id; });
  if (found == keys.end()) return not_found("there is no key '" + id + "'");
  CHECK_OK(save_last_uses());
  const std::array<ports::Value, 2> values = {id, clock_.now()};
  TRY([[maybe_unused]] const auto updated, database_.execute(sql::revoke_key, values));
  CHECK_OK(reload());
  return *found;
}

std::optional<ApiKey> Keys::authenticate(std::string_view secret) {
  if (!secret.starts_with(kSecretStart)) return std::nullopt;
  const std::string hash = hash_of(secret);
  return by_hash_.with([&](auto& keys) -> std::optional<ApiKey> {
    const auto found = keys.find(hash);
    if (found == keys.end()) return std::nullopt;
    Entry& entry = found->second;
    const Timestamp now = clock_.now();
    if (entry.key.expires_at && *entry.key.expires_at <= now) return std::nullopt;
    entry.key.last_used_at = now;
    entry.used = true;
    return entry.key;
  });
}

Status Keys::save_last_uses() {
  const auto used = by_hash_.with([](auto& keys) {
    std::vector<ApiKey> list;
    for (auto& [hash, entry] : keys) {
      if (std::exchange(entry.used, false)) list.push_back(entry.key);
    }
    return list;
  });
  for (const auto& key : used) {
    const std::array<ports::Value, 2> values = {key.id, *key.last_used_at};
    TRY([[maybe_unused]] const auto updated, database_.execute(sql::touch_key, values));
  }
  return {};
}

}  // namespace spectrum::catalog
