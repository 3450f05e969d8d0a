// What a node starts from: the consensus journal, and consensus's state out of it and of the block log. Here it is
// decided when a node has forgotten what it signed, and so signs nothing until a later epoch.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/result.h"
#include "consensus/simplex.h"
#include "node/storage/files.h"
#include "node/storage/journal.h"

namespace dure::node {

/// Within the data directory.
inline constexpr char k_block_log_name[] = "blocks";
inline constexpr char k_journal_name[] = "consensus.journal";

struct JournalAtStart {
    std::optional<Journal> journal;  ///< none: lost or damaged
    std::vector<Bytes> records;
};

/// Opens the journal, or makes one in an empty directory: it is made before the block log, so where the log is, a
/// missing journal is a lost one. Errors: `invalid` (another chain's), `io`.
Result<JournalAtStart> open_journal(Files& files, const std::filesystem::path& directory,
                                    const Hash& chain_id);

/// Until when a node that has lost its journal, or opened without one, stays silent (consensus rule 9).
class Silence {
  public:
    Silence() = default;
    /// Through this epoch at least.
    explicit Silence(std::optional<protocol::Epoch> through) : through_(through) {}

    bool kept() const { return through_.has_value(); }
    /// An epoch begins: whether it may sign in it, and from then on.
    bool ends_with(protocol::Epoch begins, bool caught_up) {
        if (through_ && begins > *through_ && caught_up) through_.reset();
        return !through_;
    }

  private:
    std::optional<protocol::Epoch> through_;
};

struct ConsensusAtStart {
    consensus::Simplex simplex;
    std::optional<Journal> journal;
    Silence
        silence;  ///< kept if the journal is lost or damaged: through the epochs in which it may have signed
};

/// `config.may_sign` is set here. Errors: those of Simplex::open, but that a damaged journal is none: then the node
/// follows and signs nothing.
Result<ConsensusAtStart> open_consensus(consensus::Config config,
                                        const std::optional<consensus::FinalBlock>& final_block,
                                        JournalAtStart journal);

}  // namespace dure::node
