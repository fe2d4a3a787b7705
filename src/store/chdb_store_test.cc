#include "store/chdb_store.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include "store/chdb_engine_test_support.h"
#include "store/migrations.h"
#include "store/native_block.h"
#include "store/sql_param.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

using ChdbStoreTest = ChdbEngineTest;

TEST_F(ChdbStoreTest, AnswersInTheFormatAskedFor) {
  EXPECT_EQ(*store_->Query("SELECT 1 AS x", {}, "JSONEachRow"), "{\"x\":1}\n");
  EXPECT_EQ(*store_->Query("SELECT 1 AS x", {}, ""), "");
  EXPECT_EQ(*store_->Query("SELECT 1 AS x", {}, "CSV"), "1\n");
}

TEST_F(ChdbStoreTest, ParametersArriveAsTheyAre) {
  const std::string nasty("a\tb\nc\\d'e\"f{}\r;-- \0x", 20);
  EXPECT_EQ(*store_->Query("SELECT {s:String}", {{"s", nasty}}, "TSVRaw"), nasty + "\n");
  EXPECT_EQ(*store_->Query("SELECT {s:String} = 'x' OR 1", {{"s", "' OR 1"}}, "TSV"), "1\n");
  EXPECT_EQ(
      *store_->Query("SELECT {a:Array(String)}[2]",
                     {{"a", StringArray(std::vector<std::string>{"x", "it's \\ \n"})}}, "TSVRaw"),
      "it's \\ \n\n");
  EXPECT_EQ(Ask("SELECT 7 IN {ids:Array(UInt32)}, 8 IN {ids:Array(UInt32)}",
                {{"ids", NumberArray(std::vector<uint32_t>{5, 7})}}),
            "1\t0\n");
}

TEST_F(ChdbStoreTest, ErrorsAreOneSentence) {
  const auto syntax = store_->Query("SELEC 1", {}, "TSV");
  ASSERT_FALSE(syntax.ok());
  EXPECT_EQ(syntax.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(syntax.error().message.find('\n'), std::string::npos);
  EXPECT_NE(syntax.error().message.find("(SYNTAX_ERROR)"), std::string::npos);

  const auto table = store_->Query("SELECT * FROM adtally.nope", {}, "TSV");
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(table.error().message.find("version"), std::string::npos);

  const auto slow = store_->Query(
      "SELECT count() FROM numbers(100000000000) WHERE cityHash64(number) = 1 SETTINGS "
      "max_execution_time = 1",
      {}, "TSV");
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, ErrorCode::kUnavailable) << slow.error().message;
  EXPECT_EQ(Ask("SELECT 1"), "1\n");
}

TEST_F(ChdbStoreTest, NativeBlocksComeBack) {
  ASSERT_EQ(Ask("CREATE TABLE adtally.trip (a UInt8, b UInt32, c UInt64, d Int64, e "
                "DateTime('UTC'), f LowCardinality(String), g Enum8('no' = 0, 'yes' = 1)) ENGINE = "
                "MergeTree ORDER BY b"),
            "");
  NativeBlock block;
  block.Reset(7, 2);
  block.UInt8("a", std::vector<uint8_t>{1, 255});
  block.UInt32("b", std::vector<uint32_t>{2, 4'294'967'295});
  block.UInt64("c", std::vector<uint64_t>{3, 18'446'744'073'709'551'615ULL});
  block.Int64("d", std::vector<int64_t>{-4, INT64_MIN});
  block.DateTime("e", std::vector<uint32_t>{0x0a0a0a0a, 0});  // line ends must not end the data
  block.String("f", std::vector<std::string_view>{"", "US"});
  block.UInt8("g", std::vector<uint8_t>{0, 1});
  const auto inserted = store_->Insert("adtally.trip (a, b, c, d, e, f, g)", block.bytes(), "");
  ASSERT_TRUE(inserted.ok()) << inserted.error().message;
  EXPECT_EQ(Ask("SELECT * FROM adtally.trip ORDER BY b"),
            "1\t2\t3\t-4\t1975-05-04 10:08:10\t\tno\n"
            "255\t4294967295\t18446744073709551615\t-9223372036854775808\t1970-01-01 "
            "00:00:00\tUS\tyes\n");
  EXPECT_EQ(Ask("DROP TABLE adtally.trip SYNC"), "");
}

TEST_F(ChdbStoreTest, DictionaryColumnsComeBack) {
  ASSERT_EQ(Ask("CREATE TABLE adtally.places (row UInt32, place LowCardinality(String)) ENGINE = "
                "MergeTree ORDER BY row"),
            "");
  // More keys than a byte can number, one of them unused.
  std::vector<std::string> texts = {""};
  for (int i = 1; i < 1000; ++i) texts.push_back("key " + std::to_string(i));
  const std::vector<std::string_view> keys(texts.begin(), texts.end());
  std::vector<uint32_t> rows;
  std::vector<uint16_t> indexes;
  for (uint32_t i = 0; i < 20'000; ++i) {
    rows.push_back(i);
    indexes.push_back(static_cast<uint16_t>(i % 999));
  }
  NativeBlock block;
  for (const char* expected : {"20000\t20\n", "40000\t40\n"}) {
    block.Reset(2, rows.size());
    block.UInt32("row", rows);
    block.LowCardinality("place", keys, indexes);
    const auto inserted = store_->Insert("adtally.places (row, place)", block.bytes(), "");
    ASSERT_TRUE(inserted.ok()) << inserted.error().message;
    EXPECT_EQ(
        Ask("SELECT countIf(place = if(row % 999 = 0, '', concat('key ', toString(row % 999)))"
            "), countIf(place = 'key 998') FROM adtally.places"),
        expected);
  }
  EXPECT_EQ(Ask("DROP TABLE adtally.places SYNC"), "");
}

// An insert is atomic within a part: a receipt vouches for its rows because they share one.
TEST_F(ChdbStoreTest, ABlockOfAnySizeIsOnePart) {
  ASSERT_EQ(Ask("CREATE TABLE adtally.large (x UInt8) ENGINE = MergeTree ORDER BY x"), "");
  const std::vector<uint8_t> values(3'000'000, 7);
  NativeBlock block;
  block.Reset(1, values.size());
  block.UInt8("x", values);
  ASSERT_TRUE(store_->Insert("adtally.large (x)", block.bytes(), "").ok());
  EXPECT_EQ(Ask("SELECT groupArray(rows) FROM system.parts WHERE table = 'large'"), "[3000000]\n");
  EXPECT_EQ(Ask("DROP TABLE adtally.large SYNC"), "");
}

TEST_F(ChdbStoreTest, AFailedInsertLeavesNothingBehind) {
  ASSERT_EQ(Ask("CREATE TABLE adtally.failing (x UInt32) ENGINE = MergeTree ORDER BY x"), "");
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(store_->Insert("adtally.failing (x)", "\x01\x01\x01x\x06Nonsense1", "").ok());
    EXPECT_FALSE(store_->Insert("adtally.failing (x)", "\x01\xff", "").ok());
    EXPECT_FALSE(store_->Insert("adtally.failing (y)", "", "").ok());
    EXPECT_FALSE(store_->Insert("adtally.nope (x)", "", "").ok());
  }
  const auto token = store_->Insert("adtally.failing (x)", "", "a'b");
  ASSERT_FALSE(token.ok());
  EXPECT_EQ(token.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Ask("SELECT count() FROM adtally.failing"), "0\n");
  EXPECT_EQ(Ask("DROP TABLE adtally.failing SYNC"), "");
}

TEST_F(ChdbStoreTest, MoreCallersThanConnectionsTakeTurns) {
  std::vector<std::thread> callers;
  std::atomic<int> right = 0;
  for (int caller = 0; caller < 12; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 5; ++i) {
        const std::string expected = std::to_string(caller * 10 + i);
        if (Ask("SELECT {x:UInt32} FROM system.one", {{"x", expected}}) == expected + "\n") ++right;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(right, 60);
}

TEST_F(ChdbStoreTest, MigratingAgainChangesNothing) {
  const std::string before = Ask("SELECT number, name FROM adtally.schema_migrations ORDER BY ALL");
  ASSERT_TRUE(Migrate(*store_).ok());
  EXPECT_EQ(Ask("SELECT number, name FROM adtally.schema_migrations ORDER BY ALL"), before);
  EXPECT_EQ(Ask("SELECT name FROM system.tables WHERE database = 'adtally' ORDER BY name"),
            "ad_groups\nadvertisers\napi_keys\narchive_files\ncampaigns\nclick_"
            "conversion\ncreatives\nday\nday_"
            "accounts\nhour\n"
            "ledger\nlog\nminute\nprogress\nreach\nreach_quarter\nschema_migrations\ntier_"
            "floor\ntier_status\n");
}

TEST_F(ChdbStoreTest, SeveralMayMigrateAtOnce) {
  const std::string migrations =
      "SELECT number, name FROM adtally.schema_migrations FINAL ORDER BY number";
  const std::string before = Ask(migrations);
  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(Ask("DROP DATABASE adtally SYNC"), "");
    std::vector<std::thread> callers;
    for (int i = 0; i < 3; ++i) {
      callers.emplace_back([] {
        const auto migrated = Migrate(*store_);
        EXPECT_TRUE(migrated.ok()) << migrated.error().message;
      });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(Ask(migrations), before);
  }
}

TEST_F(ChdbStoreTest, AStatementsSettingsEndWithIt) {
  const std::string ask =
      "SELECT getSetting('max_threads'), getSetting('optimize_on_insert'), getSetting('readonly'), "
      "getSetting('max_block_size'), currentDatabase()";
  SqlRequest request;
  request.sql = ask;
  request.format = "TSV";
  request.database = "adtally";
  const std::string before = store_->Execute(request).output;
  EXPECT_EQ(before.substr(0, 10), "2\tfalse\t0\t");
  request.settings = {{"max_threads", "1"}, {"optimize_on_insert", "1"}, {"max_block_size", "7"}};
  request.read_only = true;
  EXPECT_EQ(store_->Execute(request).output, "1\ttrue\t2\t7\tadtally\n");
  SqlRequest failing = request;
  failing.sql = "SELECT throwIf(1)";
  EXPECT_EQ(store_->Execute(failing).exception_code, 395);
  failing.sql = "CREATE TABLE adtally.forbidden (x UInt8) ENGINE = Memory";
  EXPECT_EQ(store_->Execute(failing).exception_code, 164);
  SqlRequest session = request;
  session.settings.clear();
  session.read_only = false;
  session.sql = "SET max_block_size = 9";
  session.changes_session = true;
  EXPECT_EQ(store_->Execute(session).exception_code, 0);
  request.settings.clear();
  request.read_only = false;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(store_->Execute(request).output, before);
}

TEST_F(ChdbStoreTest, ExceptionsKeepTheirCode) {
  const SqlOutcome unknown = Execute("SELECT 1", {{"nope", "1"}});
  EXPECT_EQ(unknown.exception_code, 115);
  EXPECT_NE(unknown.exception.find("UNKNOWN_SETTING"), std::string::npos);
  // The engine would give the rest of a failed answer out with the next one.
  EXPECT_EQ(Execute("SELECT number FROM numbers(1000000)", {{"max_result_bytes", "100000"}})
                .exception_code,
            396);
  EXPECT_EQ(Execute("CREATE TABLE adtally.after (x UInt8) ENGINE = Memory").output, "");
  EXPECT_EQ(Execute("DROP TABLE adtally.after SYNC").exception_code, 0);
}

TEST_F(ChdbStoreTest, DataOfAnyFormatIsInserted) {
  ASSERT_EQ(Execute("CREATE TABLE adtally.any (x UInt32, s String) ENGINE = MergeTree ORDER BY x")
                .exception_code,
            0);
  uint64_t written = 0;
  const auto insert = [&](std::string format, std::vector<std::string_view> data) {
    SqlRequest request;
    request.sql = "INSERT INTO any (x, s)";
    request.format = std::move(format);
    request.database = "adtally";
    request.has_data = true;
    request.data = std::move(data);
    const SqlOutcome outcome = store_->Execute(request);
    written += outcome.written_rows;
    EXPECT_EQ(outcome.written_rows == 0, outcome.written_bytes == 0);
    return outcome.exception_code;
  };
  EXPECT_EQ(insert("CSV", {"1,a\n2,", "b\n"}), 0);
  EXPECT_EQ(insert("Values", {"(3, concat('x', 'y'))", ", (4, ';')"}), 0);
  EXPECT_EQ(insert("RowBinary", {std::string_view("\x05\0\0\0\x02\n\n", 7)}), 0);
  EXPECT_EQ(insert("CSV", {"nonsense"}), 27);
  EXPECT_EQ(insert("Nope", {"1"}), 73);
  EXPECT_EQ(written, 5u);
  EXPECT_EQ(Execute("INSERT INTO adtally.any SELECT 9, 'z' WHERE 0").written_rows, 0u);
  EXPECT_EQ(Ask("SELECT x, s FROM adtally.any ORDER BY x"), "1\ta\n2\tb\n3\txy\n4\t;\n5\t\\n\\n\n");
  EXPECT_EQ(Execute("DROP TABLE adtally.any SYNC").exception_code, 0);
}

TEST_F(ChdbStoreTest, OneStoreAtATime) {
  const auto second = ChdbStore::Open({.path = folder_->path()}, NullLogger());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

TEST(ChdbStoreFolderTest, AFolderInUseIsRefused) {
  TemporaryFolder folder;
  for (const char* name : {"/adtally.lock", "/status"}) {
    FILE* held = fopen((folder.path() + name).c_str(), "w");
    ASSERT_EQ(flock(fileno(held), LOCK_EX | LOCK_NB), 0);
    const auto store = ChdbStore::Open({.path = folder.path()}, NullLogger());
    ASSERT_FALSE(store.ok());
    EXPECT_EQ(store.error().code, ErrorCode::kConflict);
    EXPECT_EQ(store.error().message, "data folder " + folder.path() +
                                         " is in use by another process; stop it or choose "
                                         "another --data");
    fclose(held);
  }
  const auto store = ChdbStore::Open({.path = "/proc/nowhere"}, NullLogger());
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::kUnavailable);
}

TEST(ChdbStoreFolderTest, TokensAreForgottenWhenTheStoreOpens) {
  TemporaryFolder folder;
  NativeBlock block;
  block.Reset(1, 1);
  block.UInt32("x", std::vector<uint32_t>{1});
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction before {};
  ASSERT_EQ(sigaction(SIGTERM, &ignore, &before), 0);
  for (const char* expected : {"1\n", "2\n"}) {
    auto store = ChdbStore::Open({.path = folder.path()}, NullLogger());
    ASSERT_TRUE(store.ok()) << store.error().message;
    ASSERT_TRUE((*store)->Query("CREATE DATABASE IF NOT EXISTS d ENGINE = Atomic", {}, "").ok());
    ASSERT_TRUE((*store)
                    ->Query("CREATE TABLE IF NOT EXISTS d.t (x UInt32) ENGINE = MergeTree ORDER BY "
                            "x SETTINGS non_replicated_deduplication_window = 100",
                            {}, "")
                    .ok());
    for (int i = 0; i < 3; ++i) {
      const auto inserted = (*store)->Insert("d.t (x)", block.bytes(), "topic/0/0-7/2026112306");
      ASSERT_TRUE(inserted.ok()) << inserted.error().message;
    }
    EXPECT_EQ(*(*store)->Query("SELECT count() FROM d.t", {}, "TSV"), expected);
  }
  // The engine took neither the process's signal handlers nor its standard input.
  struct sigaction after {};
  ASSERT_EQ(sigaction(SIGTERM, &before, &after), 0);
  EXPECT_EQ(after.sa_handler, SIG_IGN);
  char byte = 0;
  EXPECT_EQ(read(STDIN_FILENO, &byte, 1), 0);
}

}  // namespace
}  // namespace adtally
