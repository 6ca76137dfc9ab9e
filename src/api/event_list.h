#pragma once

#include "base/json_text.h"
#include "query/events.h"

namespace spectrum::api {

/// An event as an object; what was not sent is left out.
void write_event(JsonWriter& json, const query::EventRow& event);

}  // namespace spectrum::api
