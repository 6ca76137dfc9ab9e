#include "bulk/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/file.h"

namespace spectrum::bulk {
namespace {

constexpr std::size_t kInputBytes = 1 << 18;
constexpr int kGzipFraming = 15 + 16;

/// Bytes as they lie in the file.
class RawSource final : public ByteSource {
 public:
  RawSource(Fd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
    struct stat info {};
    if (::fstat(fd(), &info) == 0 && S_ISREG(info.st_mode)) size_ = static_cast<std::uint64_t>(info.st_size);
  }

  Result<std::size_t> read(char* out, std::size_t size) override {
    if (!peeked_.empty()) {
      const std::size_t taken = std::min(size, peeked_.size());
      std::memcpy(out, peeked_.data(), taken);
      peeked_.erase(0, taken);
      return taken;
    }
    return read_file_bytes(out, size);
  }

  /// The first bytes, which `read` will give again.
  Result<std::string> peek(std::size_t size) {
    std::string first(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      TRY(const std::size_t got, read_file_bytes(first.data() + have, size - have));
      if (got == 0) break;
      have += got;
    }
    first.resize(have);
    peeked_ = first;
    return first;
  }

  std::uint64_t position() const override { return position_; }
  std::uint64_t size() const override { return size_; }

 private:
  int fd() const { return file_.is_open() ? file_.get() : STDIN_FILENO; }

  Result<std::size_t> read_file_bytes(char* out, std::size_t size) {
    for (;;) {
      const ssize_t got = ::read(fd(), out, size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error("cannot read", path_);
      position_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
  }

  Fd file_;  // closed for standard input
  std::string path_;
  std::string peeked_;
  std::uint64_t position_ = 0;
  std::uint64_t size_ = 0;
};

/// Unpacks what another source gives, a piece at a time.
class UnpackingSource : public ByteSource {
 public:
  UnpackingSource(std::unique_ptr<ByteSource> packed, std::string path)
      : path_(std::move(path)), packed_(std::move(packed)), input_(kInputBytes) {}

  std::uint64_t position() const override { return packed_->position(); }
  std::uint64_t size() const override { return packed_->size(); }

 protected:
  Result<std::size_t> refill() { return packed_->read(input_.data(), input_.size()); }
  Error damaged(std::string_view format) const {
    return invalid(path_ + " is damaged or cut short: it does not unpack as " + std::string(format));
  }

  std::string path_;
  std::unique_ptr<ByteSource> packed_;
  std::vector<char> input_;
};

class GzipSource final : public UnpackingSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> packed, std::string path) : UnpackingSource(std::move(packed), std::move(path)) {
    ::inflateInit2(&stream_, kGzipFraming);
  }
  ~GzipSource() override { ::inflateEnd(&stream_); }

  Result<std::size_t> read(char* out, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size) {
      if (stream_.avail_in == 0) {
        TRY(const std::size_t got, refill());
        if (got == 0) return between_members_ ? Result<std::size_t>(std::size_t{0}) : damaged("gzip");
        stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
        stream_.avail_in = static_cast<uInt>(got);
      }
      between_members_ = false;
      const int code = ::inflate(&stream_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        between_members_ = true;
        ::inflateReset(&stream_);
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return damaged("gzip");
      }
    }
    return size - stream_.avail_out;
  }

 private:
  z_stream stream_{};
  bool between_members_ = true;
};

class ZstdSource final : public UnpackingSource {
 public:
  ZstdSource(std::unique_ptr<ByteSource> packed, std::string path)
      : UnpackingSource(std::move(packed), std::move(path)), context_(::ZSTD_createDCtx()) {}
  ~ZstdSource() override { ::ZSTD_freeDCtx(context_); }

  Result<std::size_t> read(char* out, std::size_t size) override {
    ZSTD_outBuffer to{out, size, 0};
    while (to.pos == 0) {
      if (from_.pos == from_.size && !holds_output_) {
        TRY(const std::size_t got, refill());
        if (got == 0) return unfinished_ ? Result<std::size_t>(damaged("zstd")) : std::size_t{0};
        from_ = {input_.data(), got, 0};
      }
      const std::size_t left = ::ZSTD_decompressStream(context_, &to, &from_);
      if (::ZSTD_isError(left)) return damaged("zstd");
      unfinished_ = left != 0;
      holds_output_ = unfinished_ && to.pos == to.size;
    }
    return to.pos;
  }

 private:
  ZSTD_DCtx* context_;
  ZSTD_inBuffer from_{nullptr, 0, 0};
  bool unfinished_ = false;
  bool holds_output_ = false;  // the last piece was filled, so more may be waiting inside
};

}  // namespace

namespace {

/// What a file is that cannot be read as it is, by its first bytes; empty for any other.
std::string_view unreadable(std::string_view start) {
  if (start.starts_with("PK\3\4")) return "is a zip archive; unpack it first";
  if (start.starts_with("BZh")) return "is packed with bzip2; unpack it first (bunzip2), or pack it with gzip or zstd";
  if (start.starts_with("\xFD" "7zX")) return "is packed with xz; unpack it first (unxz), or pack it with gzip or zstd";
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) return "is UTF-16; make it UTF-8 first (iconv -f UTF-16 -t UTF-8)";
  return {};
}

}  // namespace

Result<std::unique_ptr<ByteSource>> ByteSource::open(const std::string& path) {
  Fd file;
  if (path != "-") {
    TRY(file, open_file(path, O_RDONLY));
  }
  auto raw = std::make_unique<RawSource>(std::move(file), path);
  TRY(const std::string start, raw->peek(4));
  if (const auto what = unreadable(start); !what.empty()) return invalid((path == "-" ? "standard input" : path) + " " + std::string(what));
  if (start.starts_with("\x1F\x8B")) return std::unique_ptr<ByteSource>(new GzipSource(std::move(raw), path));
  if (start == "\x28\xB5\x2F\xFD") return std::unique_ptr<ByteSource>(new ZstdSource(std::move(raw), path));
  return std::unique_ptr<ByteSource>(std::move(raw));
}

}  // namespace spectrum::bulk
