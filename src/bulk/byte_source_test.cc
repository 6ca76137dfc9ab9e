#include "bulk/byte_source.h"

#include <gtest/gtest.h>

#include <random>

#include "base/file.h"
#include "tests/support/packed.h"
#include "tests/support/temp_dir.h"

namespace spectrum::bulk {
namespace {

/// Some that packs well and some that does not, so that packed and unpacked pieces end anywhere.
std::string sample(std::size_t size) {
  std::mt19937 random(5);
  std::string text;
  while (text.size() < size) text += random() % 2 == 0 ? std::string(random() % 3000, 'x') : std::to_string(random());
  text.resize(size);
  return text;
}

class ByteSourceTest : public testing::Test {
 protected:
  std::unique_ptr<ByteSource> open(const std::string& bytes) {
    EXPECT_TRUE(write_file_atomically(folder_ / "file", bytes).ok());
    return ByteSource::open(folder_ / "file").value();
  }
  /// All of a file, read so many bytes at a time.
  Result<std::string> read(const std::string& bytes, std::size_t piece = 1 << 18) {
    const auto source = open(bytes);
    std::string text, buffer(piece, '\0');
    for (;;) {
      TRY(const std::size_t got, source->read(buffer.data(), piece));
      if (got == 0) return text;
      text.append(buffer, 0, got);
    }
  }

  TempDir folder_;
};

TEST_F(ByteSourceTest, GivesAFileAsItIs) {
  EXPECT_EQ(read("").value(), "");
  EXPECT_EQ(read("ab").value(), "ab");
  EXPECT_EQ(read(sample(700'000)).value(), sample(700'000));
}

TEST_F(ByteSourceTest, TellsWhatItCannotRead) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"PK\3\4...", "zip"}, {"BZh9...", "bzip2"}, {"\xFD" "7zXZ", "xz"}, {"\xFF\xFE" "abcd", "UTF-16"}, {"\xFE\xFF" "abcd", "UTF-16"}};
  for (const auto& [bytes, says] : files) {
    ASSERT_TRUE(write_file_atomically(folder_ / "file", bytes).ok());
    const auto source = ByteSource::open(folder_ / "file");
    ASSERT_FALSE(source.ok()) << says;
    EXPECT_NE(source.error().message.find(says), std::string::npos) << source.error().message;
  }
}

TEST_F(ByteSourceTest, UnpacksHoweverLittleIsAskedFor) {
  const std::string text = sample(300'000);
  for (const std::size_t piece : {997u, 65'536u, 1u << 18, 1u << 20}) {
    EXPECT_EQ(read(gzip(text), piece).value(), text) << piece;
    EXPECT_EQ(read(zstd(text), piece).value(), text) << piece;
  }
}

TEST_F(ByteSourceTest, UnpacksWhatPacksToAlmostNothing) {
  const std::string text(1'000'000, 'x');
  EXPECT_EQ(read(gzip(text), 1000).value(), text);
  EXPECT_EQ(read(zstd(text), 1000).value(), text);
}

TEST_F(ByteSourceTest, SeveralMembersAreOneFile) {
  EXPECT_EQ(read(gzip("one ") + gzip("") + gzip("two")).value(), "one two");
  EXPECT_EQ(read(zstd("one ") + zstd("") + zstd("two")).value(), "one two");
}

TEST_F(ByteSourceTest, ACutFileIsRefusedWhereverItIsCut) {
  for (const std::string& packed : {gzip("some text, some text"), zstd("some text, some text")}) {
    for (std::size_t size = 4; size < packed.size(); ++size) {
      const auto cut = read(packed.substr(0, size));
      ASSERT_FALSE(cut.ok()) << size;
      EXPECT_EQ(cut.error().code, Errc::invalid);
    }
  }
}

TEST_F(ByteSourceTest, ADamagedFileIsRefused) {
  for (std::string packed : {gzip(sample(10'000)), zstd(sample(10'000))}) {
    packed[packed.size() / 2] ^= 1;
    EXPECT_FALSE(read(packed).ok());
  }
}

TEST_F(ByteSourceTest, TellsHowFarItIs) {
  const auto source = open(gzip(sample(2'000'000)));
  EXPECT_EQ(source->position(), 4);
  std::string buffer(1 << 20, '\0');
  while (source->read(buffer.data(), buffer.size()).value() > 0) {}
  EXPECT_EQ(source->position(), source->size());
}

TEST_F(ByteSourceTest, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(ByteSource::open(folder_ / "nothing").error().code, Errc::not_found);
}

TEST_F(ByteSourceTest, AFolderCannotBeRead) { EXPECT_FALSE(ByteSource::open(folder_.path()).ok()); }

}  // namespace
}  // namespace spectrum::bulk
