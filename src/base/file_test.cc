#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace spectrum {
namespace {

class FileTest : public testing::Test {
 protected:
  TempDir folder_;
  const std::string path_ = folder_ / "file";
};

TEST_F(FileTest, WritesAFileWholeAndLeavesNothingElse) {
  const std::string bytes(200'000, 'x');
  ASSERT_TRUE(write_file_atomically(path_, "before").ok());
  ASSERT_TRUE(write_file_atomically(path_, bytes).ok());
  EXPECT_EQ(read_file(path_).value(), bytes);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(FileTest, WritesAtAnOffset) {
  const auto file = open_file(path_, O_RDWR | O_CREAT).value();
  ASSERT_TRUE(write_at(file, "world", 6, path_).ok());
  ASSERT_TRUE(write_at(file, "hello ", 0, path_).ok());
  EXPECT_EQ(read_file(path_).value(), "hello world");
}

TEST_F(FileTest, AFailureNamesThePath) {
  const auto missing = read_file(folder_ / "nothing");
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_NE(missing.error().message.find(folder_ / "nothing"), std::string::npos);
  EXPECT_EQ(read_file(folder_.path()).error().code, Errc::internal);
  EXPECT_FALSE(write_file_atomically(folder_ / "nothing/file", "x").ok());
  EXPECT_FALSE(sync_directory(folder_ / "nothing").ok());
}

TEST_F(FileTest, AFullDiskIsUnavailable) {
  errno = ENOSPC;
  EXPECT_EQ(system_error("cannot write", path_).code, Errc::unavailable);
  errno = EMFILE;
  EXPECT_EQ(system_error("cannot open", path_).code, Errc::unavailable);
  errno = EIO;
  EXPECT_EQ(system_error("cannot write", path_).code, Errc::internal);
}

TEST_F(FileTest, MakesFoldersInFolders) {
  ASSERT_TRUE(make_directories(folder_ / "a/b/c").ok());
  ASSERT_TRUE(make_directories(folder_ / "a/b/c").ok());
  ASSERT_TRUE(write_file_atomically(path_, "").ok());
  EXPECT_FALSE(make_directories(path_ + "/d").ok());
}

TEST_F(FileTest, ADescriptorIsClosedOnce) {
  int number = 0;
  {
    Fd file = open_file(path_, O_RDWR | O_CREAT).value();
    number = file.get();
    Fd moved = std::move(file);
    EXPECT_FALSE(file.is_open());
    EXPECT_EQ(moved.get(), number);
  }
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

}  // namespace
}  // namespace spectrum
