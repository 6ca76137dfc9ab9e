#pragma once

#include <optional>

#include "http/message.h"

namespace spectrum::api {

/// The dashboard, when the request asks for one of its pages, or a browser for what is nowhere else. Which page it is, the
/// address alone says.
std::optional<http::Response> dashboard_page(const http::Request& request);

}  // namespace spectrum::api
