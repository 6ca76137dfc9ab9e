#pragma once

#include <string>
#include <vector>

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
  };
  /// `unavailable` when no answer came: whether the request was carried out is then unknown.
  Result<Answer> send(const std::string& method, const std::string& path, const std::string& body = {},
                      const std::string& content_type = "application/json");
  /// The same; any status but 2xx is an Error with the server's text.
  Result<std::string> expect(const std::string& method, const std::string& path, const std::string& body = {});

 private:
  std::string url_;
  std::string key_;
  void* curl_;
};

/// A text as a part of a URL.
std::string percent_encode(const std::string& text);

}  // namespace spectrum::app
