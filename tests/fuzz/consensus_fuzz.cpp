// consensus: messages from peers and the journal's records.
#include "consensus/events.h"
#include "consensus/journal_record.h"
#include "tests/fuzz/target.h"

namespace dure::fuzz {
namespace {

DURE_FUZZ_CODEC(consensus_message, consensus::Message);

DURE_FUZZ_TARGET(journal_record) {
    round_trip<consensus::JournalRecord>(input);
    if (const auto record = decode<consensus::JournalRecord>(input)) {
        static_cast<void>(consensus::epoch_of(*record));
        static_cast<void>(consensus::vote_of(*record));
    }
}

}  // namespace
}  // namespace dure::fuzz
