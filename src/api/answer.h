#pragma once

#include <string>
#include <string_view>

#include "base/json_text.h"
#include "base/result.h"
#include "http/message.h"

namespace spectrum::api {

/// `{"error":{"code","message","pointer","request_id"}}`.
http::Response error_answer(int status, std::string_view code, std::string_view message, std::string_view pointer = {});

/// The answer for a failure. Texts of `internal` and `corrupt` go to the log, not to the client. A message that begins
/// with `/pointer: ` is split.
http::Response error_answer(const Error& error);

/// The answer to a request that no endpoint saw, because it was malformed, too slow or too large. A page of another origin
/// may read it: it says nothing of anybody.
http::Response refusal(int status, std::string_view message);

/// An endpoint's answer, or the one for its failure.
http::Response answered(Result<http::Response> response);

http::Response json_answer(int status, std::string body);

/// `{"data": …}` with a body written by `write(JsonWriter&)`.
template <typename Write>
http::Response data_answer(int status, Write&& write) {
  JsonWriter json;
  json.begin_object().key("data");
  write(json);
  json.end_object();
  return json_answer(status, json.take());
}

}  // namespace spectrum::api
