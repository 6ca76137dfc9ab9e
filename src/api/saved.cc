#include "catalog/saved.h"

#include <charconv>

#include "api/answer.h"
#include "api/endpoint.h"
#include "api/json.h"
#include "api/page.h"
#include "base/time_text.h"
#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::api {
namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxTextBytes = 1000;
constexpr std::size_t kMaxSearchBytes = 16 << 10;
constexpr std::size_t kMaxPanels = 50;
constexpr std::size_t kMaxRangeBytes = 64;
/// A dashboard has so many columns; no panel has more rows.
constexpr std::int64_t kMostCells = 12;

std::string name_of(SavedKind kind) {
  switch (kind) {
    case SavedKind::annotation: return "annotation";
    case SavedKind::dashboard: return "dashboard";
    case SavedKind::question: return "question";
  }
  return {};
}

Status check_text(const Json& body, std::string_view name, std::size_t min, std::size_t max) {
  const Json* const text = body.find(name);
  if (text && text->string() && text->string()->size() >= min && text->string()->size() <= max) return {};
  return query::refuse("/" + std::string(name), min == 0 ? "must be a text of at most " + std::to_string(max) + " bytes"
                                                         : "must be a text of 1 to " + std::to_string(max) + " bytes");
}

/// How many columns or rows a panel has, when it says so.
Status check_cells(const Json& panel, const std::string& pointer, std::string_view name) {
  const Json* const cells = panel.find(name);
  if (!cells) return {};
  const auto count = cells->integer();
  if (count && *count >= 1 && *count <= kMostCells) return {};
  return query::refuse(pointer + "/" + std::string(name), "must be an integer from 1 to 12");
}

/// The id of a question, or an object that says where and when it is shown, too.
Status check_panel(const Json& panel, const std::string& pointer) {
  if (panel.integer()) return {};
  if (!panel.object()) return query::refuse(pointer, "must be the id of a question, or an object with it as `question`");
  CHECK_OK(query::check_members(panel, pointer, {"question", "width", "height", "range"}));
  const Json* const question = panel.find("question");
  if (!question || !question->integer()) return query::refuse(pointer + "/question", "must be the id of a question, which is an integer");
  CHECK_OK(check_cells(panel, pointer, "width"));
  CHECK_OK(check_cells(panel, pointer, "height"));
  const Json* const range = panel.find("range");
  if (!range || (range->string() && !range->string()->empty() && range->string()->size() <= kMaxRangeBytes)) return {};
  return query::refuse(pointer + "/range", "must be a range as addresses of the dashboard have it, such as 7d or 2026-10-01..2026-10-31");
}

Status check_panels(const Json& body) {
  const Json* const panels = body.find("panels");
  if (!panels || !panels->array() || panels->array()->size() > kMaxPanels) {
    return query::refuse("/panels", "must be a list of up to 50 panels");
  }
  std::size_t i = 0;
  for (const auto& panel : *panels->array()) CHECK_OK(check_panel(panel, "/panels/" + std::to_string(i++)));
  return {};
}

Status check_moment(const Json& body) {
  TRY(const auto at, query::text_member(body, "", "at", ""));
  const bool is_date = at.size() == 10 && parse_rfc3339(at + "T00:00:00Z");
  if (is_date || parse_rfc3339(at)) return {};
  return query::refuse("/at", "must be a date such as 2026-11-21 or an instant such as 2026-11-21T14:05:00Z");
}

/// What a kind consists of.
Status check(SavedKind kind, const Json& body) {
  switch (kind) {
    case SavedKind::annotation:
      CHECK_OK(query::check_members(body, "", {"text", "at"}));
      CHECK_OK(check_text(body, "text", 1, kMaxTextBytes));
      return check_moment(body);
    case SavedKind::dashboard:
      CHECK_OK(query::check_members(body, "", {"name", "panels"}));
      CHECK_OK(check_text(body, "name", 1, kMaxNameBytes));
      return check_panels(body);
    case SavedKind::question:
      CHECK_OK(query::check_members(body, "", {"name", "page", "search"}));
      CHECK_OK(check_text(body, "name", 1, kMaxNameBytes));
      CHECK_OK(check_text(body, "page", 1, kMaxNameBytes));
      return check_text(body, "search", 0, kMaxSearchBytes);
  }
  return {};
}

Result<std::string> content_of(SavedKind kind, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  CHECK_OK(check(kind, body));
  return to_json_text(body);
}

void write_item(JsonWriter& json, const catalog::SavedItem& item) {
  json.begin_object().key("id").integer(item.id);
  const auto content = parse_json(item.content);
  if (content && content->object()) {
    for (const auto& [name, value] : *content->object()) json.key(name).raw(to_json_text(value));
  }
  json.key("version").integer(item.version).key("created_at").string(format_rfc3339(item.created_at));
  json.key("updated_at").string(format_rfc3339(item.updated_at)).key("updated_by").string(item.updated_by).end_object();
}

http::Response item_answer(int status, const catalog::SavedItem& item) {
  auto response = data_answer(status, [&](JsonWriter& json) { write_item(json, item); });
  response.headers.emplace_back("ETag", "\"" + std::to_string(item.version) + "\"");
  return response;
}

/// The id of the path; what is no number names nothing.
Result<std::int64_t> id_of(SavedKind kind, const Exchange& exchange) {
  const std::string& text = exchange.id;
  std::int64_t id = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (code == std::errc() && end == text.data() + text.size() && id > 0) return id;
  return not_found("there is no such " + name_of(kind));
}

/// The version that a change is meant for: an ETag, as an answer had it.
std::optional<std::int64_t> wanted_version(const http::Request& request) {
  const auto tag = request.header("If-Match");
  if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
  std::int64_t version = 0;
  const auto [end, code] = std::from_chars(tag.data() + 1, tag.data() + tag.size() - 1, version);
  return code == std::errc() && end == tag.data() + tag.size() - 1 ? std::optional(version) : std::nullopt;
}

http::Response no_version() {
  return error_answer(428, "precondition_required", "send If-Match with the ETag of what you read, so that nobody's change is lost");
}

/// Somebody else was faster: the answer holds what is there now.
http::Response changed_meanwhile(const Error& error, const catalog::SavedItem& current) {
  JsonWriter json;
  json.begin_object().key("error").begin_object().key("code").string("precondition_failed");
  json.key("message").string(error.message).end_object().key("data");
  write_item(json, current);
  json.end_object();
  auto response = json_answer(412, json.take());
  response.headers.emplace_back("ETag", "\"" + std::to_string(current.version) + "\"");
  return response;
}

/// What becomes of a change that was refused.
Result<http::Response> refused(const Services& services, const Exchange& exchange, SavedKind kind, std::int64_t id,
                               const Error& error) {
  if (error.code != Errc::conflict) return error;
  TRY(const auto current, services.saved.find(name_of(kind), exchange.access.project->number, id));
  return changed_meanwhile(error, current);
}

Status record(const Services& services, const Exchange& exchange, SavedKind kind, std::string_view change, std::int64_t id,
              const std::string& content) {
  return services.audit.record(exchange.access.actor, exchange.access.project->number, name_of(kind) + "." + std::string(change),
                               std::to_string(id), content);
}

Result<http::Response> create_item(const Services& services, const Exchange& exchange, SavedKind kind) {
  TRY(const auto content, content_of(kind, exchange));
  TRY(const auto item, services.saved.create(name_of(kind), exchange.access.project->number, content, exchange.access.actor));
  CHECK_OK(record(services, exchange, kind, "create", item.id, content));
  return item_answer(201, item);
}

Result<http::Response> list_items(const Services& services, const Exchange& exchange, SavedKind kind) {
  TRY(const auto page, page_of(exchange.request));
  TRY(const auto after, number_of(page));
  TRY(const auto items, services.saved.list(name_of(kind), exchange.access.project->number, static_cast<std::int64_t>(after),
                                            page.rows_to_read()));
  return list_answer(items, page, write_item, [](const catalog::SavedItem& item) { return std::to_string(item.id); });
}

Result<http::Response> find_item(const Services& services, const Exchange& exchange, SavedKind kind) {
  TRY(const auto id, id_of(kind, exchange));
  TRY(const auto item, services.saved.find(name_of(kind), exchange.access.project->number, id));
  return item_answer(200, item);
}

Result<http::Response> replace_item(const Services& services, const Exchange& exchange, SavedKind kind) {
  TRY(const auto id, id_of(kind, exchange));
  const auto version = wanted_version(exchange.request);
  if (!version) return no_version();
  TRY(const auto content, content_of(kind, exchange));
  const auto item = services.saved.replace(name_of(kind), exchange.access.project->number, id, *version, content,
                                           exchange.access.actor);
  if (!item) return refused(services, exchange, kind, id, item.error());
  CHECK_OK(record(services, exchange, kind, "update", id, content));
  return item_answer(200, *item);
}

Result<http::Response> remove_item(const Services& services, const Exchange& exchange, SavedKind kind) {
  TRY(const auto id, id_of(kind, exchange));
  const auto version = wanted_version(exchange.request);
  if (!version) return no_version();
  const auto removed = services.saved.remove(name_of(kind), exchange.access.project->number, id, *version,
                                             exchange.access.actor);
  if (!removed.ok()) return refused(services, exchange, kind, id, removed.error());
  CHECK_OK(record(services, exchange, kind, "delete", id, "{}"));
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace

template <SavedKind kind>
http::Response Saved<kind>::post(const Services& services, const Exchange& exchange) {
  return answered(create_item(services, exchange, kind));
}
template <SavedKind kind>
http::Response Saved<kind>::list(const Services& services, const Exchange& exchange) {
  return answered(list_items(services, exchange, kind));
}
template <SavedKind kind>
http::Response Saved<kind>::get(const Services& services, const Exchange& exchange) {
  return answered(find_item(services, exchange, kind));
}
template <SavedKind kind>
http::Response Saved<kind>::put(const Services& services, const Exchange& exchange) {
  return answered(replace_item(services, exchange, kind));
}
template <SavedKind kind>
http::Response Saved<kind>::remove(const Services& services, const Exchange& exchange) {
  return answered(remove_item(services, exchange, kind));
}

template struct Saved<SavedKind::annotation>;
template struct Saved<SavedKind::dashboard>;
template struct Saved<SavedKind::question>;

}  // namespace spectrum::api
