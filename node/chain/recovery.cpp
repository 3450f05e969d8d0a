#include "node/chain/recovery.h"

#include <spdlog/spdlog.h>

namespace dure::node {

Result<JournalAtStart> open_journal(Files& files, const std::filesystem::path& directory,
                                    const Hash& chain_id) {
    const std::filesystem::path path = directory / k_journal_name;
    if (!files.exists(directory / k_block_log_name) && !files.exists(path)) {
        DURE_TRY(auto journal, Journal::create(path, chain_id, files));
        return JournalAtStart{std::move(journal), {}};
    }
    auto opened = Journal::open(path, chain_id, files);
    if (opened) {
        if (opened->cut_bytes > 0)
            spdlog::warn(
                "storage: cut {} bytes off the end of the consensus journal that a crash had left unfinished",
                opened->cut_bytes);
        return JournalAtStart{std::move(opened->journal), std::move(opened->records)};
    }
    const Error& error = opened.error();
    if (error.code != ErrorCode::not_found && error.code != ErrorCode::corrupt) return error;
    spdlog::error(
        "consensus: the journal is lost or damaged ({}). Having forgotten what it signed, this node follows "
        "the chain but signs nothing until the next epoch",
        error.message);
    return JournalAtStart{};
}

Result<ConsensusAtStart> open_consensus(consensus::Config config,
                                        const std::optional<consensus::FinalBlock>& final_block,
                                        JournalAtStart journal) {
    config.may_sign = journal.journal.has_value();
    protocol::Epoch signed_in = config.epoch;
    auto simplex = consensus::Simplex::open(config, final_block, journal.records);
    if (!simplex && simplex.error().code == ErrorCode::corrupt) {
        spdlog::error(
            "consensus: the journal is damaged ({}). Having forgotten what it signed, this node follows the "
            "chain but signs nothing until the next epoch",
            simplex.error().message);
        for (const Bytes& bytes : journal.records) {
            if (const auto record = decode<consensus::JournalRecord>(bytes))
                signed_in = std::max(signed_in, consensus::epoch_of(*record));
        }
        config.may_sign = false;
        journal.journal.reset();
        simplex = consensus::Simplex::open(config, final_block, {});
    }
    if (!simplex) return simplex.error();
    const Silence silence = config.may_sign ? Silence{} : Silence{signed_in};
    return ConsensusAtStart{std::move(*simplex), std::move(journal.journal), silence};
}

}  // namespace dure::node
