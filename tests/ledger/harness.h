// A chain in memory for tests: makes blocks, executes them, and checks every invariant after each.
// Transactions are not signed, because the ledger takes checked signatures for granted.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/keys.h"
#include "ledger/execution.h"
#include "ledger/records/beacon.h"
#include "ledger/state/memory_state.h"
#include "ledger/transactions/payload.h"
#include "ledger/views.h"

namespace dure::ledger::testing {

/// An account for tests, always the same for the same number.
const SecretKey& key_of(std::size_t person);
inline const Account& account_of(std::size_t person) {
    return key_of(person).account();
}

/// Validators are the persons 0 … validators − 1; all persons have coins.
struct ChainOptions {
    std::size_t validators = 4;
    std::size_t persons = 12;
    Coin coins{1'000 * k_grain_per_dure};
    Shares bonded{100 * k_units_per_share};
    std::uint8_t roles = k_role_trainer | k_role_server;
    std::uint64_t held_out_tokens = 0;
    Parameters parameters = quick_parameters();
    ChangeRules changes;
    std::optional<GenesisModel> model;  ///< none: the tests' own

    /// Deadlines of a few blocks.
    static Parameters quick_parameters();
};

Genesis make_genesis(const ChainOptions& options);

class Harness {
  public:
    explicit Harness(const ChainOptions& options = {});

    /// Puts a transaction into the next block.
    Hash submit(std::size_t person, const Payload& payload,
                std::optional<std::size_t> fee_payer = std::nullopt);
    /// A transaction by the person whose account it is.
    Hash submit_as(const Account& account, const Payload& payload,
                   std::optional<Account> fee_payer = std::nullopt);
    /// Makes, executes and commits a block of what was submitted, by the next validator that is not silent.
    /// Stops the test on any broken invariant.
    const BlockOutcome& block();
    void blocks(std::size_t count);
    /// Submits, makes a block, and returns the receipt.
    TransactionReceipt run(std::size_t person, const Payload& payload,
                           std::optional<std::size_t> fee_payer = std::nullopt);

    /// The block that `block()` would make now, for tests that spoil it.
    protocol::Block draft();
    /// Something that a rule of the ledger does to the state, outside a block. Stops the test on any broken
    /// invariant, recounted from scratch.
    void act(const std::function<void(Overlay&, Events&)>& change);
    /// Executes on top of the state without committing.
    Result<BlockOutcome> try_block(const protocol::Block& block) const;

    const StateReader& state() const { return state_; }
    const Genesis& genesis() const { return genesis_; }
    Hash chain_id() const { return chain_id_; }
    protocol::Height height() const { return head(state_).height; }
    AccountView person(std::size_t number) const { return account(state_, account_of(number)); }
    const Changes& last_changes() const { return last_changes_; }
    /// Silent validators propose nothing.
    void silence(std::size_t validator) { silent_.push_back(validator); }
    void unsilence_all() { silent_.clear(); }
    /// Changes the state as no transaction does.
    void change_state(const std::function<void(Overlay&)>& change);
    /// Recount everything after every block (slow), not only at the end.
    void recount_every_block(bool on) { recounts_ = on; }

    /// Person 9 pays person 0, a server, so many grains for calls; three quarters of them are the owners'.
    void pay(std::uint64_t amount);
    /// Offers and shows data by `owner` and lets every drawn scorer answer, until it is accepted.
    void add_data(std::size_t owner, const std::string& name, std::uint64_t tokens = 10'000,
                  std::uint64_t score_of_it = 1'000);
    /// Offers a shard and makes blocks until it may be shown.
    void offer(std::size_t owner, const Hash& shard);
    /// As offer; then shows it.
    void offer_and_show(std::size_t owner, const ShowData& shown);
    /// Whoever has to commit to an answer or to open it does so, for one block.
    void score(const std::function<ShardAnswer(const Hash& shard, const Account& scorer)>& answer);
    /// Everybody whose turn it is does the honest thing, for one block. `idle` does nothing.
    void work(const std::vector<std::size_t>& idle = {});
    /// Changes what `work` would send for somebody; it is not sent at all if this says false.
    using Tamper = std::function<bool(std::size_t person, Payload& payload)>;
    void tamper(Tamper tamper) { tamper_ = std::move(tamper); }

  private:
    Hash reveal_of(std::size_t person);

    Genesis genesis_;
    Hash chain_id_;
    std::map<std::pair<std::size_t, std::uint64_t>, BeaconChain> later_chains_;
    MemoryState state_;
    Changes last_changes_;
    std::vector<protocol::Transaction> waiting_;
    std::vector<Account> waiting_senders_;
    std::vector<std::size_t> silent_;
    std::size_t turn_ = 0;
    BlockOutcome outcome_;
    bool recounts_ = false;
    Tamper tamper_;
};

/// What honest work on this unit gives in these tests: its update, its states, what is committed to and what
/// opens it; and the checkpoint that a round's accepted updates give.
Hash honest_update(protocol::Round round, std::uint32_t unit);
Hash honest_secret(protocol::Round round, std::uint32_t unit);
OpenedSegments honest_states(protocol::Round round, std::uint32_t unit);
UpdateCommitment honest_commitment(const Account& trainer, protocol::Round round, std::uint32_t unit);
ServeSegments serving_of(const AssignedUnit& unit, const OpenedSegments& states);
AuditOpening honest_opening(const AssignedAudit& audit);
AuditUpdate audit_move(const Account& auditor, const AssignedAudit& audit, const AuditOpening& opening,
                       bool opens);
/// As honest_states, but for the last one, and a commitment to whatever is given.
OpenedSegments false_states(protocol::Round round, std::uint32_t unit);
UpdateCommitment commitment_to(const Account& trainer, protocol::Round round, std::uint32_t unit,
                               const Hash& update, const OpenedSegments& states);
CheckpointAttestation honest_checkpoint(const StateReader& state, protocol::Round round);
AttestCheckpoint commit_to(const Account& account, protocol::Round round, const CheckpointAttestation& said);
AttestCheckpoint open_to(protocol::Round round, const CheckpointAttestation& said);
/// Everything that a round asks of this account now, but joining.
std::vector<Payload> honest_moves(const StateReader& state, const Account& who);
/// The hash chains that the first `count` validators reveal from.
std::vector<BeaconChain> beacon_chains(std::size_t count);
/// The transaction with which a person stands for validator, with a chain of that number, not 0.
StandForValidator candidacy_of(std::size_t person, std::uint64_t number);
std::size_t person_of(const Account& account);
/// A hash that stands for some bytes.
Hash hash_of(const std::string& text);
/// What shows a shard of that name in these tests: its sketch is that of no other name.
ShowData show_of(const std::string& name, std::uint64_t bytes = 40'000);
Sketch sketch_of(const std::string& name);
/// What an honest scorer says about it.
ShardAnswer honest_answer(const std::string& name, std::uint64_t tokens = 10'000,
                          std::uint64_t score = 1'000);

}  // namespace dure::ledger::testing
