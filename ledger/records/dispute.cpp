#include "ledger/records/dispute.h"

namespace dure::ledger {

const char* name_of(DisputeKind kind) {
    switch (kind) {
        case DisputeKind::computation:
            return "computation";
        case DisputeKind::quantization:
            return "quantization";
    }
    return "unknown";
}

const char* name_of(DisputeStage stage) {
    switch (stage) {
        case DisputeStage::unopened:
            return "unopened";
        case DisputeStage::bisecting:
            return "bisecting";
        case DisputeStage::answering:
            return "answering";
        case DisputeStage::serving:
            return "serving";
        case DisputeStage::drawing:
            return "drawing";
        case DisputeStage::deciding:
            return "deciding";
        case DisputeStage::opening:
            return "opening";
        case DisputeStage::closed:
            return "closed";
    }
    return "unknown";
}

const char* name_of(DisputeOutcome outcome) {
    switch (outcome) {
        case DisputeOutcome::none:
            return "none";
        case DisputeOutcome::trainer_wrong:
            return "trainer_wrong";
        case DisputeOutcome::challenger_wrong:
            return "challenger_wrong";
        case DisputeOutcome::undecided:
            return "undecided";
    }
    return "unknown";
}

Hash verdict_commitment(const Account& account, protocol::Round round, std::uint32_t unit, std::uint32_t task,
                        const Hash& found, const Hash& salt) {
    static const TaggedHash hash("dure/verdict");
    return hash({account.key, encode(round), encode(unit), encode(task), found.bytes, salt.bytes});
}

}  // namespace dure::ledger
