#include "log/kafka_group_view.h"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string_view>

namespace adtally {
namespace {

using Groups = std::unique_ptr<const rd_kafka_group_list, void (*)(const rd_kafka_group_list*)>;

// Reads numbers of Kafka's protocol, in network order, off the front of a text.
class ProtocolReader {
 public:
  explicit ProtocolReader(std::string_view bytes) : bytes_(bytes) {}
  bool failed() const { return failed_; }

  uint32_t Number(size_t size) {
    uint32_t value = 0;
    for (const char byte : Take(size)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  std::string_view Take(size_t size) {
    if (size > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

// What members of a group were assigned is kept as bytes by the coordinator: a version, then for
// each topic its name and partitions. A member without partitions may have none of it.
std::optional<std::set<Partition>> ParseAssignment(std::string_view bytes) {
  std::set<Partition> partitions;
  if (bytes.empty()) return partitions;
  ProtocolReader reader(bytes);
  reader.Number(2);
  for (uint32_t topics = reader.Number(4); topics > 0 && !reader.failed(); --topics) {
    reader.Take(reader.Number(2));
    for (uint32_t left = reader.Number(4); left > 0 && !reader.failed(); --left) {
      partitions.insert(Partition(reader.Number(4)));
    }
  }
  if (reader.failed()) return std::nullopt;
  return partitions;
}

}  // namespace

std::set<Partition> PartitionsOf(const rd_kafka_topic_partition_list_t& list) {
  std::set<Partition> partitions;
  for (int i = 0; i < list.cnt; ++i) {
    partitions.insert(Partition(static_cast<uint32_t>(list.elems[i].partition)));
  }
  return partitions;
}

std::string MemberIdOf(const rd_kafka_t* client) {
  char* id = rd_kafka_memberid(client);
  if (id == nullptr) return "";
  std::string member_id = id;
  rd_kafka_mem_free(const_cast<rd_kafka_t*>(client), id);
  return member_id;
}

// Not through the admin calls: those of librdkafka 2.0 end the process when they fail in some ways.
std::optional<std::set<Partition>> AskCoordinator(rd_kafka_t* client, const std::string& group,
                                                  const std::string& member_id, int timeout_ms) {
  const rd_kafka_group_list* answer = nullptr;
  rd_kafka_list_groups(client, group.c_str(), &answer, timeout_ms);
  if (answer == nullptr) return std::nullopt;
  const Groups groups(answer, &rd_kafka_group_list_destroy);
  if (groups->group_cnt != 1) return std::nullopt;
  const rd_kafka_group_info& found = groups->groups[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR || std::string_view(found.state) != "Stable") {
    return std::nullopt;
  }
  for (int i = 0; i < found.member_cnt; ++i) {
    const rd_kafka_group_member_info& member = found.members[i];
    if (member_id != member.member_id) continue;
    return ParseAssignment({static_cast<const char*>(member.member_assignment),
                            static_cast<size_t>(member.member_assignment_size)});
  }
  return std::set<Partition>();
}

}  // namespace adtally
