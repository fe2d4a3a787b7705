#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "http/server.h"

namespace adtally::http {

// The parts of a path that a route's {names} stand for, percent-decoded. Valid during the handler's
// call.
class PathParams {
 public:
  // "" when the route has no such name.
  std::string_view Get(std::string_view name) const;
  void Add(std::string_view name, std::string value) {
    values_.emplace_back(name, std::move(value));
  }
  void Clear() { values_.clear(); }

 private:
  std::vector<std::pair<std::string_view, std::string>> values_;
};

using RouteHandler = std::function<void(const Request&, const PathParams&, Responder)>;

// Finds the handler of a method and path. Fill it, then take AsHandler().
//
// A pattern's segments are literal ("keys"), a parameter ("{id}", "{token}.gif": one segment, not
// empty), or, as the last one, the rest of the path ("{path*}", which may be empty). Where several
// patterns match, literals go before parameters and parameters before the rest. HEAD goes to the
// handler of GET unless it has its own. An unknown path is answered 404, a known one with another
// method 405 with Allow, as problem documents.
class Router {
 public:
  // The same method and pattern twice, or a pattern that cannot be read, is a programmer's mistake.
  void Add(std::string_view method, std::string_view pattern, RouteHandler handler);

  // Under this prefix ("/v1/") no rest pattern matches: what has no route of its own is 404.
  void Reserve(std::string_view prefix);

  // Keeps a copy of the table.
  Handler AsHandler() const;

 private:
  struct Segment {
    std::string prefix;  // the whole segment when it is literal
    std::string name;    // empty: literal
    std::string suffix;
    bool rest = false;
    int Rank() const;  // lower goes first
  };
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<Segment> segments;
    RouteHandler handler;
    bool TakesRest() const { return !segments.empty() && segments.back().rest; }
  };

  static Segment ParseSegment(std::string_view text);
  static bool GoesBefore(const Route& a, const Route& b);
  static bool Matches(const Route& route, std::string_view path, PathParams& params);
  bool IsReserved(std::string_view path) const;
  void Handle(const Request& request, Responder responder) const;

  std::vector<Route> routes_;  // sorted by GoesBefore
  std::vector<std::string> reserved_;
};

}  // namespace adtally::http
