// Mutates batches as what they are: a list of events, each a list of fields. One in a few mutations
// is left to libFuzzer, which knows nothing of that, so that broken bytes are tried too.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/dice.h"
#include "fuzz/wire_format.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace adtally::fuzz {
namespace {

// A message as the bytes of its fields; what cannot be read as a field is the last one.
using Fields = std::vector<std::string>;

Fields Split(std::string_view bytes) {
  const WireMessage message = ReadWireMessage(bytes);
  Fields fields;
  for (const WireField& field : message.fields) fields.emplace_back(field.raw);
  if (message.end_offset < bytes.size()) fields.emplace_back(bytes.substr(message.end_offset));
  return fields;
}

std::string Join(const Fields& fields) {
  std::string bytes;
  for (const std::string& field : fields) bytes += field;
  return bytes;
}

std::string RandomlyMutated(std::string bytes, Dice& dice) {
  const size_t size = bytes.size();
  bytes.resize(size + 1 + dice.Below(8));
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(bytes.data()), size, bytes.size()));
  return bytes;
}

constexpr std::array<uint64_t, 22> kNumbers = {0,
                                               1,
                                               2,
                                               3,
                                               4,
                                               5,
                                               255,
                                               256,
                                               257,
                                               0x7fffffff,
                                               0xffffffff,
                                               0x100000000,
                                               0x100000001,
                                               946'684'799'999,
                                               946'684'800'000,
                                               1'000'000'000'000,
                                               1'000'000'000'001,
                                               4'102'444'799'999,
                                               4'102'444'800'000,
                                               0x7fffffffffffffff,
                                               0x8000000000000000,
                                               0xffffffffffffffff};

std::string RandomText(Dice& dice) {
  using namespace std::string_view_literals;
  constexpr std::array kTexts = {""sv,   "US"sv,           "CA"sv,   "A0Z"sv,   "us"sv,
                                 "U"sv,  "US\0"sv,         "\xff"sv, "\xc3"sv,  "\xc3\xa9"sv,
                                 "\0"sv, "\xed\xa0\x80"sv, "\0\0"sv, "a\x7f"sv, "A\0\0"sv};
  if (!dice.OneIn(4)) return std::string(dice.Pick(kTexts));
  return std::string(std::array{1, 2, 3, 4, 63, 64, 65, 127, 128}[dice.Below(9)], 'x');
}

size_t VarintPadding(Dice& dice) {
  return dice.OneIn(8) ? 1 + dice.Below(10) : 1;
}

void AppendTag(uint32_t number, WireType type, Dice& dice, std::string& out) {
  uint64_t tag = uint64_t{number} << 3 | static_cast<uint32_t>(type);
  if (dice.OneIn(64)) tag |= uint64_t{1} << (32 + dice.Below(4));
  AppendVarint(tag, VarintPadding(dice), out);
}

void AppendValue(WireType type, Dice& dice, std::string& out) {
  switch (type) {
    case WireType::kVarint:
      AppendVarint(dice.Pick(kNumbers), VarintPadding(dice), out);
      break;
    case WireType::kFixed64:
      out.append(8, static_cast<char>(dice.Below(256)));
      break;
    case WireType::kFixed32:
      out.append(4, static_cast<char>(dice.Below(256)));
      break;
    case WireType::kBytes: {
      const std::string text = RandomText(dice);
      AppendVarint(text.size() + (dice.OneIn(32) ? 1 : 0), VarintPadding(dice), out);
      out += text;
      break;
    }
    default:
      break;
  }
}

WireType RandomType(Dice& dice) {
  return static_cast<WireType>(dice.Below(8));
}

// The wire type that field `number` of event.proto has.
WireType TypeOf(uint32_t number) {
  switch (number) {
    case 1:
    case 9:
    case 10:
    case 12:
    case 13:
    case 15:
      return WireType::kBytes;
    case 16:
      return WireType::kFixed64;
    default:
      return WireType::kVarint;
  }
}

std::string RandomField(Dice& dice) {
  const auto number = static_cast<uint32_t>(dice.OneIn(16) ? dice.Below(1U << 29) : dice.Below(20));
  const WireType type = dice.OneIn(8) ? RandomType(dice) : TypeOf(number);
  std::string field;
  AppendTag(number, type, dice, field);
  AppendValue(type, dice, field);
  return field;
}

// Another tag for the same value, or another value for the same tag.
std::string Changed(const std::string& raw, Dice& dice) {
  const WireMessage message = ReadWireMessage(raw);
  if (message.fields.empty()) return RandomlyMutated(raw, dice);
  const WireField& field = message.fields.front();
  std::string changed;
  switch (dice.Below(4)) {
    case 0:
      AppendTag(field.number, RandomType(dice), dice, changed);
      changed += field.value;
      return changed;
    case 1:
      AppendTag(static_cast<uint32_t>(dice.Below(20)), field.type, dice, changed);
      if (field.type == WireType::kBytes) {
        AppendVarint(field.value.size(), VarintPadding(dice), changed);
      }
      changed += field.value;
      return changed;
    case 2:
      AppendTag(field.number, field.type, dice, changed);
      AppendValue(field.type, dice, changed);
      return changed;
    default:
      return RandomlyMutated(raw, dice);
  }
}

void MutateList(Fields& fields, std::string inserted, Dice& dice) {
  const auto at = [&](size_t index) { return fields.begin() + static_cast<ptrdiff_t>(index); };
  if (fields.empty()) {
    fields.push_back(std::move(inserted));
    return;
  }
  const size_t chosen = dice.Below(fields.size());
  switch (dice.Below(5)) {
    case 0:
      fields.insert(at(dice.Below(fields.size() + 1)), std::move(inserted));
      break;
    case 1:
      fields.insert(at(dice.Below(fields.size() + 1)), std::string(fields[chosen]));
      break;
    case 2:
      fields.erase(at(chosen));
      break;
    case 3:
      std::swap(fields[chosen], fields[dice.Below(fields.size())]);
      break;
    default:
      fields.resize(chosen);  // at a boundary
      break;
  }
}

std::string Framed(std::string_view message, Dice& dice) {
  std::string framed;
  AppendTag(1, WireType::kBytes, dice, framed);
  AppendVarint(message.size(), VarintPadding(dice), framed);
  framed += message;
  return framed;
}

// A number from 1 to `max`; of any length as a varint, which uniform numbers would not be.
uint64_t NumberUpTo(uint64_t max, Dice& dice) {
  const uint64_t number =
      (uint64_t{dice.Below(1U << 31)} << 31 | dice.Below(1U << 31)) >> dice.Below(62);
  return 1 + number % max;
}

// Every field right and in order, as encoders write them: what a mutation then breaks is all that
// is wrong. Now and then one number is any other.
std::string GoodEvent(Dice& dice) {
  constexpr uint64_t kFirstTime = 946'684'800'000;
  std::string message;
  const size_t surprise = dice.Below(40);
  const auto varint = [&](uint32_t number, uint64_t value) {
    AppendVarint(uint64_t{number} << 3, 1, message);
    AppendVarint(surprise == number ? dice.Pick(kNumbers) : value, 1, message);
  };
  const auto text = [&](uint32_t number, std::string_view value) {
    AppendVarint(uint64_t{number} << 3 | 2, 1, message);
    AppendVarint(value.size(), 1, message);
    message += value;
  };
  const auto has = [&] { return !dice.OneIn(3); };
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  text(1, kLetters.substr(0, 1 + dice.Below(dice.OneIn(4) ? 66 : 36)));
  varint(2, 1 + dice.Below(3));
  varint(3, kFirstTime + NumberUpTo(3'000'000'000'000, dice));
  for (uint32_t id = 4; id <= 7; ++id) varint(id, NumberUpTo(0xffffffff, dice));
  if (has()) varint(8, dice.Below(5));
  if (has()) text(9, kLetters.substr(dice.Below(20), 2));
  if (has()) text(10, kLetters.substr(dice.Below(20), 1 + dice.Below(3)));
  if (has()) varint(11, NumberUpTo(1'000'000'000'000, dice));
  if (dice.OneIn(16)) text(12, "token");
  if (has()) text(13, kLetters.substr(0, dice.Below(66)));
  if (has()) varint(14, NumberUpTo(1'000'000'000'000, dice));
  if (dice.OneIn(16)) text(15, "user");
  if (has()) message += "\x81\x01" + std::to_string(10'000'000 + dice.Below(90'000'000));
  if (has()) varint(17, kFirstTime + NumberUpTo(3'000'000'000'000, dice));
  if (has()) varint(18, dice.Below(2));
  return message;
}

void MutateEvent(std::string& raw, Dice& dice) {
  const WireMessage outer = ReadWireMessage(raw);
  if (outer.fields.empty() || outer.fields.front().type != WireType::kBytes) {
    raw = Changed(raw, dice);
    return;
  }
  Fields fields = Split(outer.fields.front().value);
  if (!fields.empty() && dice.OneIn(2)) {
    std::string& field = fields[dice.Below(fields.size())];
    field = Changed(field, dice);
  } else {
    MutateList(fields, RandomField(dice), dice);
  }
  raw = Framed(Join(fields), dice);
}

std::string Mutated(std::string_view bytes, Dice& dice) {
  Fields batch = Split(bytes);
  for (size_t changes = 1 + dice.Below(3); changes > 0; --changes) {
    if (!batch.empty() && !dice.OneIn(4)) {
      MutateEvent(batch[dice.Below(batch.size())], dice);
    } else {
      MutateList(batch, dice.OneIn(4) ? RandomField(dice) : Framed(GoodEvent(dice), dice), dice);
    }
  }
  return Join(batch);
}

size_t Store(const std::string& bytes, uint8_t* data, size_t max_size) {
  const size_t size = std::min(bytes.size(), max_size);
  std::memcpy(data, bytes.data(), size);
  return size;
}

}  // namespace
}  // namespace adtally::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  using namespace adtally::fuzz;
  Dice dice(seed);
  if (dice.OneIn(4)) return LLVMFuzzerMutate(data, size, max_size);
  return Store(Mutated({reinterpret_cast<const char*>(data), size}, dice), data, max_size);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2, uint8_t* out,
                                            size_t max_out_size, unsigned seed) {
  using namespace adtally::fuzz;
  Dice dice(seed);
  Fields batch = Split({reinterpret_cast<const char*>(data1), size1});
  for (std::string& field : Split({reinterpret_cast<const char*>(data2), size2})) {
    const size_t place = dice.Below(batch.size() + 1);
    batch.insert(batch.begin() + static_cast<ptrdiff_t>(place), std::move(field));
  }
  return Store(Join(batch), out, max_out_size);
}
