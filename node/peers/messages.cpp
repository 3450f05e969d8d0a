#include "node/peers/messages.h"

#include <array>

namespace dure::node {

namespace {

struct Kind {
    const char* name;
    std::size_t limit;
    Priority priority;
};

constexpr std::array<Kind, std::variant_size_v<Message>> k_kinds{{
    {"proposal", k_max_proposal_message_bytes, Priority::consensus},
    {"vote", k_max_small_message_bytes, Priority::consensus},
    {"certificate", k_max_certificate_bytes, Priority::consensus},
    {"transactions", k_max_transactions_message_bytes, Priority::normal},
    {"block_request", k_max_small_message_bytes, Priority::consensus},
    {"block_response", k_max_block_message_bytes, Priority::normal},
    {"range_request", k_max_small_message_bytes, Priority::normal},
    {"range_response", k_max_range_message_bytes, Priority::bulk},
    {"chain_status", k_max_small_message_bytes, Priority::normal},
    {"chunk_request", k_max_small_message_bytes, Priority::normal},
    {"chunk_response", k_max_chunk_message_bytes, Priority::bulk},
    {"peer_list_request", k_max_small_message_bytes, Priority::normal},
    {"peer_list", k_max_small_message_bytes, Priority::normal},
}};

}  // namespace

std::size_t message_limit(std::size_t tag) {
    return tag < k_kinds.size() ? k_kinds[tag].limit : 0;
}

const char* message_name(std::size_t tag) {
    return tag < k_kinds.size() ? k_kinds[tag].name : "unknown";
}

Priority message_priority(std::size_t tag) {
    return tag < k_kinds.size() ? k_kinds[tag].priority : Priority::bulk;
}

}  // namespace dure::node
