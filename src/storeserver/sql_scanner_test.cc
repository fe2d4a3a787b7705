#include "storeserver/sql_scanner.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace adtally {
namespace {

std::vector<std::string> Split(std::string_view sql) {
  std::vector<std::string> tokens;
  SqlScanner scanner(sql);
  for (auto token = scanner.Next(); token.kind != SqlScanner::Kind::kEnd; token = scanner.Next()) {
    tokens.emplace_back(token.text);
  }
  return tokens;
}

using Tokens = std::vector<std::string>;

TEST(SqlScanner, CommentsAndQuotesHideWhatTheyHold) {
  EXPECT_EQ(Split("SELECT 1 -- ; x\n, 'a;b''c\\'d' /* FORMAT */ AS `q\\`;`"),
            (Tokens{"SELECT", "1", ",", "'a;b''c\\'d'", "AS", "`q\\`;`"}));
  EXPECT_EQ(Split("# note\nx #! more\ny"), (Tokens{"x", "y"}));
  EXPECT_EQ(Split("$a$ ; ' $a$ z"), (Tokens{"$a$ ; ' $a$", "z"}));
  EXPECT_EQ(Split("x = $y"), (Tokens{"x", "=", "$", "y"}));
  EXPECT_EQ(Split("'open"), (Tokens{"'open"}));
  EXPECT_EQ(Split("a /* open"), (Tokens{"a"}));
}

TEST(SqlScanner, KnowsHowDeepItIs) {
  SqlScanner scanner("f(a[1]) b");
  std::string depths;
  for (auto token = scanner.Next(); token.kind != SqlScanner::Kind::kEnd; token = scanner.Next()) {
    depths += std::to_string(token.depth);
  }
  // f ( a [ 1 ] ) b: a parenthesis itself is outside.
  EXPECT_EQ(depths, "00112100");
}

TEST(SqlScanner, ComesToTheEndOfAnything) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    size_t at = 0;
    SqlScanner scanner(text);
    for (auto token = scanner.Next(); token.kind != SqlScanner::Kind::kEnd;
         token = scanner.Next()) {
      RC_ASSERT(token.begin >= at);
      RC_ASSERT(token.end > token.begin);
      at = token.end;
    }
  }));
}

}  // namespace
}  // namespace adtally
