#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace spectrum::ingest {

/// Unpacks `gzip` (also several members in a row) or `zstd`; an empty encoding or `identity` is for the caller to skip.
/// `invalid` for damaged input, `too_large` when the result would be larger than `max_bytes`, `not_found` for an unknown
/// encoding. Memory stays within `max_bytes` and the codec's window (32 MiB at most).
Result<std::string> decompress(std::string_view encoding, std::string_view packed, std::size_t max_bytes);

}  // namespace spectrum::ingest
