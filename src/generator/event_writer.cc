#include "generator/event_writer.h"

#include <charconv>
#include <cstring>

#include "base/hash.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

constexpr size_t kOrderIdBytes = kGeneratedIdBytes + 2;

char* WriteHex(uint64_t value, int digits, char* out) {
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = "0123456789abcdef"[value & 15];
    value >>= 4;
  }
  return out + digits;
}

std::array<char, kOrderIdBytes> OrderId(const std::array<char, kGeneratedIdBytes>& event_id) {
  std::array<char, kOrderIdBytes> order_id{'o', '-'};
  std::memcpy(order_id.data() + 2, event_id.data(), event_id.size());
  return order_id;
}

// Of the user_id that the event has in JSON.
uint64_t UserHash(uint32_t user) {
  std::array<char, 11> user_id{'u'};
  const char* const end =
      std::to_chars(user_id.data() + 1, user_id.data() + user_id.size(), user).ptr;
  return HashBytes({user_id.data(), static_cast<size_t>(end - user_id.data())}).low;
}

template <size_t N>
std::string_view View(const std::array<char, N>& chars) {
  return {chars.data(), chars.size()};
}

// Writes into a stack buffer that holds the longest line; no value needs escaping.
class LineWriter {
 public:
  LineWriter& Text(std::string_view text) {
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
    return *this;
  }
  LineWriter& Number(int64_t number) {
    end_ = std::to_chars(end_, buffer_ + sizeof buffer_, number).ptr;
    return *this;
  }
  std::string_view view() const { return {buffer_, static_cast<size_t>(end_ - buffer_)}; }

 private:
  char buffer_[640];
  char* end_ = buffer_;
};

}  // namespace

std::array<char, kGeneratedIdBytes> GeneratedEventId(uint64_t run_id, uint32_t client,
                                                     uint64_t index) {
  std::array<char, kGeneratedIdBytes> id;
  char* end = WriteHex(run_id, 16, id.data());
  end = WriteHex(client, 4, end);
  WriteHex(index, 12, end);
  return id;
}

void AppendJsonLine(const GeneratedEvent& event, uint64_t run_id, std::string& out) {
  const auto id = GeneratedEventId(run_id, event.client, event.index);
  const Dimensions& d = event.dimensions;
  LineWriter line;
  line.Text(R"({"event_id":")").Text(View(id));
  line.Text(R"(","type":")").Text(EventTypeName(event.type));
  line.Text(R"(","timestamp":)").Number(event.time_ms);
  line.Text(R"(,"advertiser_id":)").Number(d.advertiser_id);
  line.Text(R"(,"campaign_id":)").Number(d.campaign_id);
  line.Text(R"(,"ad_group_id":)").Number(d.ad_group_id);
  line.Text(R"(,"creative_id":)").Number(d.creative_id);
  line.Text(R"(,"device":")").Text(DeviceName(d.device));
  line.Text(R"(","country":")").Text(d.country.view());
  line.Text(R"(","region":")").Text(d.region.view());
  line.Text(R"(","cost_micros":)").Number(event.cost_micros);
  if (event.user != 0) line.Text(R"(,"user_id":"u)").Number(event.user).Text("\"");
  if (event.type == EventType::kConversion) {
    line.Text(R"(,"order_id":")").Text(View(OrderId(id)));
    line.Text(R"(","value_micros":)").Number(event.value_micros);
    if (event.click_time_ms != 0) line.Text(R"(,"click_time":)").Number(event.click_time_ms);
  }
  line.Text("}\n");
  out.append(line.view());
}

void AppendProtobuf(const GeneratedEvent& event, uint64_t run_id, std::string& out) {
  const auto id = GeneratedEventId(run_id, event.client, event.index);
  const auto order_id = OrderId(id);
  Event e;
  e.event_id = View(id);
  e.type = event.type;
  e.time = EventTime(event.time_ms);
  e.dimensions = event.dimensions;
  e.cost_micros = event.cost_micros;
  e.value_micros = event.value_micros;
  e.click_time = EventTime(event.click_time_ms);
  if (event.type == EventType::kConversion) e.order_id = View(order_id);
  if (event.user != 0) e.user_hash = UserHash(event.user);
  AppendToBatch(e, out);
}

}  // namespace adtally
