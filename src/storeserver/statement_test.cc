#include "storeserver/statement.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace adtally {
namespace {

using Data = ClientStatement::Data;

ClientStatement Read(std::string_view text) {
  ClientStatement statement;
  const auto error = ReadStatement(text, statement);
  EXPECT_FALSE(error) << text << ": " << error->message;
  return statement;
}

std::string SqlOf(std::string_view text) {
  const ClientStatement statement = Read(text);
  return std::string(text.substr(statement.begin, statement.end - statement.begin));
}

int CodeOf(std::string_view text) {
  ClientStatement statement;
  const auto error = ReadStatement(text, statement);
  return error ? error->code : 0;
}

TEST(Statement, AQueryEndsBeforeItsSemicolon) {
  EXPECT_EQ(SqlOf("  SELECT ';' ; -- bye\n;"), "SELECT ';'");
  EXPECT_EQ(SqlOf("SELECT 1 FORMAT JSON"), "SELECT 1 FORMAT JSON");
  EXPECT_EQ(Read("SELECT 1 FORMAT JSON").format, "JSON");
  EXPECT_EQ(Read("select 1 format csv;").format, "csv");
  EXPECT_EQ(Read("SELECT format('{}', 1)").format, "");
  EXPECT_EQ(Read("(SELECT 1) UNION ALL (SELECT 2) FORMAT CSV").format, "CSV");
  EXPECT_TRUE(Read("SELECT 1").reads_only);
}

TEST(Statement, MoreThanOneIsRefused) {
  EXPECT_EQ(CodeOf("SELECT 1; SELECT 2"), 62);
  EXPECT_EQ(CodeOf("SELECT 1; SET readonly = 0"), 62);
  EXPECT_EQ(CodeOf("-- nothing"), 62);
  EXPECT_EQ(CodeOf(""), 62);
  EXPECT_EQ(CodeOf("SELEC 1"), 62);
}

TEST(Statement, FindsTheDataOfAnInsert) {
  const auto data = [](std::string_view text) {
    const ClientStatement statement = Read(text);
    EXPECT_EQ(statement.data, Data::kFollows) << text;
    EXPECT_FALSE(statement.reads_only);
    return std::string(statement.format) + "|" + SqlOf(text) + "|" +
           std::string(text.substr(statement.data_begin));
  };
  EXPECT_EQ(data("INSERT INTO t (a, b) FORMAT CSV\n1,2\n"), "CSV|INSERT INTO t (a, b)|1,2\n");
  EXPECT_EQ(data("insert into t format RowBinary\n\n;"), "RowBinary|insert into t|\n;");
  EXPECT_EQ(data("INSERT INTO t FORMAT JSONEachRow {\"a\":1}"),
            "JSONEachRow|INSERT INTO t|{\"a\":1}");
  EXPECT_EQ(data("INSERT INTO t VALUES (1,';'),(2,'x')"), "Values|INSERT INTO t| (1,';'),(2,'x')");
  EXPECT_EQ(data("INSERT INTO t SETTINGS x = 1 FORMAT Native"),
            "Native|INSERT INTO t SETTINGS x = 1|");
  EXPECT_EQ(data("INSERT INTO values (format) VALUES (1)"),
            "Values|INSERT INTO values (format)| (1)");
  EXPECT_EQ(Read("INSERT INTO t SELECT 1").data, Data::kNone);
  EXPECT_EQ(Read("INSERT INTO t SELECT * FROM u FORMAT Null").data, Data::kNone);
  EXPECT_EQ(Read("INSERT INTO t (a)").data, Data::kMissing);
}

TEST(Statement, KnowsWhatWritesAndWhatOutlivesIt) {
  EXPECT_FALSE(Read("CREATE TABLE t (x UInt8) ENGINE = MergeTree ORDER BY x").reads_only);
  EXPECT_FALSE(Read("WITH 1 AS x INSERT INTO t SELECT x").reads_only);
  EXPECT_FALSE(Read("INSERT INTO t SETTINGS readonly = DEFAULT SELECT 1").reads_only);
  EXPECT_TRUE(Read("WITH 1 AS x SELECT x").reads_only);
  EXPECT_TRUE(Read("SET max_threads = 1").changes_session);
  EXPECT_TRUE(Read("USE other").changes_session);
  EXPECT_TRUE(Read("CREATE TEMPORARY TABLE t (x UInt8)").changes_session);
  EXPECT_FALSE(Read("SELECT 1 AS set").changes_session);
}

TEST(Statement, WhatReachesBeyondTheStoreIsDenied) {
  for (const char* text : {
           "SELECT * FROM file('/etc/passwd', 'TSV')",
           "SELECT * FROM/**/FiLe ('/etc/passwd')",
           "SELECT * FROM `file`('/etc/passwd')",
           "SELECT file('/etc/passwd')",
           "SELECT * FROM s3Cluster('c', 'http://x/')",
           "SELECT 1 UNION ALL SELECT * FROM url('http://10.0.0.1/', 'TSV')",
           "SELECT * FROM remote('127.0.0.1:9000', system.one)",
           "SELECT * FROM executable('id', 'TSV', 'x String')",
           "INSERT INTO FUNCTION file('/tmp/x', 'CSV') SELECT 1",
           "INSERT INTO TABLE FUNCTION url('http://x/') VALUES (1)",
           "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV",
           "SELECT 1 INTO OUTFILE '/tmp/x'",
           "CREATE TABLE t (x UInt8) ENGINE = File(CSV)",
           "CREATE TABLE t (x UInt8) ENGINE File(CSV)",
           "CREATE TABLE t (x UInt8) ENGINE = `URL`('http://x/')",
           "CREATE TABLE t AS file('/etc/passwd')",
           "CREATE TABLE t (x UInt8) ENGINE = Distributed(c, d, t)",
           "CREATE DATABASE f ENGINE = Filesystem('/etc')",
           "CREATE DICTIONARY d (x UInt8) PRIMARY KEY x SOURCE(EXECUTABLE(COMMAND 'id' FORMAT "
           "TSV))",
           "ATTACH TABLE t FROM '/tmp/t' (x UInt8) ENGINE = MergeTree ORDER BY x",
           "SYSTEM SHUTDOWN",
           "system kill",
           "BACKUP TABLE t TO Disk('d', 'b')",
           "GRANT ALL ON *.* TO default",
           "CREATE USER u",
           "DROP ROLE r",
           "CREATE NAMED COLLECTION c AS x = 1",
           "CREATE FUNCTION f AS x -> x",
       }) {
    EXPECT_EQ(CodeOf(text), 497) << text;
  }
}

TEST(Statement, WhatOnlySoundsLikeItIsNot) {
  for (const char* text : {
           "SELECT file, url FROM t WHERE s3 IN (1, 2)",
           "SELECT 'file(x)', URLHash('x')",
           "SELECT t.file(1)",
           "INSERT INTO url (file) VALUES (1)",
           "CREATE TABLE file (x UInt8) ENGINE = MergeTree ORDER BY x",
           "SELECT * FROM numbers(3)",
           "ALTER TABLE user DROP COLUMN role",
       }) {
    EXPECT_EQ(CodeOf(text), 0) << text;
  }
}

TEST(Statement, AnyTextIsReadOrRefused) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    for (const char* begin : {"", "SELECT ", "INSERT INTO t "}) {
      const std::string sql = begin + text;
      ClientStatement statement;
      if (ReadStatement(sql, statement)) continue;
      RC_ASSERT(statement.begin <= statement.end);
      RC_ASSERT(statement.end <= sql.size());
      RC_ASSERT(statement.data_begin <= sql.size());
    }
  }));
}

}  // namespace
}  // namespace adtally
