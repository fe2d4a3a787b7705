#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/hash.h"

namespace adtally {

struct DedupOptions {
  // An id last seen in append hour h is remembered up to and including append hour h +
  // window_hours.
  uint32_t window_hours = 25;
  // 2^page_bits pages, 16 bytes each before the first id comes.
  int page_bits = 18;
  // Bits of a slot that tell ids of one page apart. Fewer than 58 only to make false drops
  // observable in tests.
  int fingerprint_bits = 58;
};

// The event ids of one partition that were seen within the deduplication window of append time, and
// the hour in which each was last seen. Since every sight counts, also that of a duplicate, the
// content depends on nothing but the ids of the last window_hours: a table filled from that part of
// the log alone equals one that saw everything.
//
// An id's 128-bit hash is split: its first `page_bits` choose a page, 58 further bits are its
// fingerprint. A page is an open-addressing table (linear probing) of 8-byte slots, grown alone:
// inserting never pauses for more than one page of about ids / 2^page_bits slots. A slot is
// fingerprint << 6 | tag; the tag is the append hour modulo 63 plus 1, and 0 marks an empty slot,
// so that an id expires when its hour does, without a scan.
//
// Invariants:
//  1. A page holds at most one slot per fingerprint.
//  2. No slot is older than 62 hours, so a tag names one hour only: each hour one 1/32 of the pages
//     is swept of expired slots, and window_hours + 32 < 63.
//  3. At least one slot of a page with capacity is empty: probing ends.
//
// False drops: an id that was never seen is taken for a duplicate only when another id of its page
// has the same fingerprint. With n live ids in the partition that is n / 2^page_bits * 2^-58 per
// event: 3.3e-16 for 25 million live ids in the partition (100 million in four), below 1e-15 up to
// 75 million.
//
// The decision depends only on the sequence of inserts and hours. Not thread-safe.
class DedupTable {
 public:
  explicit DedupTable(DedupOptions options = {});
  ~DedupTable();
  DedupTable(DedupTable&&) = delete;

  // Sets the append hour (hours since the epoch) of the inserts that follow. It never falls.
  void AdvanceTo(uint32_t append_hour);

  // What Insert says of an id that is not remembered.
  static constexpr uint8_t kNeverSeen = 255;

  // Notes that the id was seen in the current hour. Returns how many hours ago it was last seen (0:
  // in this hour), or kNeverSeen.
  uint8_t Insert(Hash128 id);

  // Insert for each id in order, with the cache misses of the batch overlapped: ages[i] =
  // Insert(ids[i]).
  void InsertBatch(std::span<const Hash128> ids, std::span<uint8_t> ages);

  // Undoes an Insert of the current hour that returned `age`. Undo in any order, each id once.
  void Undo(Hash128 id, uint8_t age);

  bool Contains(Hash128 id) const;
  uint32_t append_hour() const { return hour_; }
  uint64_t live_ids() const;
  // Memory held, in bytes, without what malloc adds.
  size_t bytes() const { return bytes_; }

 private:
  struct Page {
    uint64_t* slots = nullptr;
    uint32_t capacity = 0;
    uint32_t used = 0;  // slots that are not empty, expired ones included
  };
  struct Place {
    Page* page;
    uint64_t fingerprint;
  };

  Place Locate(Hash128 id) const;
  static uint32_t Home(const Page& page, uint64_t fingerprint);
  uint64_t* FindLive(Place place) const;
  uint8_t InsertAt(Place place);
  uint32_t AgeOf(uint64_t slot) const;
  bool Expired(uint64_t slot) const { return AgeOf(slot) > options_.window_hours; }
  void Rebuild(Page& page);
  void Sweep(size_t part);

  const DedupOptions options_;
  const uint64_t fingerprint_mask_;
  std::unique_ptr<Page[], void (*)(void*)> pages_;
  uint32_t hour_ = 0;
  uint32_t tag_ = 1;
  bool started_ = false;
  size_t bytes_ = 0;
  std::array<uint64_t, 63> ids_by_tag_{};  // remembered ids by tag - 1
};

}  // namespace adtally
