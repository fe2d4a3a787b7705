#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "event/protobuf_codec.h"
#include "event/protobuf_fields.h"
#include "event/protobuf_general.h"
#include "event/text_scan.h"

namespace adtally {
namespace {

using namespace wire;

// How many bytes of the batch have to follow an event for it to be read here. Bounds are checked
// only where a size says how far to go, so a message that ends too early is noticed late: by then
// the walk has come, and looked ahead, at most 83 bytes beyond the message's end.
constexpr size_t kSlack = 96;
constexpr size_t kPrefetchedBytes = 1024;

// Masks of a word's first bytes.
constexpr std::array<uint64_t, 9> kFirstBytes = {0,
                                                 0xff,
                                                 0xffff,
                                                 0xffffff,
                                                 0xffffffff,
                                                 0xffffffffff,
                                                 0xffffffffffff,
                                                 0xffffffffffffff,
                                                 0xffffffffffffffff};

// Puts the low seven bits of each byte together: pairs, then fours, then all.
uint64_t SevenBits(uint64_t x) {
  x = (x & 0x007f007f007f007f) | (x & 0x7f007f007f007f00) >> 1;
  x = (x & 0x00003fff00003fff) | (x & 0x3fff00003fff0000) >> 2;
  return (x & 0x0fffffff) | (x & 0x0fffffff00000000) >> 4;
}
uint32_t SevenBits(uint32_t x) {
  x = (x & 0x007f007f) | (x & 0x7f007f00) >> 1;
  return (x & 0x00003fff) | (x & 0x3fff0000) >> 2;
}

// Reads one message whose fields come in the order of their numbers, each at most once, as every
// encoder writes them. Each step takes one field; after a false the message has to be read by
// ReadGeneralEvent instead, and the walk is over.
class OrderedFields {
 public:
  OrderedFields(const char* at, const char* end) : at_(at), end_(end) {}

  bool AtEnd() const { return at_ == end_; }
  bool InBounds() const { return at_ <= end_; }

  // Finds out where the numbers among the next 64 bytes end, all at once: how long one is decides
  // where the next is, and asking each in turn would be a chain of waits. To be called before
  // numbers are read, and again behind text.
  void LookAhead() { ends_ = ~HighBitsOf64(at_); }

  // The tag, if it is the next.
  template <uint32_t kTag>
  bool Tag() {
    static_assert(kTag < 0x4000);
    if constexpr (kTag < 0x80) {
      if (Byte(0) != kTag) return false;
      Skip(1);
    } else {
      if (Byte(0) != ((kTag & 0x7f) | 0x80) || Byte(1) != kTag >> 7) return false;
      Skip(2);
    }
    return true;
  }

  // What follows a tag: a number below 128, which is what every enum is.
  bool Enum(uint8_t& value) {
    value = Byte(0);
    Skip(1);
    return value < 0x80;
  }

  // A number of up to eight bytes, which every valid one has.
  bool Number(uint64_t& value) {
    if ((ends_ & 0xff) == 0) return false;
    const size_t size = NumberSize();
    value = SevenBits(LoadWord(at_) & kFirstBytes[size]);
    Skip(size);
    return true;
  }

  // The same, faster when it has up to four bytes.
  bool Micros(int64_t& micros) {
    uint64_t value;
    if ((ends_ & 0xf) == 0) {
      if (!Number(value)) return false;
      micros = NonNegative(value);
      return true;
    }
    micros = SmallNumber();
    return true;
  }

  bool Id(uint32_t& id) {
    if ((ends_ & 0xf) == 0) {
      uint64_t value;
      if (!Number(value)) return false;
      id = wire::Id(value);
      return true;
    }
    id = SmallNumber();
    return true;
  }

  // Text of less than 128 bytes.
  bool Text(std::string_view& text) {
    const size_t size = Byte(0);
    // Signed: the tag before may have been the first byte behind the end.
    if (size >= 0x80 || static_cast<ptrdiff_t>(size + 1) > end_ - at_) return false;
    text = {at_ + 1, size};
    at_ += size + 1;
    return true;
  }

  // A code of at most three characters. A NUL in it is not for here: it would pass for the padding
  // of a shorter one.
  template <int kChars>
  bool Place(PlaceCode<kChars>& code) {
    const size_t size = Byte(0);
    if (size - 1 >= kChars) return false;
    const auto others = ~static_cast<uint32_t>(kFirstBytes[size]);
    const uint32_t chars = (LoadHalfWord(at_ + 1)) | others;
    if (((chars - 0x01010101) & ~chars & 0x80808080) != 0) return false;
    const uint32_t padded = chars & ~others;
    for (size_t i = 0; i < kChars; ++i) code.chars[i] = static_cast<char>(padded >> (8 * i));
    Skip(size + 1);
    return true;
  }

  uint64_t Fixed64() {
    const uint64_t value = LoadWord(at_);
    at_ += 8;
    return value;
  }

 private:
  uint8_t Byte(size_t i) const { return static_cast<uint8_t>(at_[i]); }
  size_t NumberSize() const { return static_cast<size_t>(std::countr_zero(ends_)) + 1; }
  void Skip(size_t size) {
    at_ += size;
    ends_ >>= size;
  }

  uint32_t SmallNumber() {
    const size_t size = NumberSize();
    const uint32_t value = SevenBits(LoadHalfWord(at_) & static_cast<uint32_t>(kFirstBytes[size]));
    Skip(size);
    return value;
  }

  const char* at_;
  const char* const end_;
  uint64_t ends_ = 0;  // a bit for each byte from at_ on where a number can end
};

// The fields that an event may have behind its cost.
[[gnu::noinline]] bool ReadRareFields(OrderedFields in, Event& event) {
  if (!in.InBounds()) return false;
  uint64_t number = 0;
  if (in.Tag<BytesTag(kClickId)>() && !in.Text(event.click_id)) return false;
  if (in.Tag<BytesTag(kOrderId)>() && !in.Text(event.order_id)) return false;
  in.LookAhead();
  if (in.Tag<VarintTag(kValueMicros)>() && !in.Micros(event.value_micros)) return false;
  if (in.Tag<Fixed64Tag(kUserHash)>()) event.user_hash = in.Fixed64();
  in.LookAhead();
  if (in.Tag<VarintTag(kClickTimeMs)>()) {
    if (!in.Number(number)) return false;
    event.click_time = EventTime{NonNegative(number)};
  }
  if (in.Tag<VarintTag(kInvalidReason)>()) {
    uint8_t reason;
    if (!in.Enum(reason)) return false;
    event.invalid_reason = static_cast<InvalidReason>(reason);
  }
  return in.AtEnd();
}

bool ReadFields(OrderedFields in, Event& event) {
  Dimensions& d = event.dimensions;
  uint64_t number = 0;
  uint8_t small = 0;
  ClearEvent(event);
  if (!in.Tag<BytesTag(kEventId)>() || !in.Text(event.event_id)) return false;
  in.LookAhead();
  if (!in.Tag<VarintTag(kType)>() || !in.Enum(small)) return false;
  event.type = static_cast<EventType>(small);
  if (!in.Tag<VarintTag(kTimestampMs)>() || !in.Number(number)) return false;
  event.time = EventTime{NonNegative(number)};
  if (!in.Tag<VarintTag(kAdvertiserId)>() || !in.Id(d.advertiser_id)) return false;
  if (!in.Tag<VarintTag(kCampaignId)>() || !in.Id(d.campaign_id)) return false;
  if (!in.Tag<VarintTag(kAdGroupId)>() || !in.Id(d.ad_group_id)) return false;
  if (!in.Tag<VarintTag(kCreativeId)>() || !in.Id(d.creative_id)) return false;
  if (in.Tag<VarintTag(kDevice)>()) {
    if (!in.Enum(small)) return false;
    d.device = static_cast<Device>(small);
  }
  if (in.Tag<BytesTag(kCountry)>() && !in.Place(d.country)) return false;
  if (in.Tag<BytesTag(kRegion)>() && !in.Place(d.region)) return false;
  if (in.Tag<VarintTag(kCostMicros)>() && !in.Micros(event.cost_micros)) return false;
  return in.AtEnd() || ReadRareFields(in, event);
}

// Takes the next event off the batch if it is written the usual way.
bool TakeOrderedEvent(std::string_view& rest, Event& event) {
  if (rest.size() < kSlack || rest[0] != BytesTag(kEventsOfBatch)) return false;
  const char* at = rest.data() + 1;
  size_t size = static_cast<uint8_t>(*at++);
  if (size >= 0x80) {
    const size_t high = static_cast<uint8_t>(*at++);
    if (high >= 0x80) return false;
    size = (size & 0x7f) | high << 7;
  }
  const auto left = static_cast<size_t>(rest.data() + rest.size() - at);
  if (size + kSlack > left) return false;
  if (!ReadFields(OrderedFields(at, at + size), event)) return false;
  rest = {at + size, left - size};
  // Between a caller's accesses at random the hardware does not see that the batch is read in
  // order.
  __builtin_prefetch(rest.data() + kPrefetchedBytes);
  return true;
}

}  // namespace

// Flattened: a walk whose place is not kept in registers takes twice as long.
[[gnu::flatten]] bool EventBatchReader::Next(Event& event, EventField& bad_field) {
  if (!TakeOrderedEvent(rest_, event)) {
    return ReadGeneralEvent(rest_, broken_, event, bad_field);
  }
  bad_field = FirstInvalidField(event);
  return true;
}

}  // namespace adtally
