#include "adapters/local/object_store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace spectrum::local {
namespace {

TEST(LocalObjectStore, LocationIsTheFile) {
  const TempDir folder;
  const auto store = LocalObjectStore::open(folder.path()).value();
  ASSERT_TRUE(store->put("a/b", "bytes").ok());
  EXPECT_EQ(store->location("a/b"), folder.path() + "/a/b");
  std::ifstream file(store->location("a/b"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "bytes");
}

TEST(LocalObjectStore, WhatACrashLeftHalfWrittenIsNoObject) {
  const TempDir folder;
  const auto store = LocalObjectStore::open(folder.path()).value();
  std::ofstream(folder.path() + "/manifest.json.tmp") << "half";
  EXPECT_TRUE(store->list("").value().empty());
  EXPECT_EQ(store->put("a.tmp", "").error().code, Errc::invalid);
  ASSERT_TRUE(LocalObjectStore::open(folder.path()).ok());
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/manifest.json.tmp"));
}

TEST(LocalObjectStore, SaysThatItsFolderCannotBeMade) {
  const TempDir folder;
  std::ofstream(folder.path() + "/file") << "";
  EXPECT_FALSE(LocalObjectStore::open(folder.path() + "/file/store").ok());
}

}  // namespace
}  // namespace spectrum::local
