#include "reporting/server_sent_event.h"

namespace adtally {

std::string ServerSentEvent(std::string_view event, std::string_view id, std::string_view data) {
  std::string text;
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  return text.append("event: ").append(event).append("\ndata: ").append(data).append("\n\n");
}

std::string ReconnectAfter(int64_t ms) {
  return "retry: " + std::to_string(ms) + "\n\n";
}

}  // namespace adtally
