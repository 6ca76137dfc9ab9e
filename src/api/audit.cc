#include "catalog/audit.h"

#include "api/answer.h"
#include "api/endpoint.h"
#include "api/page.h"
#include "base/time_text.h"

namespace spectrum::api {
namespace {

void write_entry(JsonWriter& json, const catalog::AuditEntry& entry) {
  json.begin_object().key("id").integer(entry.id).key("actor").string(entry.actor).key("project");
  entry.project ? json.string(*entry.project) : json.null();
  json.key("action").string(entry.action);
  json.key("resource_type").string(entry.action.substr(0, entry.action.find('.')));
  json.key("resource_id").string(entry.target).key("metadata").raw(entry.details);
  json.key("created_at").string(format_rfc3339(entry.happened_at)).end_object();
}

Result<http::Response> list(const Services& services, const Exchange& exchange) {
  TRY(const auto page, page_of(exchange.request));
  TRY(const auto before, number_of(page));
  const auto& access = exchange.access;
  const auto project = access.may_manage_all ? std::nullopt : std::optional(access.project->number);
  TRY(const auto entries, services.audit.list(project, static_cast<std::int64_t>(before), page.rows_to_read()));
  return list_answer(entries, page, write_entry, [](const catalog::AuditEntry& entry) { return std::to_string(entry.id); });
}

}  // namespace

http::Response get_audit(const Services& services, const Exchange& exchange) {
  return answered(list(services, exchange));
}

}  // namespace spectrum::api
