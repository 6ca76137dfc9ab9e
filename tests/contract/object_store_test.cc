// What every ObjectStore promises. An adapter joins by one line at the end.
#include "ports/object_store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>
#include <ostream>

#include "adapters/local/object_store.h"
#include "tests/support/temp_dir.h"

namespace spectrum {
namespace {

struct Adapter {
  std::string name;
  /// Opens the store that belongs to a folder; the same one for the same folder.
  std::function<std::unique_ptr<ports::ObjectStore>(const std::string& folder)> open;

  /// Its name, instead of its bytes, in the names of tests.
  friend void PrintTo(const Adapter& adapter, std::ostream* out) { *out << adapter.name; }
};

class ObjectStoreContract : public testing::TestWithParam<Adapter> {
 protected:
  std::unique_ptr<ports::ObjectStore> open() { return GetParam().open(folder_.path() + "/store"); }

  std::string a_file(const std::string& bytes) {
    const std::string path = folder_.path() + "/file";
    std::ofstream(path) << bytes;
    return path;
  }
  static std::vector<std::string> keys(ports::ObjectStore& store, const std::string& prefix = "") {
    std::vector<std::string> keys;
    const auto objects = store.list(prefix).value();
    for (const auto& object : objects) keys.push_back(object.key);
    return keys;
  }

  TempDir folder_;
  std::unique_ptr<ports::ObjectStore> store_ = open();
};

TEST_P(ObjectStoreContract, HandsOutWhatWasPut) {
  const std::string bytes("one\0two", 7);
  ASSERT_TRUE(store_->put("a/b/c", bytes).ok());
  EXPECT_EQ(store_->get("a/b/c").value(), bytes);
}

TEST_P(ObjectStoreContract, ReplacesWhatWasThere) {
  ASSERT_TRUE(store_->put("key", "first and longer").ok());
  ASSERT_TRUE(store_->put("key", "second").ok());
  EXPECT_EQ(store_->get("key").value(), "second");
}

TEST_P(ObjectStoreContract, SaysWhatIsNotThere) {
  EXPECT_EQ(store_->get("nothing").error().code, Errc::not_found);
  ASSERT_TRUE(store_->put("a/b", "").ok());
  EXPECT_EQ(store_->get("a").error().code, Errc::not_found);
}

TEST_P(ObjectStoreContract, MovesAFileIn) {
  const std::string path = a_file("bytes");
  ASSERT_TRUE(store_->put_file("folder/file", path).ok());
  ASSERT_TRUE(store_->sync().ok());
  EXPECT_EQ(store_->get("folder/file").value(), "bytes");
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_P(ObjectStoreContract, AFileThatIsNotThereIsNotMoved) {
  EXPECT_FALSE(store_->put_file("key", folder_.path() + "/nothing").ok());
  EXPECT_TRUE(keys(*store_).empty());
}

TEST_P(ObjectStoreContract, ListsByPrefixAndInOrder) {
  for (const char* key : {"b/2", "a/1", "b/10", "ba"}) ASSERT_TRUE(store_->put(key, "12345").ok());
  EXPECT_EQ(keys(*store_), (std::vector<std::string>{"a/1", "b/10", "b/2", "ba"}));
  EXPECT_EQ(keys(*store_, "b/"), (std::vector<std::string>{"b/10", "b/2"}));
  EXPECT_EQ(store_->list("a/").value().front().bytes, 5u);
}

TEST_P(ObjectStoreContract, RemovesAndDoesNotMindWhatIsGone) {
  ASSERT_TRUE(store_->put("a", "").ok());
  EXPECT_TRUE(store_->remove("a").ok());
  EXPECT_TRUE(store_->remove("a").ok());
  EXPECT_TRUE(keys(*store_).empty());
}

TEST_P(ObjectStoreContract, AFileMovedInMayGoBeforeTheSync) {
  ASSERT_TRUE(store_->put_file("key", a_file("bytes")).ok());
  ASSERT_TRUE(store_->remove("key").ok());
  EXPECT_TRUE(store_->sync().ok());
}

TEST_P(ObjectStoreContract, RefusesKeysThatLeaveIt) {
  for (const char* key : {"", "..", "../a", "a/../../b", "/a", "a//b", "a/", "./a"}) {
    EXPECT_EQ(store_->put(key, "").error().code, Errc::invalid) << key;
  }
}

TEST_P(ObjectStoreContract, KeepsObjectsWhenOpenedAgain) {
  ASSERT_TRUE(store_->put("a/b", "bytes").ok());
  store_.reset();
  EXPECT_EQ(open()->get("a/b").value(), "bytes");
}

const Adapter kLocal = {
    "local", [](const std::string& folder) { return local::LocalObjectStore::open(folder).value(); }};

INSTANTIATE_TEST_SUITE_P(Adapters, ObjectStoreContract, testing::Values(kLocal),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace spectrum
