#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/event.h"

namespace adtally::fuzz {

// An event as another decoder read it: wide enough for everything that a sender can write, so that
// nothing is cut before it is judged.
struct ExpectedEvent {
  std::string event_id;
  uint64_t type = 0;
  uint64_t time_ms = 0;
  uint64_t advertiser_id = 0;
  uint64_t campaign_id = 0;
  uint64_t ad_group_id = 0;
  uint64_t creative_id = 0;
  uint64_t device = 0;
  std::string country;
  std::string region;
  uint64_t cost_micros = 0;
  uint64_t value_micros = 0;
  std::string click_id;
  std::string order_id;
  uint64_t user_hash = 0;
  uint64_t click_time_ms = 0;
  uint64_t invalid_reason = 0;

  friend bool operator==(const ExpectedEvent&, const ExpectedEvent&) = default;
};

// The rules of src/event/event.h, written a second time from its words. None of this calls the code
// that it is compared with.
bool IsGoodEventId(std::string_view text);
bool IsGoodType(uint64_t number);
bool IsGoodTime(uint64_t ms);
bool IsGoodId(uint64_t id);
bool IsGoodDevice(uint64_t number);
bool IsGoodCountry(std::string_view text);
bool IsGoodRegion(std::string_view text);
bool IsGoodMicros(uint64_t micros);
bool IsGoodOrderId(std::string_view text);
bool IsGoodInvalidReason(uint64_t number);

// The hash that the log keeps of a user id; 0 of none.
uint64_t UserHash(std::string_view user_id);

// Well-formed by table 3-7 of the Unicode standard.
bool IsUtf8(std::string_view text);

// A set of fields.
class FieldSet {
 public:
  void Add(EventField field) { bits_ |= Bit(field); }
  void AddUnless(bool good, EventField field) {
    if (!good) Add(field);
  }
  bool Has(EventField field) const { return (bits_ & Bit(field)) != 0; }
  bool empty() const { return bits_ == 0; }
  EventField First() const;  // in the order of EventField; kNone when empty

 private:
  static uint32_t Bit(EventField field) { return 1U << static_cast<int>(field); }
  uint32_t bits_ = 0;
};

// Every field that breaks its rule.
FieldSet WrongFields(const ExpectedEvent& event);

// A copy of what our decoder read, with texts of its own.
ExpectedEvent CopyOf(const Event& event);

// Stops the fuzzer with both events when they differ.
void RequireSame(const ExpectedEvent& ours, const ExpectedEvent& theirs, std::string_view what);

}  // namespace adtally::fuzz
