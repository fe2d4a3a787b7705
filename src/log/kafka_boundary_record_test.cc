#include "log/kafka_boundary_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/boundary_index.h"

namespace adtally {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123";

TEST(KafkaBoundaryRecord, KeepsItsBytes) {
  const KafkaBoundaryRecord record{kId, "adtally.events", {Offset(258), Offset(513)}};
  const std::string bytes = EncodeBoundaryRecord(record);
  EXPECT_EQ(bytes, std::string("\x01") + kId + std::string("\x02\x01\0\0\0\0\0\0", 8) +
                       std::string("\x01\x02\0\0\0\0\0\0", 8) + "adtally.events");
  const auto decoded = DecodeBoundaryRecord(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->log_id, kId);
  EXPECT_EQ(decoded->topic, "adtally.events");
  EXPECT_EQ(decoded->boundary, record.boundary);
  EXPECT_FALSE(decoded->names_only());
  const auto name = DecodeBoundaryRecord(EncodeBoundaryRecord({kId, "t", {Offset(0), Offset(0)}}));
  EXPECT_TRUE(name->names_only());
}

TEST(KafkaBoundaryRecord, RefusesOtherBytes) {
  const std::string good = EncodeBoundaryRecord({kId, "t", {Offset(1), Offset(2)}});
  for (const std::string& bad : {std::string(), good.substr(0, 52), "\x02" + good.substr(1)}) {
    const auto decoded = DecodeBoundaryRecord(bad);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.error().code, ErrorCode::kCorrupt);
  }
}

TEST(BoundaryIndex, KeepsTheFirstOfEachBegin) {
  BoundaryIndex index;
  index.Add({Offset(0), Offset(7)}, Offset(1));
  index.Add({Offset(0), Offset(9)}, Offset(2));
  index.Add({Offset(20), Offset(30)}, Offset(3));
  index.Add({Offset(7), Offset(20)}, Offset(4));  // of one who was behind
  EXPECT_EQ(index.Find(Offset(0)), (Boundary{Offset(0), Offset(7)}));
  EXPECT_EQ(index.Find(Offset(1)), std::nullopt);
  index.DropBefore(Offset(7));
  EXPECT_EQ(index.Find(Offset(0)), std::nullopt);
  EXPECT_EQ(index.FirstPlace(), Offset(3));
  index.DropBefore(Offset(31));
  EXPECT_EQ(index.FirstPlace(), std::nullopt);
}

}  // namespace
}  // namespace adtally
