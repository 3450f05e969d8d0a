// Simplex (Chan, Pass; eprint 2023/463), weighted by stake, epoch by epoch: the agreement on blocks as a pure
// state machine. Blocks in two message delays, finality in three, no view change. Quorum = votes of more than
// two thirds of the weight.
//
// The rules. Code and tests cite them by number.
//   1. Enter the smallest slot for which no certificate is held (a finalization certifies its slot and all
//      earlier ones); arm a leader timer (2Δ, stopped by a proposal) and an advance timer (3Δ), both counted
//      from when the minimum block interval allows a proposal.
//   2. The leader extends the newest notarized block whose later slots are all skipped; the proposal embeds
//      the parent's notarization (or finalization) and the gap's skip certificates.
//   3. Notarize at most one proposal a slot, if its parent is notarized, the gap is skipped and the block is
//      valid. What is proven invalid: skip at once. What is merely unknown (a missing parent, a missing
//      blob): fetch it and let the timer decide.
//   4. On a notarization: enter the next slot and vote finalize for that block, unless this node skipped the
//      slot or notarized another block in it; from then on notarize no other block there.
//   5. On a timer, a proven invalid block, or the leader's own skip: vote skip, unless finalize was voted.
//   6. On a skip certificate: enter the next slot.
//   7. On a finalization: commit the block and all its ancestors. Finalize votes for old slots keep counting.
//   8. Relay every certificate when first seen. Time-outs back off with the time since the last finalization.
//      When nothing finalizes for a while, resend the best finalization, later certificates and own later
//      votes, at a bounded rate.
//   9. Nothing signed leaves before its record is durable: records of proposals and notarize votes include
//      the block's bytes, finalize votes' the notarization. On replay own votes go back into the own tally. A
//      node whose journal is lost signs nothing until an epoch that begins after it has caught up.
//  10. Evidence, for one slot of one epoch: two different notarize votes, two finalize votes, notarize h with
//      finalize h', skip with finalize, two proposals.
//  11. An epoch ends with the block at its last height. Once that is notarized, leaders only propose it again (the
//      same bytes; its parent is named as itself, in the slot of its notarization), and nobody notarizes anything
//      on it, until it is final: then the epoch is over. The next one is another validator set's, begins at slot
//      0 with that block as its root, and proposals on the root embed what made it final. Messages of the epoch
//      before are answered with that, too; those of the next epoch wait.
//
// What it does not do: read a clock, send, store, or judge a block's contents; it asks for all of these by
// effects (consensus/events.h). A signature is checked here, once, before anything else of a message counts.
#pragma once

#include <deque>
#include <map>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "consensus/block_tree.h"
#include "consensus/config.h"
#include "consensus/events.h"
#include "consensus/journal_record.h"
#include "consensus/pace.h"
#include "consensus/pool.h"
#include "consensus/signing.h"

namespace dure::consensus {

/// A plain value: it can be copied, and two copies given the same events yield the same effects.
class Simplex {
  public:
    /// Restores the state from the newest durable final block (none: the epoch's root) and the journal's
    /// records, in their order. Errors: `invalid` for a validator set or final block that does not check;
    /// `corrupt` for records that do not decode or contradict each other: then the journal is damaged, and
    /// the node opens without records and with may_sign = false.
    static Result<Simplex> open(Config config, const std::optional<FinalBlock>& final_block,
                                std::span<const Bytes> records);

    /// Takes one event. `now` never goes back.
    Effects step(Event event, Time now);

    // What the node may look at.
    protocol::Slot current_slot() const { return current_; }
    /// The newest finalization known, whose blocks may still be on their way; null before the first.
    const protocol::Certificate* finalization() const { return pool_.finalization(); }
    /// The height of the newest block handed out by Commit.
    protocol::Height committed_height() const { return tree_.height(); }
    /// A block that is not final yet, or the newest final one, for peers that fetch it; null if it is not
    /// here.
    BlockPtr block(const Hash& hash) const { return tree_.block(hash); }
    Account leader(protocol::Slot slot) const;
    bool halted() const { return halted_; }
    protocol::Epoch epoch() const { return config_.epoch; }
    /// True once the epoch's last block was handed out by Commit: only EnterEpoch leads on (rule 11).
    bool over() const { return config_.last_height && tree_.height() >= *config_.last_height; }
    /// True if it signs what the rules ask it to.
    bool signs() const { return signing_.active(); }
    /// The records that are still needed: a journal holding only these restores the same state. To shorten a
    /// journal: make the block log durable, write these to a new file, make it durable, rename it over the
    /// old one, and make the folder durable. Numbers go on as before.
    std::vector<Bytes> live_records() const;

  private:
    /// What the leader said in a slot, and what this node asked of its own block builder.
    struct SlotState {
        std::optional<protocol::ProposalClaim> claim;
        bool proven_invalid = false;
        bool evidence_reported = false;
        std::optional<protocol::BlockReference> building_on;
    };
    /// A signed message that waits for its record to be durable.
    struct Held {
        std::uint64_t record = 0;
        Message message;
    };

    /// The end of the epoch before: votes there are still compared (rule 10).
    struct Past {
        protocol::Epoch epoch;
        protocol::Slot final_slot;
        Pool pool;
    };
    /// A message of the next epoch.
    struct Early {
        Account peer;
        Message message;
    };

    Simplex(Config config, const FinalBlock* final_block);
    Status restore(JournalRecord&& record);

    // simplex.cpp: the life of a slot.
    void on(Start&& event);
    void on(Built&& event);
    void on(Validated&& event);
    void on(Persisted&& event);
    void on(Tick&& event);
    void advance();
    void lead();
    void judge_proposal();
    void skip_if_due();
    void vote_finalize(const protocol::BlockReference& block);
    bool extends_properly(const protocol::ProposalClaim& claim) const;
    std::optional<protocol::BlockReference> parent_to_extend() const;
    void propose(const protocol::BlockReference& parent, BlockPtr block);
    bool certified(protocol::Slot slot) const;
    protocol::BlockReference final_reference() const;
    protocol::Slot final_slot() const { return final_reference().slot; }
    void hold(const JournalRecord& record, Message message);
    void release(Message message);
    void wake();

    // intake.cpp: what comes from peers, and what it proves.
    void on(Receive&& event);
    void take(const Account& peer, protocol::Proposal&& proposal);
    void take(const Account& peer, protocol::SignedVote&& vote);
    void take(const Account& peer, protocol::Certificate&& certificate);
    Status take_embedded(const protocol::Proposal& proposal);
    Status take_checked(const protocol::Certificate& certificate);
    bool in_window(const protocol::Vote& vote) const;
    bool is_compared(protocol::Slot slot) const;
    void absorb(Pool::News&& news);
    void on_finalization(const protocol::Certificate& certificate);

    // epochs.cpp: from one epoch to the next (rule 11).
    void on(EnterEpoch&& event);
    bool of_this_epoch(const Account& peer, const Message& message);
    void keep_early(const Account& peer, const Message& message);
    void answer_late(const Account& peer, const Message& message);
    void compare_past(const Message& message);
    bool is_last(protocol::Height height) const { return config_.last_height == height; }

    // catch_up.cpp: missing blocks, commits, and help for those who are behind.
    void on(BlockFetched&& event);
    void on(Synced&& event);
    void commit();
    void validate_and_fetch();
    bool far_behind() const;
    void forget_old_slots();
    void collect_garbage();
    void resend_if_due();
    bool is_behind(protocol::Slot slot) const;
    void help(const Account& peer, protocol::Slot from);
    bool may_help(const Account& peer);
    void halt(std::string why);

    Config config_;
    Pool pool_;
    BlockTree tree_;
    Signing signing_;
    Pace pace_;
    protocol::Slot current_;
    std::map<protocol::Slot, SlotState> slots_;
    protocol::Slot committed_slot_;
    std::deque<Held> held_;
    std::uint64_t next_record_ = 1;
    std::map<protocol::Slot, protocol::Proposal> own_proposals_;  // for resending, and for the journal
    std::map<Hash, Time> fetches_;                                // missing blocks, and when to ask (again)
    std::map<Account, Time> helped_;                              // and when
    protocol::Slot resend_cursor_;
    std::optional<Past> past_;
    std::deque<Early> early_;
    Time epoch_began_{};
    std::optional<Time> woken_at_;
    bool started_ = false;
    bool halted_ = false;
    Time now_{};
    Effects effects_;
};

}  // namespace dure::consensus
