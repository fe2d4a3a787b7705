#include "storeserver/client_request.h"

#include <gtest/gtest.h>

#include "storeserver/exception.h"

namespace adtally {
namespace {

struct ReadResult {
  ClientRequest client;
  int code = 0;
  std::string data;
};

ReadResult Read(std::string_view method, const UrlParameters& parameters, std::string_view body,
                bool read_only_user = false) {
  http::Request request;
  request.method = method;
  request.body = body;
  ReadResult result;
  const auto error =
      ReadClientRequest(request, parameters, "adtally", read_only_user, result.client);
  if (error) result.code = error->code;
  for (std::string_view piece : result.client.sql.data) result.data += piece;
  return result;
}

TEST(ClientRequest, TheStatementIsInTheUrlOrTheBodyOrBoth) {
  EXPECT_EQ(Read("GET", {{"query", "SELECT 1"}}, "").client.sql.sql, "SELECT 1");
  EXPECT_EQ(Read("POST", {}, "SELECT 2;").client.sql.sql, "SELECT 2");
  EXPECT_EQ(Read("POST", {{"query", "SELECT 3"}}, "+ 4").client.sql.sql, "SELECT 3\n+ 4");
}

TEST(ClientRequest, DataFollowsInTheUrlOrTheBodyOrBoth) {
  const auto in_body = Read("POST", {{"query", "INSERT INTO t FORMAT CSV"}}, "1\n2\n");
  EXPECT_EQ(in_body.client.sql.sql, "INSERT INTO t");
  EXPECT_EQ(in_body.client.sql.format, "CSV");
  EXPECT_EQ(in_body.data, "1\n2\n");
  EXPECT_TRUE(in_body.client.text.empty()) << "a body of data is not copied";
  EXPECT_EQ(Read("POST", {}, "INSERT INTO t FORMAT Native\n\x01\n;").data, "\x01\n;");
  EXPECT_EQ(Read("POST", {{"query", "INSERT INTO t VALUES (1)"}}, ",(2)").data, " (1),(2)");
  EXPECT_EQ(Read("POST", {{"query", "INSERT INTO t"}}, "FORMAT CSV\n1").data, "1");
  const auto query = Read("POST", {{"query", "INSERT INTO t"}}, "SELECT 1");
  EXPECT_FALSE(query.client.sql.has_data);
  EXPECT_EQ(query.client.sql.sql, "INSERT INTO t\nSELECT 1");
}

TEST(ClientRequest, AGetAndAReaderOnlyRead) {
  EXPECT_TRUE(Read("GET", {{"query", "SELECT 1"}}, "").client.sql.read_only);
  EXPECT_FALSE(Read("POST", {}, "SELECT 1").client.sql.read_only);
  EXPECT_TRUE(Read("POST", {{"readonly", "2"}}, "SELECT 1").client.sql.read_only);
  EXPECT_TRUE(Read("POST", {{"readonly", "0"}}, "SELECT 1", true).client.sql.read_only);
  EXPECT_EQ(Read("GET", {{"query", "DROP TABLE t"}}, "").code, exception_code::kReadonly);
  EXPECT_EQ(Read("POST", {}, "INSERT INTO t VALUES (1)", true).code, exception_code::kReadonly);
  EXPECT_EQ(Read("POST", {{"readonly", "1"}}, "DROP TABLE t").code, exception_code::kReadonly);
}

TEST(ClientRequest, UrlParametersAreParametersSettingsOrHttps) {
  const auto read = Read("POST",
                         {{"param_a", "x\\ty"},
                          {"max_threads", "1"},
                          {"max_threads", "2"},
                          {"wait_end_of_query", "1"},
                          {"http_headers_progress_interval_ms", "1000"},
                          {"async_insert", "0"},
                          {"query_id", "q1"},
                          {"session_timezone", "Europe/Berlin"},
                          {"enable_http_compression", "0"}},
                         "SELECT {a:String}");
  EXPECT_EQ(read.code, 0);
  const SqlRequest& sql = read.client.sql;
  ASSERT_EQ(sql.params.size(), 1u);
  EXPECT_EQ(sql.params[0].name, "a");
  EXPECT_EQ(sql.params[0].value, "x\\ty");
  ASSERT_EQ(sql.settings.size(), 2u);
  EXPECT_EQ(sql.settings[0].name, "max_threads");
  EXPECT_EQ(sql.settings[0].value, "2");
  EXPECT_EQ(read.client.query_id, "q1");
  EXPECT_EQ(read.client.time_zone, "Europe/Berlin");
  EXPECT_FALSE(read.client.compress_answer);
}

TEST(ClientRequest, WhatIsNotSupportedIsSaid) {
  EXPECT_EQ(Read("POST", {{"session_id", "s"}}, "SELECT 1").code, exception_code::kNotImplemented);
  EXPECT_EQ(Read("POST", {{"compress", "1"}}, "SELECT 1").code, exception_code::kNotImplemented);
  EXPECT_EQ(Read("POST", {{"compress", "0"}}, "SELECT 1").code, 0);
  EXPECT_EQ(Read("POST", {{"max_result_bytes", "0"}}, "SELECT 1").code,
            exception_code::kConstraintViolation);
  EXPECT_EQ(Read("POST", {{"async_insert", "1"}}, "SELECT 1").code,
            exception_code::kConstraintViolation);
  EXPECT_EQ(Read("POST", {{"x = 1, readonly", "1"}}, "SELECT 1").code,
            exception_code::kUnknownSetting);
}

TEST(ClientRequest, FormatAndDatabase) {
  const auto plain = Read("POST", {}, "SELECT 1").client;
  EXPECT_EQ(plain.sql.format, "TabSeparated");
  EXPECT_EQ(plain.sql.database, "adtally");
  const auto named =
      Read("POST", {{"default_format", "JSON"}, {"database", "other"}}, "SELECT 1").client;
  EXPECT_EQ(named.sql.format, "JSON");
  EXPECT_EQ(named.shown_format, "JSON");
  EXPECT_EQ(named.sql.database, "other");
  EXPECT_EQ(Read("POST", {{"database", "default"}}, "SELECT 1").client.sql.database, "adtally");
  EXPECT_EQ(Read("POST", {}, "SELECT 1 FORMAT CSV").client.shown_format, "CSV");
}

}  // namespace
}  // namespace adtally
