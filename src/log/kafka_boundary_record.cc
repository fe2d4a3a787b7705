#include "log/kafka_boundary_record.h"

#include <fmt/format.h>

#include "base/check.h"
#include "log/fixed_bytes.h"

namespace adtally {
namespace {

constexpr char kVersion = 1;
constexpr size_t kIdBytes = 36;
constexpr size_t kFixedBytes = 1 + kIdBytes + 2 * sizeof(uint64_t);

}  // namespace

std::string EncodeBoundaryRecord(const KafkaBoundaryRecord& record) {
  ADTALLY_CHECK(record.log_id.size() == kIdBytes, "a log's id is a UUID");
  std::string bytes(1, kVersion);
  bytes += record.log_id;
  bytes += View(LittleEndian(record.boundary.begin.value));
  bytes += View(LittleEndian(record.boundary.end.value));
  return bytes + record.topic;
}

Result<KafkaBoundaryRecord> DecodeBoundaryRecord(std::string_view bytes) {
  if (bytes.size() < kFixedBytes || bytes.front() != kVersion) {
    return Error{
        ErrorCode::kCorrupt,
        fmt::format(
            "{} bytes{} are no checkpoint boundary of this version of adtally", bytes.size(),
            bytes.empty() ? ""
                          : fmt::format(" of format version {}", static_cast<int>(bytes.front())))};
  }
  KafkaBoundaryRecord record;
  record.log_id = bytes.substr(1, kIdBytes);
  record.boundary.begin = Offset(ReadLittleEndian<uint64_t>(bytes.substr(1 + kIdBytes)));
  record.boundary.end =
      Offset(ReadLittleEndian<uint64_t>(bytes.substr(1 + kIdBytes + sizeof(uint64_t))));
  record.topic = bytes.substr(kFixedBytes);
  return record;
}

}  // namespace adtally
