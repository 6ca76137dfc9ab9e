#pragma once

#include "api/services.h"

namespace spectrum::api {

/// Finds the endpoint of a request, checks who calls, and has it answered. The services must outlive every answer.
void handle(const Services& services, const http::Request& request, http::Responder responder);

}  // namespace spectrum::api
