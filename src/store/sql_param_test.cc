#include "store/sql_param.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(SqlParamTest, EscapesScalars) {
  EXPECT_EQ(EncodeParam("SELECT {s:String}", {"s", "a\tb\\c\nd'e"}), "a\\tb\\\\c\\nd'e");
  EXPECT_EQ(EncodeParam("SELECT {ss:Array(String)}, {s:String}", {"s", "\\"}), "\\\\");
}

TEST(SqlParamTest, PassesLiteralsOfArrays) {
  const std::string names = StringArray(std::vector<std::string>{"it's", "a\\b"});
  EXPECT_EQ(names, "['it\\'s','a\\\\b']");
  EXPECT_EQ(EncodeParam("SELECT { names : Array(String)}", {"names", names}), names);
  EXPECT_EQ(NumberArray(std::vector<uint32_t>{1, 22}), "[1,22]");
  EXPECT_EQ(NumberArray({}), "[]");
}

}  // namespace
}  // namespace adtally
