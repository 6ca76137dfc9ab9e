#include "ingest/decompress.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace spectrum::ingest {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr int kLargestWindowLog = 25;
constexpr int kGzipFraming = 15 + 16;

Error too_large(std::size_t max_bytes) {
  return spectrum::too_large("the body is larger than " + std::to_string(max_bytes >> 20) + " MiB when it is unpacked");
}

Result<std::string> gunzip(std::string_view packed, std::size_t max_bytes) {
  z_stream stream{};
  if (::inflateInit2(&stream, kGzipFraming) != Z_OK) return internal("zlib does not start");
  const std::unique_ptr<z_stream, decltype(&::inflateEnd)> guard(&stream, &::inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string unpacked;
  char piece[kPiece];
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    const int code = ::inflate(&stream, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END) return invalid("the body is no valid gzip, or it is cut short");
    unpacked.append(piece, sizeof piece - stream.avail_out);
    if (unpacked.size() > max_bytes) return too_large(max_bytes);
    if (code != Z_STREAM_END) continue;
    if (stream.avail_in == 0) return unpacked;
    if (::inflateReset(&stream) != Z_OK) return internal("zlib does not start again");
  }
}

Result<std::string> unzstd(std::string_view packed, std::size_t max_bytes) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&::ZSTD_freeDCtx)> context(::ZSTD_createDCtx(), &::ZSTD_freeDCtx);
  ::ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kLargestWindowLog);
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::string unpacked;
  std::unique_ptr<char[]> piece(new char[kPiece]);
  for (;;) {
    ZSTD_outBuffer out{piece.get(), kPiece, 0};
    const std::size_t left = ::ZSTD_decompressStream(context.get(), &out, &in);
    if (::ZSTD_isError(left)) return invalid(std::string("the body is no valid zstd: ") + ::ZSTD_getErrorName(left));
    unpacked.append(piece.get(), out.pos);
    if (unpacked.size() > max_bytes) return too_large(max_bytes);
    // A full piece leaves open whether more is waiting inside, unless the frame is known to have ended.
    if (in.pos == in.size && (left == 0 || out.pos < out.size)) {
      if (left != 0) return invalid("the zstd body is cut short");
      return unpacked;
    }
  }
}

/// Names of encodings compare without case (RFC 9110, 8.4.1).
bool is_named(std::string_view encoding, std::string_view name) {
  return std::equal(encoding.begin(), encoding.end(), name.begin(), name.end(),
                    [](char given, char lower) { return given == lower || (given >= 'A' && given <= 'Z' && (given | 0x20) == lower); });
}

}  // namespace

Result<std::string> decompress(std::string_view encoding, std::string_view packed, std::size_t max_bytes) {
  if (is_named(encoding, "gzip") || is_named(encoding, "x-gzip")) return gunzip(packed, max_bytes);
  if (is_named(encoding, "zstd")) return unzstd(packed, max_bytes);
  return not_found("Content-Encoding must be gzip or zstd");
}

}  // namespace spectrum::ingest
