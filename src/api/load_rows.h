#pragma once

#include "api/endpoint.h"

namespace spectrum::api {

/// Takes the body of `POST /api/v1/load`: a line for each row of a file, `{"line":n,"event":{…}}`, or
/// `{"line":n,"payload":"…","code":"…","message":"…"}` for one that could not be understood.
void take_load_rows(const Services& services, const Exchange& exchange, std::string_view body, ingest::Intake::Done done);

}  // namespace spectrum::api
