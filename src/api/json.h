#pragma once

#include "base/json.h"
#include "base/result.h"

namespace spectrum::api {

/// Parses a whole JSON text. `invalid` for anything that is none, is nested deeper than 32, or names a member twice.
Result<Json> parse_json(std::string_view text);

}  // namespace spectrum::api
