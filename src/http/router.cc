#include "http/router.h"

#include <algorithm>
#include <memory>

#include "base/ascii.h"
#include "base/check.h"

namespace adtally::http {
namespace {

void AddAllowed(std::vector<std::string_view>& allowed, std::string_view method) {
  if (std::find(allowed.begin(), allowed.end(), method) == allowed.end()) allowed.push_back(method);
}

std::string Join(const std::vector<std::string_view>& methods) {
  std::string list;
  for (const std::string_view method : methods) {
    if (!list.empty()) list += ", ";
    list += method;
  }
  return list;
}

// A path's escapes, in which '+' is a plus.
std::string DecodeSegment(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return std::string(text);
  if (text.find('+') == std::string_view::npos) return UrlDecode(text);
  std::string escaped;
  for (const char c : text) {
    if (c == '+') {
      escaped += "%2B";
    } else {
      escaped += c;
    }
  }
  return UrlDecode(escaped);
}

}  // namespace

std::string_view PathParams::Get(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return {};
}

int Router::Segment::Rank() const {
  if (name.empty()) return 0;
  if (rest) return 3;
  return prefix.empty() && suffix.empty() ? 2 : 1;
}

Router::Segment Router::ParseSegment(std::string_view text) {
  Segment segment;
  const size_t open = text.find('{');
  const size_t close = text.find('}');
  if (open == std::string_view::npos) {
    segment.prefix = text;
    return segment;
  }
  ADTALLY_CHECK(close != std::string_view::npos && close > open + 1, "bad route pattern");
  segment.prefix = text.substr(0, open);
  std::string_view name = text.substr(open + 1, close - open - 1);
  segment.suffix = text.substr(close + 1);
  segment.rest = name.ends_with('*');
  if (segment.rest) name.remove_suffix(1);
  segment.name = name;
  return segment;
}

bool Router::GoesBefore(const Route& a, const Route& b) {
  return std::lexicographical_compare(
      a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
      [](const Segment& x, const Segment& y) { return x.Rank() < y.Rank(); });
}

void Router::Add(std::string_view method, std::string_view pattern, RouteHandler handler) {
  ADTALLY_CHECK(pattern.starts_with('/'), "a route pattern starts with /");
  Route route{std::string(method), std::string(pattern), {}, std::move(handler)};
  std::string_view left = pattern.substr(1);
  for (;;) {
    const size_t slash = left.find('/');
    route.segments.push_back(ParseSegment(left.substr(0, slash)));
    if (slash == std::string_view::npos) break;
    ADTALLY_CHECK(!route.segments.back().rest, "the rest of a path is a pattern's last segment");
    left.remove_prefix(slash + 1);
  }
  for (const Route& other : routes_) {
    ADTALLY_CHECK(other.method != route.method || other.pattern != route.pattern,
                  "a route was added twice: " + route.method + " " + route.pattern);
  }
  const auto place = std::upper_bound(routes_.begin(), routes_.end(), route, GoesBefore);
  routes_.insert(place, std::move(route));
}

void Router::Reserve(std::string_view prefix) {
  reserved_.emplace_back(prefix);
}

bool Router::IsReserved(std::string_view path) const {
  return std::any_of(reserved_.begin(), reserved_.end(),
                     [&](const std::string& prefix) { return path.starts_with(prefix); });
}

bool Router::Matches(const Route& route, std::string_view path, PathParams& params) {
  params.Clear();
  if (!path.starts_with('/')) return false;
  std::string_view left = path.substr(1);
  bool more = true;  // a segment is left, perhaps an empty one
  for (const Segment& segment : route.segments) {
    if (!more) return false;
    if (segment.rest) {
      params.Add(segment.name, DecodeSegment(left));
      return true;
    }
    more = left.find('/') != std::string_view::npos;
    std::string_view text = TakeUntil(left, '/');
    if (segment.name.empty()) {
      if (text != segment.prefix) return false;
      continue;
    }
    if (text.size() <= segment.prefix.size() + segment.suffix.size() ||
        !text.starts_with(segment.prefix) || !text.ends_with(segment.suffix)) {
      return false;
    }
    text.remove_prefix(segment.prefix.size());
    text.remove_suffix(segment.suffix.size());
    params.Add(segment.name, DecodeSegment(text));
  }
  return !more;
}

void Router::Handle(const Request& request, Responder responder) const {
  PathParams params;
  std::vector<std::string_view> allowed;
  const Route* for_head = nullptr;
  const bool reserved = IsReserved(request.path);
  for (const Route& route : routes_) {
    if (route.TakesRest() && (reserved || !allowed.empty())) continue;
    if (!Matches(route, request.path, params)) continue;
    if (route.method == request.method) return route.handler(request, params, std::move(responder));
    if (route.method == "GET") {
      AddAllowed(allowed, "GET");
      AddAllowed(allowed, "HEAD");
      if (for_head == nullptr) for_head = &route;
    } else {
      AddAllowed(allowed, route.method);
    }
  }
  if (request.method == "HEAD" && for_head != nullptr) {
    Matches(*for_head, request.path, params);
    return for_head->handler(request, params, std::move(responder));
  }
  responder(allowed.empty() ? Problem(404, "there is nothing at this path")
                            : MethodNotAllowed(Join(allowed)));
}

Handler Router::AsHandler() const {
  return
      [table = std::make_shared<const Router>(*this)](const Request& request, Responder responder) {
        table->Handle(request, std::move(responder));
      };
}

}  // namespace adtally::http
