#include <gmock/gmock.h>

#include "adapters/sqlite/sqlite_database.h"
#include "base/sha256.h"
#include "base/time_text.h"
#include "catalog/audit.h"
#include "catalog/keys.h"
#include "catalog/limited.h"
#include "catalog/migrations.h"
#include "catalog/projects.h"
#include "catalog/quarantine.h"
#include "catalog/saved.h"
#include "catalog/settings.h"
#include "tests/support/temp_dir.h"

namespace spectrum::catalog {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class EmptyCatalogTest : public testing::Test {
 protected:
  std::vector<std::vector<ports::Value>> rows(std::string_view sql) { return database_->execute(sql).value().rows; }

  TempDir folder_;
  ManualClock clock_{*parse_rfc3339("2026-11-21T12:00:00Z")};
  std::unique_ptr<ports::Database> database_ = adapters::SqliteDatabase::open(folder_ / "catalog.db").value();
};

// --- migrations ------------------------------------------------------------------------------------------------------

using MigrationsTest = EmptyCatalogTest;

TEST_F(MigrationsTest, ANewFileGetsTheSchema) {
  EXPECT_EQ(migration_status(*database_).value()[0].applied_at, std::nullopt);
  ASSERT_TRUE(migrate(*database_, clock_).ok());
  EXPECT_EQ(migration_status(*database_).value()[0].applied_at, clock_.now());
  EXPECT_THAT(rows("SELECT id FROM projects"), ElementsAre(ElementsAre(ports::Value(std::string("default")))));
}

TEST_F(MigrationsTest, ASecondTimeChangesNothing) {
  ASSERT_TRUE(migrate(*database_, clock_).ok());
  const auto before = migration_status(*database_).value()[0].applied_at;
  clock_.advance(1h);
  ASSERT_TRUE(migrate(*database_, clock_).ok());
  EXPECT_EQ(migration_status(*database_).value()[0].applied_at, before);
}

TEST_F(MigrationsTest, AFileOfANewerProgramIsRefused) {
  ASSERT_TRUE(migrate(*database_, clock_).ok());
  rows("INSERT INTO schema_history VALUES (999, 'later', 'x', 0)");
  const auto refused = migrate(*database_, clock_);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("newer"));
}

TEST_F(MigrationsTest, AStepThatWasChangedIsRefused) {
  ASSERT_TRUE(migrate(*database_, clock_).ok());
  rows("UPDATE schema_history SET checksum = 'another' WHERE version = 1");
  EXPECT_EQ(migrate(*database_, clock_).error().code, Errc::conflict);
}

TEST_F(MigrationsTest, AHistoryThatBeginsBeforeTheFirstStepIsRefused) {
  ASSERT_TRUE(migrate(*database_, clock_).ok());
  rows("INSERT INTO schema_history VALUES (0, 'none', 'x', 0)");
  EXPECT_EQ(migrate(*database_, clock_).error().code, Errc::conflict);
}

class CatalogTest : public EmptyCatalogTest {
 protected:
  CatalogTest() { EXPECT_TRUE(migrate(*database_, clock_).ok()); }
};

// --- projects --------------------------------------------------------------------------------------------------------

class ProjectsTest : public CatalogTest {
 protected:
  static model::Project shop() {
    return {.number = 0, .id = "web-shop", .name = "Shop", .timezone = "Europe/Berlin", .currency = "EUR", .max_event_age = 90 * 24h};
  }
  std::unique_ptr<Projects> projects_ = Projects::open(*database_, clock_).value();
};

TEST_F(ProjectsTest, TheDefaultProjectIsThere) {
  EXPECT_EQ(projects_->find("default").value()->number, model::kDefaultProject);
  EXPECT_EQ(projects_->find("nothing").error().code, Errc::not_found);
}

TEST_F(ProjectsTest, ANewProjectIsKept) {
  const auto created = projects_->create(shop()).value();
  EXPECT_EQ(created->number, 2);
  projects_ = Projects::open(*database_, clock_).value();
  const auto found = projects_->find("web-shop").value();
  EXPECT_EQ(found->number, 2);
  EXPECT_EQ(found->name, "Shop");
  EXPECT_EQ(found->timezone, "Europe/Berlin");
  EXPECT_EQ(found->currency, "EUR");
  EXPECT_EQ(found->max_event_age, 90 * 24h);
  EXPECT_THAT(projects_->list(), SizeIs(2));
}

TEST_F(ProjectsTest, ATakenIdIsAConflict) {
  ASSERT_TRUE(projects_->create(shop()).ok());
  EXPECT_EQ(projects_->create(shop()).error().code, Errc::conflict);
}

TEST_F(ProjectsTest, AnUpdateChangesAllButNumberAndId) {
  auto changed = *projects_->create(shop()).value();
  changed.name = "Other";
  changed.timezone = "UTC";
  changed.currency = "CHF";
  changed.max_event_age.reset();
  EXPECT_EQ(projects_->update(changed).value()->name, "Other");
  const auto found = Projects::open(*database_, clock_).value()->find("web-shop").value();
  EXPECT_EQ(found->timezone, "UTC");
  EXPECT_EQ(found->currency, "CHF");
  EXPECT_EQ(found->max_event_age, std::nullopt);
}

TEST_F(ProjectsTest, WhoHoldsAProjectKeepsItAsItWas) {
  const auto held = projects_->create(shop()).value();
  auto changed = *held;
  changed.name = "Other";
  ASSERT_TRUE(projects_->update(changed).ok());
  EXPECT_EQ(held->name, "Shop");
}

TEST_F(ProjectsTest, RefusesBadFields) {
  const auto refuses = [&](auto change) {
    auto project = shop();
    change(project);
    const auto created = projects_->create(project);
    return !created.ok() && created.error().code == Errc::invalid;
  };
  for (const std::string id : {"", "-a", "_a", "A", "a b", "a/b", "\xC3\xA9"}) EXPECT_TRUE(refuses([&](auto& project) { project.id = id; })) << id;
  EXPECT_TRUE(refuses([](auto& project) { project.id = std::string(65, 'a'); }));
  EXPECT_TRUE(refuses([](auto& project) { project.name = ""; }));
  EXPECT_TRUE(refuses([](auto& project) { project.name = std::string(256, 'a'); }));
  EXPECT_TRUE(refuses([](auto& project) { project.timezone = "Mars/Olympus"; }));
  EXPECT_TRUE(refuses([](auto& project) { project.currency = "eur"; }));
  EXPECT_TRUE(refuses([](auto& project) { project.currency = "EURO"; }));
}

// --- keys ------------------------------------------------------------------------------------------------------------

class KeysTest : public CatalogTest {
 protected:
  Keys::Created create(Scopes scopes = {.ingest = true}, std::optional<Timestamp> expires_at = {}) {
    return keys_->create("a key", project_, scopes, expires_at).value();
  }
  std::unique_ptr<Keys> keys_ = Keys::open(*database_, clock_).value();
  const ProjectRef project_ = std::make_shared<model::Project>();
};

TEST_F(KeysTest, ASecretFindsItsKey) {
  const auto created = create({.ingest = true, .read = true});
  const auto key = keys_->authenticate(created.secret);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->id, created.key.id);
  EXPECT_EQ(key->project, "default");
  EXPECT_TRUE(key->scopes.ingest);
  EXPECT_TRUE(key->scopes.read);
  EXPECT_FALSE(key->scopes.admin);
}

TEST_F(KeysTest, NothingElseDoes) {
  const auto created = create();
  for (const std::string& secret : {std::string(), std::string("spk_"), created.key.id, created.key.prefix, created.secret + "0",
                                    created.secret.substr(0, created.secret.size() - 1)}) {
    EXPECT_FALSE(keys_->authenticate(secret)) << secret;
  }
}

TEST_F(KeysTest, OnlyAHashIsStored) {
  const auto created = create();
  for (const auto& row : rows("SELECT * FROM api_keys")) {
    for (const auto& value : row) {
      const auto* const text = std::get_if<std::string>(&value);
      EXPECT_TRUE(!text || text->find(created.secret.substr(10)) == std::string::npos);
    }
  }
  EXPECT_THAT(rows("SELECT secret_hash FROM api_keys"), ElementsAre(ElementsAre(ports::Value(to_hex(sha256(created.secret))))));
}

TEST_F(KeysTest, SecretsDiffer) { EXPECT_NE(create().secret, create().secret); }

TEST_F(KeysTest, AKeyIsKnownAfterAStart) {
  const auto created = create({.admin = true});
  keys_ = Keys::open(*database_, clock_).value();
  EXPECT_TRUE(keys_->authenticate(created.secret)->scopes.admin);
}

TEST_F(KeysTest, ARevokedKeyIsNoneAtOnceAndForGood) {
  const auto created = create();
  ASSERT_TRUE(keys_->revoke(created.key.id).ok());
  EXPECT_FALSE(keys_->authenticate(created.secret));
  EXPECT_THAT(keys_->list(), IsEmpty());
  EXPECT_EQ(keys_->revoke(created.key.id).error().code, Errc::not_found);
  EXPECT_FALSE(Keys::open(*database_, clock_).value()->authenticate(created.secret));
}

TEST_F(KeysTest, AKeyExpires) {
  const auto created = create({.ingest = true}, clock_.now() + 1h);
  clock_.advance(1h - 1us);
  EXPECT_TRUE(keys_->authenticate(created.secret));
  clock_.advance(1us);
  EXPECT_FALSE(keys_->authenticate(created.secret));
}

TEST_F(KeysTest, RemembersWhenAKeyWasUsed) {
  const auto created = create();
  EXPECT_EQ(keys_->list()[0].last_used_at, std::nullopt);
  clock_.advance(1h);
  keys_->authenticate(created.secret);
  ASSERT_TRUE(keys_->save_last_uses().ok());
  EXPECT_EQ(Keys::open(*database_, clock_).value()->list()[0].last_used_at, clock_.now());
}

TEST_F(KeysTest, RefusesBadFields) {
  EXPECT_EQ(keys_->create("", project_, {.read = true}, {}).error().code, Errc::invalid);
  EXPECT_EQ(keys_->create("a", project_, {}, {}).error().code, Errc::invalid);
  EXPECT_EQ(keys_->create("a", project_, {.read = true}, clock_.now()).error().code, Errc::invalid);
}

// --- quarantine ------------------------------------------------------------------------------------------------------

class QuarantineTest : public CatalogTest {
 protected:
  static Quarantine::Entry entry(model::Position position, std::string_view code, model::ProjectId project = 1) {
    model::Rejection rejection;
    rejection.project_id = project;
    rejection.received_at = from_micros(static_cast<std::int64_t>(position));
    rejection.code = code;
    rejection.message = "message";
    rejection.pointer = "/p";
    rejection.payload = std::string_view("{\"a\":\"\0\"}", 9);
    return {position, rejection};
  }
  void take(const std::vector<Quarantine::Entry>& entries, const std::vector<model::Position>& replayed = {}) {
    ASSERT_TRUE(quarantine_.take_over(entries, replayed, clock_.now()).ok());
  }
  static std::vector<model::Position> ids(const Result<std::vector<QuarantineItem>>& items) {
    std::vector<model::Position> ids;
    for (const auto& item : items.value()) ids.push_back(item.id);
    return ids;
  }
  Quarantine quarantine_{*database_};
};

TEST_F(QuarantineTest, KeepsAllThatIsKnown) {
  auto from_file = entry(8, "too_long");
  from_file.rejection.file = "clicks.csv";
  from_file.rejection.line = 3;
  take({entry(7, "missing_field"), from_file});
  const auto http = quarantine_.find(1, 7).value();
  EXPECT_EQ(http.source, "http");
  EXPECT_EQ(http.code, "missing_field");
  EXPECT_EQ(http.message, "message");
  EXPECT_EQ(http.pointer, "/p");
  EXPECT_EQ(http.payload, std::string("{\"a\":\"\0\"}", 9));
  EXPECT_EQ(http.received_at, from_micros(7));
  EXPECT_EQ(http.file, std::nullopt);
  EXPECT_EQ(http.replayed_at, std::nullopt);
  const auto load = quarantine_.find(1, 8).value();
  EXPECT_EQ(load.source, "load");
  EXPECT_EQ(load.file, "clicks.csv");
  EXPECT_EQ(load.line, 3);
}

TEST_F(QuarantineTest, TakingOverTwiceChangesNothing) {
  take({entry(7, "a")}, {7});
  const auto before = quarantine_.find(1, 7).value().replayed_at;
  clock_.advance(1h);
  take({entry(7, "another")}, {7});
  EXPECT_EQ(quarantine_.find(1, 7).value().code, "a");
  EXPECT_EQ(quarantine_.find(1, 7).value().replayed_at, before);
}

TEST_F(QuarantineTest, PagesFromTheNewest) {
  for (model::Position id = 1; id <= 5; ++id) take({entry(id, id == 3 ? "b" : "a")});
  EXPECT_THAT(ids(quarantine_.list(1, "", 0, 2)), ElementsAre(5, 4));
  EXPECT_THAT(ids(quarantine_.list(1, "", 4, 2)), ElementsAre(3, 2));
  EXPECT_THAT(ids(quarantine_.list(1, "", 2, 2)), ElementsAre(1));
  EXPECT_THAT(ids(quarantine_.list(1, "b", 0, 10)), ElementsAre(3));
}

TEST_F(QuarantineTest, AProjectSeesItsOwn) {
  take({entry(1, "a"), entry(2, "a", 2)});
  EXPECT_THAT(ids(quarantine_.list(1, "", 0, 10)), ElementsAre(1));
  EXPECT_EQ(quarantine_.find(1, 2).error().code, Errc::not_found);
}

TEST_F(QuarantineTest, WhatWasReplayedStaysListedAndIsNotReplayedAgain) {
  take({entry(1, "a"), entry(2, "a"), entry(3, "b")}, {2});
  EXPECT_THAT(ids(quarantine_.list_unreplayed(1, "", 0, 10)), ElementsAre(1, 3));
  EXPECT_THAT(ids(quarantine_.list_unreplayed(1, "", 1, 10)), ElementsAre(3));
  EXPECT_THAT(ids(quarantine_.list_unreplayed(1, "a", 0, 10)), ElementsAre(1));
  ASSERT_TRUE(quarantine_.mark_replayed(1, clock_.now()).ok());
  EXPECT_THAT(ids(quarantine_.list_unreplayed(1, "", 0, 10)), ElementsAre(3));
  EXPECT_THAT(ids(quarantine_.list(1, "", 0, 10)), ElementsAre(3, 2, 1));
  EXPECT_EQ(quarantine_.find(1, 1).value().replayed_at, clock_.now());
}

TEST_F(QuarantineTest, ListsTheRowsOfFilesOfAnyProject) {
  auto of_file = entry(2, "a", 2);
  of_file.rejection.file = "clicks.csv";
  of_file.rejection.line = 7;
  auto later = of_file;
  later.position = 4;
  later.rejection.received_at = from_micros(4);
  take({entry(1, "a"), of_file, entry(3, "b"), later});
  EXPECT_THAT(ids(quarantine_.list_refused_rows(from_micros(2), 0, 10)), ElementsAre(2, 4));
  EXPECT_THAT(ids(quarantine_.list_refused_rows(from_micros(0), 2, 10)), ElementsAre(4));
  EXPECT_THAT(ids(quarantine_.list_refused_rows(from_micros(0), 0, 1)), ElementsAre(2));
  EXPECT_THAT(ids(quarantine_.list_refused_rows(from_micros(3), 0, 10)), ElementsAre(4));
}

// --- saved items -----------------------------------------------------------------------------------------------------

TEST_F(CatalogTest, ASavedItemIsChangedByItsVersionOnly) {
  Saved saved(*database_, clock_);
  const auto made = saved.create("question", 1, R"({"name":"a"})", "me").value();
  EXPECT_EQ(made.version, 1);
  clock_.advance(1s);
  const auto changed = saved.replace("question", 1, made.id, 1, R"({"name":"b"})", "you").value();
  EXPECT_EQ(changed.version, 2);
  EXPECT_EQ(changed.updated_by, "you");
  EXPECT_EQ(changed.created_at, made.created_at);
  EXPECT_EQ(changed.updated_at, clock_.now());
  EXPECT_EQ(saved.replace("question", 1, made.id, 1, "{}", "me").error().code, Errc::conflict);
  EXPECT_EQ(saved.remove("question", 1, made.id, 1, "me").error().code, Errc::conflict);
  EXPECT_EQ(saved.find("question", 1, made.id).value().content, R"({"name":"b"})");
}

TEST_F(CatalogTest, ASavedItemIsItsProjectsAndItsKindsOnly) {
  Saved saved(*database_, clock_);
  const auto made = saved.create("question", 1, "{}", "me").value();
  EXPECT_EQ(saved.find("dashboard", 1, made.id).error().code, Errc::not_found);
  EXPECT_EQ(saved.find("question", 2, made.id).error().code, Errc::not_found);
  EXPECT_EQ(saved.replace("question", 2, made.id, 1, "{}", "me").error().code, Errc::not_found);
  EXPECT_EQ(saved.remove("dashboard", 1, made.id, 1, "me").error().code, Errc::not_found);
  EXPECT_THAT(saved.list("question", 2, 0, 10).value(), IsEmpty());
}

TEST_F(CatalogTest, TheIdOfARemovedItemIsNotGivenAgain) {
  Saved saved(*database_, clock_);
  const auto first = saved.create("question", 1, "{}", "me").value();
  ASSERT_TRUE(saved.remove("question", 1, first.id, 1, "me").ok());
  EXPECT_EQ(saved.find("question", 1, first.id).error().code, Errc::not_found);
  EXPECT_EQ(saved.remove("question", 1, first.id, 2, "me").error().code, Errc::not_found);
  EXPECT_GT(saved.create("question", 1, "{}", "me").value().id, first.id);
  EXPECT_THAT(saved.list("question", 1, 0, 10).value(), SizeIs(1));
}

// --- the rest --------------------------------------------------------------------------------------------------------

TEST_F(CatalogTest, TheAuditListsChangesNewestFirst) {
  Audit audit(*database_, clock_);
  for (const std::string target : {"a", "b", "c"}) {
    ASSERT_TRUE(audit.record("cli", model::kDefaultProject, "project.create", target, R"({"n":1})").ok());
    clock_.advance(1s);
  }
  const auto entries = audit.list(std::nullopt, 0, 2).value();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[0].target, "c");
  EXPECT_EQ(entries[0].actor, "cli");
  EXPECT_EQ(entries[0].action, "project.create");
  EXPECT_EQ(entries[0].details, R"({"n":1})");
  EXPECT_EQ(entries[0].happened_at, clock_.now() - 1s);
  const auto rest = audit.list(std::nullopt, entries[1].id, 2).value();
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest[0].target, "a");
}

TEST_F(CatalogTest, TheAuditOfAProjectIsWhatConcernsIt) {
  const auto shop = Projects::open(*database_, clock_).value()->create({.number = 0, .id = "shop", .name = "Shop"}).value();
  Audit audit(*database_, clock_);
  for (const auto project : {model::kDefaultProject, shop->number, model::kDefaultProject, shop->number}) {
    ASSERT_TRUE(audit.record("cli", project, "key.create", std::to_string(project), "{}").ok());
  }
  const auto newest = audit.list(shop->number, 0, 1).value();
  ASSERT_THAT(newest, SizeIs(1));
  EXPECT_EQ(newest[0].project, "shop");
  const auto rest = audit.list(shop->number, newest[0].id, 10).value();
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest[0].id, newest[0].id - 2);
  EXPECT_THAT(audit.list(std::nullopt, 0, 10).value(), SizeIs(4));
}

TEST_F(CatalogTest, AuditEntriesOfOlderProgramsConcernNoProject) {
  rows("INSERT INTO audit_entries (id, happened_at, actor, action, target, details) VALUES (1, 0, 'cli', 'key.revoke', 'key_1', '{}')");
  Audit audit(*database_, clock_);
  ASSERT_TRUE(audit.record("cli", model::kDefaultProject, "key.create", "key_2", "{}").ok());
  EXPECT_THAT(audit.list(model::kDefaultProject, 0, 10).value(), ElementsAre(testing::Field(&AuditEntry::target, "key_2")));
  const auto all = audit.list(std::nullopt, 0, 10).value();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[1].project, std::nullopt);
}

TEST_F(CatalogTest, LimitedEventsAddUpByHour) {
  Limited limited(*database_);
  const Timestamp hour = clock_.now();
  ASSERT_TRUE(limited.add(1, hour, 2).ok());
  ASSERT_TRUE(limited.add(1, hour, 3).ok());
  ASSERT_TRUE(limited.add(1, hour + 1h, 7).ok());
  ASSERT_TRUE(limited.add(2, hour, 11).ok());
  EXPECT_THAT(limited.by_hour(1, hour, hour + 2h).value(), ElementsAre(std::pair(hour, 5), std::pair(hour + 1h, 7)));
  EXPECT_THAT(limited.by_hour(1, hour, hour + 1h).value(), SizeIs(1));
}

TEST_F(CatalogTest, ASettingIsTheLastOnePut) {
  Settings settings(*database_);
  EXPECT_EQ(settings.get("a").value(), std::nullopt);
  ASSERT_TRUE(settings.put("a", "1").ok());
  ASSERT_TRUE(settings.put("a", "2").ok());
  EXPECT_EQ(settings.get("a").value(), "2");
}

}  // namespace
}  // namespace spectrum::catalog
