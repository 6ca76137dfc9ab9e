#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/position.h"

namespace spectrum::model {

/// One accepted event in canonical form. Text is viewed, not owned: the bytes it was decoded from must outlive it.
/// An empty text means the field is absent.
struct Event {
  ProjectId project_id = kDefaultProject;
  Timestamp occurred_at;
  Timestamp received_at;

  std::string_view event_id;    ///< any text of at most 128 bytes, never empty
  std::string_view event_type;  ///< never empty
  std::string_view user_id;     ///< this or anonymous_id is there
  std::string_view anonymous_id;
  std::string_view session_id;
  std::string_view product_sku;
  std::string_view product_name;
  std::string_view product_category;
  std::string_view currency;  ///< ISO 4217, upper case; there when amount_minor is
  std::string_view experiment_id;
  std::string_view variant;
  std::string_view source;
  std::string_view entity_id;
  std::string_view status;        ///< success, failed or pending
  std::string_view page;          ///< what the event was seen on, out of context or properties
  std::string_view user_segment;
  std::string_view user_traits;   ///< a JSON object
  std::string_view properties;    ///< a JSON object
  std::string_view context;       ///< a JSON object

  std::optional<double> value;
  std::optional<std::int64_t> amount_minor;  ///< in the currency's smallest unit
  std::optional<double> product_price_usd;

  /// The quarantine item that this event came from by replay; 0: it came directly.
  Position replay_of = 0;

  /// Who did it: user_id, else anonymous_id. The two never name the same user, even with the same text.
  std::string_view user_key() const { return user_id.empty() ? anonymous_id : user_id; }
  bool is_anonymous() const { return user_id.empty(); }
};

/// An input that was refused and is kept to be looked at and replayed.
struct Rejection {
  ProjectId project_id = kDefaultProject;
  Timestamp received_at;
  std::string_view code;     ///< `invalid_timestamp`, `missing_field`, …
  std::string_view message;
  std::string_view pointer;  ///< JSON pointer to the culprit, may be empty
  std::string_view payload;  ///< as it came
  std::string_view file;     ///< of a bulk load; empty for HTTP
  std::uint64_t line = 0;    ///< in `file`, from 1
};

/// So many events of a request were known already.
struct Duplicates {
  ProjectId project_id = kDefaultProject;
  Timestamp received_at;
  std::uint64_t count = 0;
  Position replay_of = 0;  ///< the quarantine item whose replay found its event stored; 0: none
};

}  // namespace spectrum::model
