#include "counting/dedup_table.h"

#include <algorithm>
#include <cstdlib>

#include "base/check.h"

namespace adtally {
namespace {

constexpr int kTagBits = 6;
constexpr uint64_t kTagMask = (uint64_t{1} << kTagBits) - 1;
constexpr int kFingerprintBits = 64 - kTagBits;
constexpr uint32_t kTagCycle = 63;
constexpr uint32_t kSweepParts = 32;
constexpr uint32_t kMinCapacity = 8;
// A batch of ids whose pages and slots are fetched together: enough misses in flight, still in L1.
constexpr size_t kBatch = 32;

uint32_t TagOf(uint32_t hour) {
  return hour % kTagCycle + 1;
}

// Between 70 % (after growth) and 87.5 % (before) of the slots are used: 9.1 to 11.4 bytes an id.
uint32_t CapacityFor(uint32_t ids) {
  const uint32_t wanted = static_cast<uint32_t>(uint64_t{ids} * 10 / 7) + 2;
  return std::max(kMinCapacity, (wanted + 7) / 8 * 8);
}

bool Full(uint32_t used, uint32_t capacity) {
  return used + 1 > capacity - capacity / 8;
}

}  // namespace

DedupTable::DedupTable(DedupOptions options)
    : options_(options),
      fingerprint_mask_((uint64_t{1} << options.fingerprint_bits) - 1),
      // calloc: untouched pages of the directory cost no memory.
      pages_(static_cast<Page*>(std::calloc(size_t{1} << options.page_bits, sizeof(Page))),
             std::free),
      bytes_((size_t{1} << options.page_bits) * sizeof(Page)) {
  ADTALLY_CHECK(options.window_hours + kSweepParts < kTagCycle,
                "the deduplication window does not fit the hour tags");
  ADTALLY_CHECK(options.page_bits >= 5 && options.page_bits <= 32 &&
                    options.fingerprint_bits >= 1 && options.fingerprint_bits <= kFingerprintBits,
                "page or fingerprint bits out of range");
  ADTALLY_CHECK(pages_ != nullptr, "out of memory for the deduplication table");
}

DedupTable::~DedupTable() {
  for (size_t i = 0; i < size_t{1} << options_.page_bits; ++i) std::free(pages_[i].slots);
}

DedupTable::Place DedupTable::Locate(Hash128 id) const {
  const uint64_t page = id.high >> (64 - options_.page_bits);
  const uint64_t rest =
      (id.high << options_.page_bits) | (id.low & ((uint64_t{1} << options_.page_bits) - 1));
  return {&pages_[page], (rest >> kTagBits) & fingerprint_mask_};
}

uint32_t DedupTable::Home(const Page& page, uint64_t fingerprint) {
  // Multiply-shift over the low bits, which a scaled-down fingerprint keeps.
  return static_cast<uint32_t>(((fingerprint & 0xffffffff) * page.capacity) >> 32);
}

uint32_t DedupTable::AgeOf(uint64_t slot) const {
  const auto tag = static_cast<uint32_t>(slot & kTagMask);
  return tag_ >= tag ? tag_ - tag : tag_ + kTagCycle - tag;
}

void DedupTable::AdvanceTo(uint32_t append_hour) {
  if (!started_) {
    started_ = true;
    hour_ = append_hour;
    tag_ = TagOf(hour_);
    return;
  }
  ADTALLY_CHECK(append_hour >= hour_, "append hours never fall");
  // After a gap longer than the tags can tell apart, walking the last full cycle expires
  // everything.
  if (append_hour - hour_ > kTagCycle) hour_ = append_hour - kTagCycle;
  while (hour_ < append_hour) {
    ++hour_;
    tag_ = TagOf(hour_);
    Sweep(hour_ % kSweepParts);
  }
}

void DedupTable::Sweep(size_t part) {
  // The hour that leaves the window with this step is forgotten now, wherever its slots still are.
  ids_by_tag_[TagOf(hour_ + kTagCycle - options_.window_hours - 1) - 1] = 0;
  const size_t pages = size_t{1} << options_.page_bits;
  const size_t per_part = pages / kSweepParts;
  for (size_t i = part * per_part; i < (part + 1) * per_part; ++i) {
    Page& page = pages_[i];
    const bool stale = std::any_of(page.slots, page.slots + page.capacity,
                                   [&](uint64_t slot) { return slot != 0 && Expired(slot); });
    if (stale) Rebuild(page);
  }
}

void DedupTable::Rebuild(Page& page) {
  uint32_t live = 0;
  for (uint32_t i = 0; i < page.capacity; ++i) {
    live += page.slots[i] != 0 && !Expired(page.slots[i]);
  }
  Page next;
  next.capacity = CapacityFor(live);
  next.slots = static_cast<uint64_t*>(std::calloc(next.capacity, sizeof(uint64_t)));
  ADTALLY_CHECK(next.slots != nullptr, "out of memory for the deduplication table");
  for (uint32_t i = 0; i < page.capacity; ++i) {
    const uint64_t slot = page.slots[i];
    if (slot == 0 || Expired(slot)) continue;
    uint32_t at = Home(next, slot >> kTagBits);
    while (next.slots[at] != 0) at = at + 1 == next.capacity ? 0 : at + 1;
    next.slots[at] = slot;
  }
  next.used = live;
  bytes_ += next.capacity * sizeof(uint64_t);
  bytes_ -= page.capacity * sizeof(uint64_t);
  std::free(page.slots);
  page = next;
}

uint8_t DedupTable::InsertAt(Place place) {
  Page& page = *place.page;
  if (page.capacity == 0 || Full(page.used, page.capacity)) Rebuild(page);
  uint64_t* reusable = nullptr;
  uint32_t at = Home(page, place.fingerprint);
  while (page.slots[at] != 0) {
    uint64_t& slot = page.slots[at];
    if (slot >> kTagBits == place.fingerprint) {
      const uint32_t age = AgeOf(slot);
      if (age > options_.window_hours) {
        reusable = &slot;
        break;
      }
      --ids_by_tag_[(slot & kTagMask) - 1];
      ++ids_by_tag_[tag_ - 1];
      slot = place.fingerprint << kTagBits | tag_;
      return static_cast<uint8_t>(age);
    }
    if (reusable == nullptr && Expired(slot)) reusable = &slot;
    at = at + 1 == page.capacity ? 0 : at + 1;
  }
  if (reusable == nullptr) {
    reusable = &page.slots[at];
    ++page.used;
  }
  *reusable = place.fingerprint << kTagBits | tag_;
  ++ids_by_tag_[tag_ - 1];
  return kNeverSeen;
}

uint8_t DedupTable::Insert(Hash128 id) {
  return InsertAt(Locate(id));
}

void DedupTable::InsertBatch(std::span<const Hash128> ids, std::span<uint8_t> ages) {
  ADTALLY_CHECK(ages.size() >= ids.size(), "one result per id");
  for (size_t from = 0; from < ids.size(); from += kBatch) {
    const size_t count = std::min(kBatch, ids.size() - from);
    std::array<Place, kBatch> places;
    for (size_t i = 0; i < count; ++i) {
      places[i] = Locate(ids[from + i]);
      __builtin_prefetch(places[i].page, 1);
    }
    for (size_t i = 0; i < count; ++i) {
      const Page& page = *places[i].page;
      __builtin_prefetch(page.slots + Home(page, places[i].fingerprint), 1);
    }
    for (size_t i = 0; i < count; ++i) ages[from + i] = InsertAt(places[i]);
  }
}

uint64_t* DedupTable::FindLive(Place place) const {
  const Page& page = *place.page;
  if (page.capacity == 0) return nullptr;
  for (uint32_t at = Home(page, place.fingerprint); page.slots[at] != 0;) {
    uint64_t& slot = page.slots[at];
    if (slot >> kTagBits == place.fingerprint) return Expired(slot) ? nullptr : &slot;
    at = at + 1 == page.capacity ? 0 : at + 1;
  }
  return nullptr;
}

void DedupTable::Undo(Hash128 id, uint8_t age) {
  if (age == 0) return;
  uint64_t* slot = FindLive(Locate(id));
  ADTALLY_CHECK(slot != nullptr && (*slot & kTagMask) == tag_,
                "only an insert of this hour can be undone");
  --ids_by_tag_[tag_ - 1];
  // A slot that was empty becomes an expired one, which keeps the probe chains of its page whole.
  const uint32_t hours_back = age == kNeverSeen ? options_.window_hours + 1 : age;
  const uint32_t tag = TagOf(hour_ + kTagCycle - hours_back);
  if (age != kNeverSeen) ++ids_by_tag_[tag - 1];
  *slot = (*slot & ~kTagMask) | tag;
}

bool DedupTable::Contains(Hash128 id) const {
  return FindLive(Locate(id)) != nullptr;
}

uint64_t DedupTable::live_ids() const {
  uint64_t sum = 0;
  for (const uint64_t ids : ids_by_tag_) sum += ids;
  return sum;
}

}  // namespace adtally
