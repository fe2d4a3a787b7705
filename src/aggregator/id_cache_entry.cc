#include "aggregator/id_cache_entry.h"

#include <bit>
#include <cstring>

#include "base/hash.h"
#include "log/fixed_bytes.h"

namespace adtally {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr size_t kChecksumBytes = 16;
constexpr size_t kEndAt = kChecksumBytes + sizeof(uint32_t);
constexpr size_t kGroupsAt = kEndAt + sizeof(uint64_t);
constexpr size_t kFirstGroupAt = kGroupsAt + sizeof(uint32_t);
constexpr size_t kGroupHeader = sizeof(uint32_t) + sizeof(uint64_t);

// Ids are copied as they are in memory.
static_assert(std::endian::native == std::endian::little);
static_assert(sizeof(Hash128) == 16 && offsetof(Hash128, high) == 0);

// The body's hash bound to its place by a second, small one: hashing both at once would need a copy
// of the body.
std::array<char, kChecksumBytes> Checksum(Partition partition, Offset begin,
                                          std::string_view body) {
  const Hash128 body_hash = HashBytes(body);
  std::string place(View(LittleEndian(partition.value)));
  place.append(View(LittleEndian(begin.value)));
  place.append(View(LittleEndian(body_hash.high)));
  place.append(View(LittleEndian(body_hash.low)));
  const Hash128 hash = HashBytes(place);
  std::array<char, kChecksumBytes> bytes;
  std::memcpy(bytes.data(), &hash, sizeof(hash));
  return bytes;
}

}  // namespace

std::string EncodeIdCacheEntry(const Checkpoint& checkpoint) {
  size_t bytes = kFirstGroupAt;
  for (const auto& group : checkpoint.new_ids) {
    bytes += kGroupHeader + group.ids.size() * sizeof(Hash128);
  }
  std::string out;
  out.reserve(bytes);
  out.resize(kChecksumBytes);
  out.append(View(LittleEndian(kFormatVersion)));
  out.append(View(LittleEndian(checkpoint.end.value)));
  out.append(View(LittleEndian(static_cast<uint32_t>(checkpoint.new_ids.size()))));
  for (const auto& group : checkpoint.new_ids) {
    out.append(View(LittleEndian(group.append_hour)));
    out.append(View(LittleEndian(static_cast<uint64_t>(group.ids.size()))));
    const size_t at = out.size();
    out.resize(at + group.ids.size() * sizeof(Hash128));
    if (!group.ids.empty()) {
      std::memcpy(out.data() + at, group.ids.data(), group.ids.size() * sizeof(Hash128));
    }
  }
  const auto checksum = Checksum(checkpoint.partition, checkpoint.begin,
                                 std::string_view(out).substr(kChecksumBytes));
  out.replace(0, kChecksumBytes, View(checksum));
  return out;
}

bool DecodeIdCacheEntry(Partition partition, Offset begin, std::string_view bytes,
                        IdCache::Entry& entry) {
  if (bytes.size() < kFirstGroupAt) return false;
  const auto checksum = Checksum(partition, begin, bytes.substr(kChecksumBytes));
  if (bytes.substr(0, kChecksumBytes) != View(checksum)) return false;
  if (ReadLittleEndian<uint32_t>(bytes.substr(kChecksumBytes)) != kFormatVersion) return false;

  entry.begin = begin;
  entry.end = Offset(ReadLittleEndian<uint64_t>(bytes.substr(kEndAt)));
  const auto groups = ReadLittleEndian<uint32_t>(bytes.substr(kGroupsAt));
  bytes.remove_prefix(kFirstGroupAt);
  // The checksum vouches for what was written; the lengths are checked all the same.
  if (groups > bytes.size() / kGroupHeader) return false;
  entry.new_ids.resize(groups);
  for (auto& group : entry.new_ids) {
    if (bytes.size() < kGroupHeader) return false;
    group.append_hour = ReadLittleEndian<uint32_t>(bytes);
    const auto ids = ReadLittleEndian<uint64_t>(bytes.substr(sizeof(uint32_t)));
    bytes.remove_prefix(kGroupHeader);
    if (ids > bytes.size() / sizeof(Hash128)) return false;
    group.ids.resize(ids);
    if (ids > 0) std::memcpy(group.ids.data(), bytes.data(), ids * sizeof(Hash128));
    bytes.remove_prefix(ids * sizeof(Hash128));
  }
  return bytes.empty();
}

Offset PeekIdCacheEntryEnd(Offset begin, std::string_view bytes) {
  if (bytes.size() < kFirstGroupAt) return begin;
  return Offset(ReadLittleEndian<uint64_t>(bytes.substr(kEndAt)));
}

}  // namespace adtally
