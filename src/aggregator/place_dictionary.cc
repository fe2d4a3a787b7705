#include "aggregator/place_dictionary.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/check.h"

namespace adtally {
namespace {

constexpr int kFirstSlotsLog2 = 8;

}  // namespace

PlaceDictionary::PlaceDictionary()
    : slots_(size_t{1} << kFirstSlotsLog2), shift_(32 - kFirstSlotsLog2), codes_(1, 0) {}

uint16_t PlaceDictionary::Find(uint32_t packed) {
  const size_t mask = slots_.size() - 1;
  size_t at = Home(packed);
  for (; slots_[at].packed != 0; at = (at + 1) & mask) {
    if (slots_[at].packed == packed) return slots_[at].number;
  }
  ADTALLY_CHECK(codes_.size() <= std::numeric_limits<uint16_t>::max(), "too many place codes");
  const auto number = static_cast<uint16_t>(codes_.size());
  slots_[at] = {packed, number};
  codes_.push_back(packed);
  if (2 * codes_.size() > slots_.size()) Grow();
  return number;
}

void PlaceDictionary::Grow() {
  slots_.assign(slots_.size() * 2, Slot());
  --shift_;
  const size_t mask = slots_.size() - 1;
  for (size_t number = 1; number < codes_.size(); ++number) {
    size_t at = Home(codes_[number]);
    while (slots_[at].packed != 0) at = (at + 1) & mask;
    slots_[at] = {codes_[number], static_cast<uint16_t>(number)};
  }
}

std::span<const std::string_view> PlaceDictionary::keys() {
  static_assert(std::endian::native == std::endian::little, "the first character is the lowest");
  keys_.clear();
  for (const uint32_t& code : codes_) {
    const auto length = static_cast<size_t>(std::bit_width(code) + 7) / 8;
    keys_.emplace_back(reinterpret_cast<const char*>(&code), length);
  }
  return keys_;
}

void PlaceDictionary::Clear() {
  std::ranges::fill(slots_, Slot());
  codes_.resize(1);
}

}  // namespace adtally
