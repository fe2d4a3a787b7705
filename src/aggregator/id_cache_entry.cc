#include "aggregator/id_cache_entry.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "log/fixed_bytes.h"

namespace adtally {
namespace {

constexpr size_t kHighBytes = 8;
constexpr size_t kLowBytes = 2;
static_assert(kHighBytes + kLowBytes == kIdCacheIdBytes);

constexpr size_t kEndAt = 16;  // after the checksum
constexpr size_t kLastTimeAt = kEndAt + sizeof(uint64_t);
constexpr size_t kBlocksAt = kLastTimeAt + sizeof(int64_t);
constexpr size_t kHourAt = kBlocksAt + sizeof(uint32_t);
constexpr size_t kIdsAt = kHourAt + sizeof(uint32_t);

// Numbers of the ids are copied as they are in memory.
static_assert(std::endian::native == std::endian::little);

template <size_t N>
void CopyTo(char* to, const std::array<char, N>& bytes) {
  std::memcpy(to, bytes.data(), N);
}

// The body's hash is bound to its place by a second, small one: hashing both at once would need a
// copy of the body.
std::array<char, kEndAt> Checksum(Partition partition, std::string_view key,
                                  std::string_view body) {
  const Hash128 body_hash = HashBytes(body);
  std::array<char, sizeof(uint32_t) + IdBlockKey::kBytes + sizeof(Hash128)> place;
  CopyTo(place.data(), LittleEndian(partition.value));
  std::memcpy(place.data() + sizeof(uint32_t), key.data(), IdBlockKey::kBytes);
  std::memcpy(place.data() + sizeof(uint32_t) + IdBlockKey::kBytes, &body_hash, sizeof(body_hash));
  const Hash128 hash = HashBytes(View(place));
  std::array<char, kEndAt> bytes;
  static_assert(sizeof(hash) == kEndAt);
  std::memcpy(bytes.data(), &hash, sizeof(hash));
  return bytes;
}

size_t BlocksFor(size_t ids) {
  return (ids + kIdCacheBlockIds - 1) / kIdCacheBlockIds;
}

void CopyIds(std::span<const Hash128> ids, char* to) {
  char* const highs = to;
  char* const lows = highs + ids.size() * kHighBytes;
  for (size_t i = 0; i < ids.size(); ++i) {
    std::memcpy(highs + i * kHighBytes, &ids[i].high, kHighBytes);
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto low = static_cast<uint16_t>(ids[i].low);
    std::memcpy(lows + i * kLowBytes, &low, kLowBytes);
  }
}

}  // namespace

std::array<char, IdBlockKey::kBytes> IdBlockKey::Encode() const {
  std::array<char, kBytes> bytes;
  CopyTo(bytes.data(), BigEndian(begin.value));
  CopyTo(bytes.data() + sizeof(begin.value), BigEndian(number));
  return bytes;
}

std::optional<IdBlockKey> IdBlockKey::Decode(std::string_view bytes) {
  if (bytes.size() != kBytes) return std::nullopt;
  return IdBlockKey{Offset(ReadBigEndian<uint64_t>(bytes)),
                    ReadBigEndian<uint32_t>(bytes.substr(sizeof(uint64_t)))};
}

std::optional<IdBlock> IdBlock::Decode(Partition partition, std::string_view key,
                                       std::string_view value) {
  const auto place = IdBlockKey::Decode(key);
  if (!place || value.size() < kIdsAt || (value.size() - kIdsAt) % kIdCacheIdBytes != 0) {
    return std::nullopt;
  }
  const auto checksum = Checksum(partition, key, value.substr(kEndAt));
  if (value.substr(0, kEndAt) != View(checksum)) return std::nullopt;

  IdBlock block;
  block.key = *place;
  block.end = Offset(ReadLittleEndian<uint64_t>(value.substr(kEndAt)));
  block.last_append_time = AppendTime(ReadLittleEndian<int64_t>(value.substr(kLastTimeAt)));
  block.blocks = ReadLittleEndian<uint32_t>(value.substr(kBlocksAt));
  block.append_hour = ReadLittleEndian<uint32_t>(value.substr(kHourAt));
  block.ids = (value.size() - kIdsAt) / kIdCacheIdBytes;
  block.highs = value.data() + kIdsAt;
  block.lows = block.highs + block.ids * kHighBytes;
  return block;
}

std::optional<Offset> IdBlock::PeekEnd(std::string_view value) {
  if (value.size() < kIdsAt) return std::nullopt;
  return Offset(ReadLittleEndian<uint64_t>(value.substr(kEndAt)));
}

void IdBlock::Copy(size_t from, std::span<Hash128> out) const {
  const char* high = highs + from * kHighBytes;
  const char* low = lows + from * kLowBytes;
  for (size_t i = 0; i < out.size(); ++i) {
    uint16_t bits;
    std::memcpy(&out[i].high, high + i * kHighBytes, kHighBytes);
    std::memcpy(&bits, low + i * kLowBytes, kLowBytes);
    out[i].low = bits;
  }
}

Result<void> EncodeIdBlocks(
    const Checkpoint& checkpoint,
    const std::function<Result<void>(std::string_view key, std::string_view value)>& put) {
  size_t blocks = 0;
  for (const NewIds& hour : checkpoint.new_ids) blocks += BlocksFor(hour.ids.size());
  blocks = std::max<size_t>(blocks, 1);

  IdBlockKey key{checkpoint.begin, 0};
  std::string value;
  const auto put_block = [&](uint32_t append_hour, std::span<const Hash128> ids) {
    value.resize(kIdsAt + ids.size() * kIdCacheIdBytes);
    CopyTo(value.data() + kEndAt, LittleEndian(checkpoint.end.value));
    CopyTo(value.data() + kLastTimeAt, LittleEndian(checkpoint.last_append_time.value));
    CopyTo(value.data() + kBlocksAt, LittleEndian(static_cast<uint32_t>(blocks)));
    CopyTo(value.data() + kHourAt, LittleEndian(append_hour));
    CopyIds(ids, value.data() + kIdsAt);
    const auto key_bytes = key.Encode();
    CopyTo(value.data(),
           Checksum(checkpoint.partition, View(key_bytes), std::string_view(value).substr(kEndAt)));
    ++key.number;
    return put(View(key_bytes), value);
  };
  for (const NewIds& hour : checkpoint.new_ids) {
    std::span<const Hash128> rest = hour.ids;
    while (!rest.empty()) {
      const size_t count = std::min(rest.size(), kIdCacheBlockIds);
      ADTALLY_TRY(put_block(hour.append_hour, rest.first(count)));
      rest = rest.subspan(count);
    }
  }
  return key.number == 0 ? put_block(0, {}) : Result<void>();
}

}  // namespace adtally
