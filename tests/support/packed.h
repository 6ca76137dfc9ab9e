#pragma once

#include <zlib.h>
#include <zstd.h>

#include <string>
#include <string_view>

#include "base/assert.h"

namespace spectrum {

/// The text as one gzip member.
inline std::string gzip(std::string_view text) {
  constexpr int kGzipFraming = 15 + 16;
  z_stream stream{};
  SPECTRUM_ASSERT(::deflateInit2(&stream, 6, Z_DEFLATED, kGzipFraming, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib starts");
  std::string packed(::deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  SPECTRUM_ASSERT(::deflate(&stream, Z_FINISH) == Z_STREAM_END, "the packed text fits");
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

/// The text as one zstd frame with a checksum, whose header asks for a window of 2^`window_log` bytes; 0: as it comes.
inline std::string zstd_with_window(std::string_view text, int window_log) {
  ZSTD_CCtx* const context = ::ZSTD_createCCtx();
  ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  if (window_log != 0) {
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  std::string packed(::ZSTD_compressBound(text.size()), '\0');
  ZSTD_outBuffer out{packed.data(), packed.size(), 0};
  // Given in two calls, so that zstd does not shrink the window to the text.
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ::ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue);
  const std::size_t left = ::ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
  SPECTRUM_ASSERT(left == 0, "the packed text fits");
  ::ZSTD_freeCCtx(context);
  packed.resize(out.pos);
  return packed;
}

inline std::string zstd(std::string_view text) { return zstd_with_window(text, 0); }

}  // namespace spectrum
