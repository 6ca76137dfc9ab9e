#include "api/endpoint.h"
#include "api/openapi_json.h"

namespace spectrum::api {

http::Response get_openapi(const Services&, const Exchange&) {
  http::Response response;
  response.body = std::string(kOpenapiJson);
  return response;
}

}  // namespace spectrum::api
