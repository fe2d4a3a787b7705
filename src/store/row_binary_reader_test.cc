#include "store/row_binary_reader.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(RowBinaryReader, ReadsFields) {
  const std::string bytes(
      "\x07\x01\x02\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x03"
      "abc",
      17);
  RowBinaryReader reader(bytes);
  EXPECT_EQ(reader.UInt8(), 7);
  EXPECT_EQ(reader.UInt32(), 513u);
  EXPECT_EQ(reader.Int64(), -1);
  EXPECT_EQ(reader.String(), "abc");
  EXPECT_TRUE(reader.done());
  EXPECT_TRUE(reader.ok());
}

TEST(RowBinaryReader, ReadsLongStrings) {
  const std::string text(300, 'x');
  const std::string bytes = "\xac\x02" + text;
  EXPECT_EQ(RowBinaryReader(bytes).String(), text);
}

TEST(RowBinaryReader, NoticesCutBytes) {
  RowBinaryReader number(std::string_view("\x01\x02", 2));
  EXPECT_EQ(number.UInt32(), 0u);
  EXPECT_FALSE(number.ok());
  EXPECT_TRUE(number.done());
  RowBinaryReader text(
      "\x05"
      "abc");
  EXPECT_EQ(text.String(), "");
  EXPECT_FALSE(text.ok());
  RowBinaryReader length("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
  EXPECT_EQ(length.String(), "");
  EXPECT_FALSE(length.ok());
}

}  // namespace
}  // namespace adtally
