#pragma once

#include "bulk/buffer.h"
#include "bulk/readers.h"

namespace spectrum::bulk {

/// Events out of NDJSON: a line each.
std::unique_ptr<RowReader> open_ndjson_rows(Buffer buffer, const std::string& name, const ReadOptions& options,
                                            ContentIds& ids);

/// Events out of JSON: the members of an array (also of `{"events": […]}`), or objects one after the other.
std::unique_ptr<RowReader> open_json_rows(Buffer buffer, const std::string& name, const ReadOptions& options,
                                          ContentIds& ids);

}  // namespace spectrum::bulk
