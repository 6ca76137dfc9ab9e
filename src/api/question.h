#pragma once

#include <chrono>
#include <optional>

#include "api/endpoint.h"
#include "base/json_text.h"
#include "query/trends.h"

namespace spectrum::api {

/// The parameters that every question has, as text.
struct QuestionParameters {
  std::string from;
  std::string to;
  std::string timezone;  ///< empty: the project's
  std::optional<std::string> project;  ///< nothing: the request's
  model::Position at_least = 0;
  std::optional<model::Position> as_of;  ///< repeat an answer from the facts up to here
  std::vector<std::string> warnings;     ///< what to know before trusting the numbers
};

/// A place in the log, as an answer to an ingest request has it.
Result<model::Position> parse_position(const std::string& text, std::string_view pointer);

/// Reads them from a query string.
Result<QuestionParameters> parameters_of(const http::Request& request);
/// Reads them from a body.
Result<QuestionParameters> parameters_of(const Json& body);

/// A question on its way: everything up to `at_least` is counted, and it knows what its answer may say about itself.
class Question {
 public:
  /// `unavailable` while the warehouse is rebuilt or has not reached `at_least`, where `exchange.awaits` says what to wait
  /// for; and when waiting is in vain, because it has failed or there is no such position.
  static Result<Question> open(const Services& services, const Exchange& exchange,
                               const QuestionParameters& parameters);

  const query::Scope& scope() const { return scope_; }
  /// Says that what answered holds everything up to there, and all that was received until then.
  void answered_from(model::Position position, Timestamp complete_until);
  void warn(std::string warning) { warnings_.push_back(std::move(warning)); }
  /// Writes `"meta":{…}`; with `next_cursor` for a list, null when that is empty.
  void write_meta(JsonWriter& json, const std::string* next_cursor = nullptr) const;

 private:
  Question(query::Scope scope, catalog::ProjectRef project, Timestamp complete_until, std::vector<std::string> warnings)
      : project_(std::move(project)),
        scope_(std::move(scope)),
        complete_until_(complete_until),
        warnings_(std::move(warnings)) {}

  catalog::ProjectRef project_;  // scope_ refers to it
  query::Scope scope_;
  Timestamp complete_until_;
  std::vector<std::string> warnings_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

/// Writes `"breakdown":[…]`: the values that a row of an answer stands for, one for each property; and of `$other` how many
/// are poured together.
void write_breakdown(JsonWriter& json, const std::vector<std::string>& values, const std::optional<std::size_t>& other_values);

/// Writes `"breakdown":[{"breakdown":[…], …}, …]`: a row for each value, the rest of it by `write_rest(JsonWriter&, row)`.
template <typename Rows, typename Write>
void write_breakdown_rows(JsonWriter& json, const Rows& rows, Write&& write_rest) {
  json.key("breakdown").begin_array();
  for (const auto& row : rows) {
    json.begin_object();
    write_breakdown(json, row.breakdown, row.other_values);
    write_rest(json, row);
    json.end_object();
  }
  json.end_array();
}

/// `{"data": …, "meta": …}`.
template <typename Write>
http::Response answer_with_meta(const Question& question, Write&& write_data, const std::string* next_cursor = nullptr) {
  JsonWriter json;
  json.begin_object().key("data");
  write_data(json);
  question.write_meta(json, next_cursor);
  json.end_object();
  http::Response response;
  response.body = json.take();
  return response;
}

}  // namespace spectrum::api
