#include "log/wal_tail.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "log/fixed_bytes.h"

namespace adtally {
namespace {

// The file is a row of blocks. A write is one or more fragments, none of which crosses the end of
// its block: checksum, 4 bytes; length, 2; type, 1; then the bytes. Fewer than 7 bytes at the end
// of a block are filled with zeros.
constexpr size_t kBlock = 32 << 10;
constexpr size_t kHeader = 7;
constexpr size_t kTypeAt = 6;
constexpr size_t kSector = 512;
enum FragmentType : unsigned char { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

constexpr std::array<uint32_t, 256> Crc32cTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}

// CRC-32C, rotated and shifted as RocksDB stores it.
uint32_t StoredChecksum(std::string_view bytes) {
  static constexpr auto kTable = Crc32cTable();
  uint32_t crc = ~0u;
  for (const char c : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

struct Fragment {
  FragmentType type;
  size_t end;
  bool begins_write() const { return type == kFull || type == kFirst; }
  bool ends_write() const { return type == kFull || type == kLast; }
};

size_t LengthAt(std::string_view bytes, size_t at) {
  return ReadLittleEndian<uint16_t>(bytes.substr(at + sizeof(uint32_t)));
}

bool ChecksumFits(std::string_view bytes, size_t at, size_t end) {
  return ReadLittleEndian<uint32_t>(bytes.substr(at)) ==
         StoredChecksum(bytes.substr(at + kTypeAt, end - at - kTypeAt));
}

// The fragment at `at`; nullopt when there is no sound one.
std::optional<Fragment> FragmentAt(std::string_view bytes, size_t at) {
  const size_t block_end = std::min(bytes.size(), at - at % kBlock + kBlock);
  if (at + kHeader > block_end) return std::nullopt;
  const auto type = static_cast<unsigned char>(bytes[at + kTypeAt]);
  if (type < kFull || type > kLast) return std::nullopt;
  const size_t end = at + kHeader + LengthAt(bytes, at);
  if (end > block_end || !ChecksumFits(bytes, at, end)) return std::nullopt;
  return Fragment{static_cast<FragmentType>(type), end};
}

// Looks at every place, since the length of what is damaged cannot be trusted.
bool WriteBeginsAfter(std::string_view bytes, size_t at) {
  for (; at + kHeader <= bytes.size(); ++at) {
    const auto type = static_cast<unsigned char>(bytes[at + kTypeAt]);
    if ((type == kFull || type == kFirst) && FragmentAt(bytes, at).has_value()) return true;
  }
  return false;
}

bool HasZeroSector(std::string_view bytes, size_t at) {
  for (at += (kSector - at % kSector) % kSector; at + kSector <= bytes.size(); at += kSector) {
    if (bytes.substr(at, kSector).find_first_not_of('\0') == std::string_view::npos) return true;
  }
  return false;
}

// Whether bytes from the unsound fragment at `at` on are missing, and not just wrong.
bool LacksBytes(std::string_view bytes, size_t at) {
  if (at + kHeader > bytes.size() || bytes.back() == '\0' || HasZeroSector(bytes, at)) return true;
  const bool is_cut = at + kHeader + LengthAt(bytes, at) > bytes.size();
  const bool is_whole_with_a_wrong_length = ChecksumFits(bytes, at, bytes.size());
  return is_cut && !is_whole_with_a_wrong_length;
}

}  // namespace

WalEnd InspectWal(std::string_view bytes) {
  bool inside_write = false;
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t left_in_block = kBlock - at % kBlock;
    if (left_in_block < kHeader) {
      at += left_in_block;
      continue;
    }
    const auto fragment = FragmentAt(bytes, at);
    if (!fragment.has_value()) {
      const bool torn = !WriteBeginsAfter(bytes, at + 1) && LacksBytes(bytes, at);
      return torn ? WalEnd::kTorn : WalEnd::kDamaged;
    }
    if (fragment->begins_write() == inside_write) return WalEnd::kDamaged;
    inside_write = !fragment->ends_write();
    at = fragment->end;
  }
  return inside_write ? WalEnd::kTorn : WalEnd::kWhole;
}

bool WalHasRecord(std::string_view bytes) {
  return WriteBeginsAfter(bytes, 0);
}

}  // namespace adtally
