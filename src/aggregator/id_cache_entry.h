#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "base/strong.h"
#include "counting/checkpoint.h"

namespace adtally {

// The bytes of an id cache's entries, format version 2. An entry is the ids of one checkpoint, cut
// into blocks so that reading it takes little memory, however many they are. A block
// holds ids of one append hour; an entry without ids has one empty block. Numbers are big-endian in
// keys, else little-endian:
//   key    begin 8, number of the block 4
//   value  checksum 16 (XXH3-128 of partition, key and all that follows), end 8, append time of the
//          last record 8, blocks of the entry 4, append hour 4, then of n ids `high` 8 each, then
//          the lowest 16 bits of `low` 2 each
// Partition and key are in the checksum, so a block that turns up elsewhere is damaged too.
inline constexpr uint32_t kIdCacheFormat = 2;
inline constexpr size_t kIdCacheIdBytes = 10;
inline constexpr size_t kIdCacheBlockIds = size_t{64} << 10;

struct IdBlockKey {
  static constexpr size_t kBytes = 12;

  Offset begin;
  uint32_t number = 0;

  std::array<char, kBytes> Encode() const;
  static std::optional<IdBlockKey> Decode(std::string_view bytes);
};

// A view of a block's bytes.
struct IdBlock {
  IdBlockKey key;
  Offset end;
  AppendTime last_append_time;
  uint32_t blocks = 0;
  uint32_t append_hour = 0;
  size_t ids = 0;
  const char* highs = nullptr;  // not aligned
  const char* lows = nullptr;

  // Nullopt when it is damaged.
  static std::optional<IdBlock> Decode(Partition partition, std::string_view key,
                                       std::string_view value);
  // The end that the value claims, without checking it; nullopt when it is too short.
  static std::optional<Offset> PeekEnd(std::string_view value);

  // Whether both are of the same entry.
  bool Follows(const IdBlock& first) const {
    return key.begin == first.key.begin && end == first.end && blocks == first.blocks &&
           last_append_time == first.last_append_time;
  }
  // The ids [from, from + out.size()).
  void Copy(size_t from, std::span<Hash128> out) const;
};

// Calls `put` with each block of the checkpoint's entry, in the order of their keys, until one
// fails. The bytes are valid during the call.
Result<void> EncodeIdBlocks(
    const Checkpoint& checkpoint,
    const std::function<Result<void>(std::string_view key, std::string_view value)>& put);

}  // namespace adtally
