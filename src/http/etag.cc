#include "http/etag.h"

#include <cstdio>

#include "base/hash.h"

namespace adtally::http {

std::string ETagOf(std::string_view data) {
  char text[36];
  const Hash128 hash = HashBytes(data);
  std::snprintf(text, sizeof(text), "\"%016llx\"", static_cast<unsigned long long>(hash.low));
  return text;
}

bool HasNewest(const Request& request, std::string_view etag) {
  // Proxies that compress write W/ before the tag, which makes no difference here.
  return request.Header("If-None-Match").find(etag) != std::string_view::npos;
}

Response WithETag(const Request& request, Response response) {
  const std::string etag = ETagOf(response.body);
  response.headers.emplace_back("ETag", etag);
  if (HasNewest(request, etag)) {
    response.status = 304;
    response.body.clear();
  }
  return response;
}

}  // namespace adtally::http
