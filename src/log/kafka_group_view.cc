#include "log/kafka_group_view.h"

#include <librdkafka/rdkafka.h>

#include <memory>

namespace adtally {
namespace {

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

Owned<rd_kafka_event_t> Describe(rd_kafka_t* client, const std::string& group, int timeout_ms) {
  const Owned<rd_kafka_AdminOptions_t> options(
      rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS),
      &rd_kafka_AdminOptions_destroy);
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, nullptr, 0);
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client), &rd_kafka_queue_destroy);
  const char* groups[] = {group.c_str()};
  rd_kafka_DescribeConsumerGroups(client, groups, 1, options.get(), queue.get());
  return {rd_kafka_queue_poll(queue.get(), timeout_ms), &rd_kafka_event_destroy};
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

std::optional<std::set<Partition>> AskCoordinator(rd_kafka_t* client, const std::string& group,
                                                  const std::string& member_id, int timeout_ms) {
  const auto event = Describe(client, group, timeout_ms);
  const rd_kafka_DescribeConsumerGroups_result_t* result =
      event == nullptr ? nullptr : rd_kafka_event_DescribeConsumerGroups_result(event.get());
  if (result == nullptr) return std::nullopt;
  size_t count = 0;
  const rd_kafka_ConsumerGroupDescription_t** groups =
      rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
  if (count != 1 || rd_kafka_ConsumerGroupDescription_error(groups[0]) != nullptr ||
      rd_kafka_ConsumerGroupDescription_state(groups[0]) != RD_KAFKA_CONSUMER_GROUP_STATE_STABLE) {
    return std::nullopt;
  }
  count = rd_kafka_ConsumerGroupDescription_member_count(groups[0]);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_MemberDescription_t* member =
        rd_kafka_ConsumerGroupDescription_member(groups[0], i);
    if (rd_kafka_MemberDescription_consumer_id(member) != member_id) continue;
    return PartitionsOf(
        *rd_kafka_MemberAssignment_partitions(rd_kafka_MemberDescription_assignment(member)));
  }
  return std::set<Partition>();
}

}  // namespace adtally
