#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "store/sql_engine.h"
#include "storeserver/statement.h"

namespace adtally {

using UrlParameters = std::vector<std::pair<std::string, std::string>>;

// What a request to the store asks for. Views are of the HTTP request and of `text`.
struct ClientRequest {
  SqlRequest sql;
  std::string text;          // that the statement was read from, when it is not the body alone
  std::string shown_format;  // of the output; empty when the statement names one that is none
  std::string query_id;      // the client's; empty: none
  std::string time_zone;     // of the client's session_timezone; empty: the server's
  bool compress_answer = true;
};

// Reads it as ClickHouse does (src/Server/HTTPHandler.cpp): the statement is the URL's `query`,
// then the body; of an insert with data, what follows FORMAT or VALUES, in the URL or in the body,
// is data. Every other URL parameter is a statement's parameter (param_…), one of HTTP, or a
// setting.
//
// `database`: the one that unqualified names are of, and what a client means by `default`.
std::optional<StatementError> ReadClientRequest(const http::Request& request,
                                                const UrlParameters& parameters,
                                                std::string_view database, bool user_is_read_only,
                                                ClientRequest& out);

}  // namespace adtally
