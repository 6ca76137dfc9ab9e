#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace spectrum::app {

/// Requests to one Spectrum server, over one kept connection. One thread at a time.
class HttpClient {
 public:
  /// `key` goes with every request; may be empty.
  HttpClient(std::string url, std::string key);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  struct Answer {
    int status = 0;
    std::string body;
    std::chrono::seconds retry_after{0};  ///< as the server asks for, else 0
  };
  /// `unavailable` when no answer came: whether the request was carried out is then unknown.
  Result<Answer> send(const std::string& method, const std::string& path, const std::string& body = {},
                      const std::string& content_type = "application/json");
  /// The same; any status but 2xx is an Error with the server's text.
  Result<std::string> expect(const std::string& method, const std::string& path, const std::string& body = {});
  /// Posts lines of events until they are taken, and returns what the server says of them: again and again while it cannot be
  /// reached, is overloaded (503) or takes no more of the project for now (429). An answer may have been lost, so the events
  /// need ids. `unavailable` after two minutes of that, or half a minute when the server was never reached.
  Result<std::string> post_until_taken(const std::string& path, const std::string& lines);

 private:
  std::string url_;
  std::string key_;
  void* curl_;
  bool was_reached_ = false;
};

/// A text as a part of a URL.
std::string percent_encode(const std::string& text);

}  // namespace spectrum::app
