#include "ledger/records/shard.h"

#include <algorithm>

#include "ledger/records/judging.h"

namespace dure::ledger {

Hash offer_commitment(const Account& owner, const Hash& salt, const Hash& shard) {
    static const TaggedHash hash("dure/offer");
    return hash({owner.key, salt.bytes, shard.bytes});
}

Hash sketch_hash(const Sketch& sketch) {
    static const TaggedHash hash("dure/sketch");
    return hash(sketch.bytes);
}

std::size_t equal_entries(const Sketch& a, const Sketch& b) {
    std::size_t equal = 0;
    for (std::size_t i = 0; i < a.bytes.size(); i += 4)
        equal += std::equal(&a.bytes[i], &a.bytes[i] + 4, &b.bytes[i]) ? 1U : 0U;
    return equal;
}

Hash answer_commitment(const Account& scorer, const Hash& shard, const ShardAnswer& answer,
                       const Hash& salt) {
    static const TaggedHash hash("dure/shard/answer");
    return hash({scorer.key, shard.bytes, encode(answer), salt.bytes});
}

const char* name_of(ShardStatus status) {
    switch (status) {
        case ShardStatus::judging:
            return "judging";
        case ShardStatus::accepted:
            return "accepted";
        case ShardStatus::rejected:
            return "rejected";
        case ShardStatus::duplicate:
            return "duplicate";
        case ShardStatus::lapsed:
            return "lapsed";
        case ShardStatus::withdrawn:
            return "withdrawn";
    }
    return "unknown";
}

const char* name_of(JudgingPhase phase) {
    switch (phase) {
        case JudgingPhase::queued:
            return "queued";
        case JudgingPhase::drawing:
            return "drawing";
        case JudgingPhase::committing:
            return "committing";
        case JudgingPhase::opening:
            return "opening";
    }
    return "unknown";
}

}  // namespace dure::ledger
