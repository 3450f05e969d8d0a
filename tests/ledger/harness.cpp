#include "tests/ledger/harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "ledger/epochs/selection.h"
#include "ledger/invariants/invariants.h"

namespace dure::ledger::testing {

namespace {

constexpr std::uint64_t k_test_beacon_length = 20'000;
constexpr std::size_t k_most_persons = 64;
const Coin k_test_fee{10'000};
constexpr std::uint32_t k_test_segments = 8;
constexpr std::uint32_t k_test_segment_steps = 2;

const std::vector<SecretKey>& sorted_keys() {
    static const std::vector<SecretKey> keys = [] {
        std::vector<SecretKey> made;
        for (std::size_t i = 0; i < k_most_persons; ++i)
            made.push_back(SecretKey::from_seed("person " + std::to_string(i)));
        std::sort(made.begin(), made.end(),
                  [](const SecretKey& a, const SecretKey& b) { return a.account() < b.account(); });
        return made;
    }();
    return keys;
}

const BeaconChain& beacon_chain(std::size_t validator) {
    static std::map<std::size_t, BeaconChain> chains;
    return chains
        .try_emplace(validator, hash_of("beacon of " + std::to_string(validator)), k_test_beacon_length)
        .first->second;
}

/// Chain 0 is genesis's.
BeaconChain later_chain(std::size_t person, std::uint64_t number) {
    constexpr std::uint64_t k_links = 1'000;
    return {hash_of("beacon " + std::to_string(number) + " of " + std::to_string(person)), k_links};
}

}  // namespace

Hash hash_of(const std::string& text) {
    static const TaggedHash hash("dure/test");
    return hash(as_bytes(text));
}

const SecretKey& key_of(std::size_t person) {
    return sorted_keys().at(person);
}

Parameters ChainOptions::quick_parameters() {
    Parameters parameters;
    parameters.channel_close_delay_blocks = 5;
    parameters.unbonding_delay_blocks = 12;
    parameters.show_delay_blocks = 1;
    parameters.show_blocks = 8;
    parameters.scoring_blocks = 4;
    parameters.scoring_open_blocks = 3;
    parameters.joining_blocks = 2;
    parameters.round_interval = 4;
    parameters.training_blocks = 6;
    parameters.reveal_blocks = 4;
    parameters.audit_blocks = 4;
    parameters.opening_blocks = 4;
    parameters.check_blocks = 4;
    parameters.attest_blocks = 4;
    parameters.dispute_blocks = 4;
    parameters.vesting_rounds = 4;
    parameters.halving_rounds = 3;
    return parameters;
}

Genesis make_genesis(const ChainOptions& options) {
    Genesis genesis;
    genesis.chain_name = std::string("test");
    genesis.parameters = options.parameters;
    genesis.changes = options.changes;
    for (std::size_t i = 0; i < options.validators; ++i) {
        GenesisValidator validator;
        validator.account = account_of(i);
        validator.beneficiary = account_of(i);
        validator.bonded = options.bonded;
        validator.beacon_link = beacon_chain(i).tip();
        validator.roles = options.roles;
        validator.endpoint = std::string("127.0.0.1:1");
        genesis.validators.push_back(validator);
    }
    for (std::size_t i = 0; i < options.persons; ++i)
        genesis.balances.push_back({account_of(i), options.coins});
    genesis.model.arithmetic_profile = std::string("fp32-chain-1");
    genesis.model.windows_per_unit = 16;
    genesis.model.window_tokens = 65;
    genesis.model.unit = {.steps = k_test_segments * k_test_segment_steps,
                          .segment_steps = k_test_segment_steps};
    genesis.model.checkpoint_root = hash_of("checkpoint 0");
    genesis.model.checkpoint_blob = hash_of("checkpoint 0's bytes");
    genesis.model.held_out_loss = 9'000'000;
    genesis.model.held_out_tokens = options.held_out_tokens;
    genesis.model.held_out_blob = hash_of("the hold-out");
    genesis.model.held_out_sketch = sketch_of("the hold-out");
    if (options.model) genesis.model = *options.model;
    return genesis;
}

Harness::Harness(const ChainOptions& options)
    : genesis_(make_genesis(options)), chain_id_(genesis_.chain_id()) {
    Overlay overlay(state_);
    const Status applied = apply_genesis(genesis_, overlay);
    EXPECT_TRUE(applied.has_value()) << applied.error().message;
    state_.apply(overlay.changes());
}

StandForValidator candidacy_of(std::size_t person, std::uint64_t number) {
    return {.beacon_link = later_chain(person, number).tip(), .chain = number};
}

std::size_t person_of(const Account& account) {
    for (std::size_t i = 0; i < k_most_persons; ++i) {
        if (account_of(i) == account) return i;
    }
    throw std::runtime_error(account.address() + " is nobody of these tests");
}

Hash Harness::reveal_of(std::size_t person) {
    const ValidatorRecord record = *validator(state_, account_of(person));
    if (record.chain == 0) return beacon_chain(person).reveal(record.reveals);
    return later_chains_.try_emplace({person, record.chain}, later_chain(person, record.chain))
        .first->second.reveal(record.reveals);
}

Hash Harness::submit_as(const Account& account, const Payload& payload, std::optional<Account> fee_payer) {
    const auto waiting = std::count(waiting_senders_.begin(), waiting_senders_.end(), account);
    const std::uint64_t nonce = ledger::account(state_, account).nonce + static_cast<std::uint64_t>(waiting);
    protocol::Transaction transaction;
    transaction.body = make_body(chain_id_, account, nonce, k_test_fee, height() + 100, payload);
    if (fee_payer) {
        transaction.body.fee_payer = fee_payer;
        transaction.fee_payer_signature = Signature{};
    }
    waiting_.push_back(transaction);
    waiting_senders_.push_back(account);
    return protocol::transaction_id(transaction);
}

Hash Harness::submit(std::size_t person, const Payload& payload, std::optional<std::size_t> fee_payer) {
    return submit_as(account_of(person), payload,
                     fee_payer ? std::optional(account_of(*fee_payer)) : std::nullopt);
}

protocol::Block Harness::draft() {
    const protocol::ValidatorSet set = validator_set(state_);
    const auto person_at = [&](std::size_t turn) {
        return person_of(set.validators[turn % set.validators.size()].key);
    };
    while (std::find(silent_.begin(), silent_.end(), person_at(turn_)) != silent_.end())
        ++turn_;
    turn_ %= set.validators.size();
    const std::size_t proposer = person_at(turn_);
    protocol::Block block;
    block.header.version = protocol_version(state_);
    block.header.chain_id = chain_id_;
    block.header.epoch = current_epoch(state_);
    block.header.height = height().next();
    block.header.proposer = account_of(proposer);
    block.header.beacon_reveal = reveal_of(proposer);
    if (is_last_of_epoch(genesis_.parameters.epoch_blocks, block.header.height))
        block.header.next_validators = next_validators(state_, parameters(state_)).hash();
    for (const auto& transaction : waiting_)
        block.transactions.push_back(transaction);
    block.header.transactions_root = protocol::transactions_root(block.transactions);
    return block;
}

Result<BlockOutcome> Harness::try_block(const protocol::Block& block) const {
    Overlay overlay(state_);
    auto outcome = execute_block(overlay, block);
    EXPECT_TRUE(outcome.has_value() || overlay.changes().empty()) << "a refused block left traces";
    return outcome;
}

const BlockOutcome& Harness::block() {
    const protocol::Block made = draft();
    Overlay overlay(state_);
    auto outcome = execute_block(overlay, made);
    if (!outcome) throw std::runtime_error("the block is invalid: " + outcome.error().message);
    last_changes_ = overlay.take_changes();
    state_.apply(last_changes_);
    waiting_.clear();
    waiting_senders_.clear();
    ++turn_;
    outcome_ = std::move(*outcome);
    if (recounts_) {
        const Status recounted = recount_invariants(state_);
        if (!recounted) throw std::runtime_error(recounted.error().message);
    }
    return outcome_;
}

void Harness::act(const std::function<void(Overlay&, Events&)>& change) {
    Overlay overlay(state_);
    Events events;
    change(overlay, events);
    AggregateStore::put(overlay, aggregates_after(AggregateStore::get(state_), state_, overlay));
    const Status recounted = recount_invariants(overlay);
    if (!recounted) throw std::runtime_error(recounted.error().message);
    last_changes_ = overlay.take_changes();
    state_.apply(last_changes_);
}

void Harness::blocks(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        block();
}

TransactionReceipt Harness::run(std::size_t person, const Payload& payload,
                                std::optional<std::size_t> fee_payer) {
    submit(person, payload, fee_payer);
    return block().receipts.back();
}

void Harness::change_state(const std::function<void(Overlay&)>& change) {
    Overlay overlay(state_);
    change(overlay);
    state_.apply(overlay.take_changes());
}

void Harness::offer(std::size_t owner, const Hash& shard) {
    const Hash commitment = offer_commitment(account_of(owner), hash_of("salt"), shard);
    const TransactionReceipt receipt = run(owner, OfferData{commitment});
    ASSERT_TRUE(receipt.ok) << receipt.error.message;
    while (height().next() < ledger::offer(state_, account_of(owner), commitment)->earliest)
        block();
}

void Harness::offer_and_show(std::size_t owner, const ShowData& shown) {
    offer(owner, shown.shard);
    const TransactionReceipt receipt = run(owner, shown);
    ASSERT_TRUE(receipt.ok) << receipt.error.message;
}

void Harness::score(const std::function<ShardAnswer(const Hash& shard, const Account& scorer)>& answer) {
    const Hash salt = hash_of("salt");
    for (std::size_t i = 0; i < k_most_persons; ++i) {
        const Account& who = account_of(i);
        for (const ShardView& one : scorings_assigned_to(state_, who)) {
            const ShardAnswer said = answer(one.hash, who);
            if (one.judging->phase == JudgingPhase::opening) {
                submit_as(who, AttestData{one.hash, OpenAnswer{said, salt}});
            } else {
                submit_as(who,
                          AttestData{one.hash, CommitAnswer{answer_commitment(who, one.hash, said, salt)}});
            }
        }
    }
    block();
}

void Harness::pay(std::uint64_t amount) {
    const Hash id = channel_id(run(9, OpenChannel{.server = account_of(0), .deposit = Coin{amount}}).id);
    const SettleChannel settling{.channel = id,
                                 .cumulative = Coin{amount},
                                 .signature = key_of(9).sign(voucher_digest(chain_id_, id, Coin{amount})),
                                 .amount = Coin{amount}};
    ASSERT_TRUE(run(0, settling).ok);
}

void Harness::add_data(std::size_t owner, const std::string& name, std::uint64_t tokens,
                       std::uint64_t score_of_it) {
    const ShowData shown = show_of(name, 4 * tokens);
    offer_and_show(owner, shown);
    for (std::size_t i = 0; i < 60 && shard(state_, shown.shard)->record.status == ShardStatus::judging; ++i)
        score([&](const Hash&, const Account&) { return honest_answer(name, tokens, score_of_it); });
    ASSERT_EQ(shard(state_, shown.shard)->record.status, ShardStatus::accepted);
}

void Harness::work(const std::vector<std::size_t>& idle) {
    const RoundRecord open = joining_round(state_);
    for (std::size_t i = 0; i < genesis_.validators.size(); ++i) {
        if (std::find(idle.begin(), idle.end(), i) != idle.end()) continue;
        const Account& who = account_of(i);
        if (open.participant(who) == nullptr) submit(i, JoinRound{.round = open.number, .units = 1});
        for (Payload& payload : honest_moves(state_, who)) {
            if (!tamper_ || tamper_(i, payload)) submit(i, payload);
        }
    }
    block();
}

std::vector<BeaconChain> beacon_chains(std::size_t count) {
    std::vector<BeaconChain> chains;
    for (std::size_t i = 0; i < count; ++i)
        chains.push_back(beacon_chain(i));
    return chains;
}

Sketch sketch_of(const std::string& name) {
    Sketch sketch;
    for (std::size_t i = 0; i < sketch.bytes.size(); i += 32) {
        const Hash part = hash_of(name + " sketch " + std::to_string(i));
        std::copy(part.bytes.begin(), part.bytes.end(),
                  sketch.bytes.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return sketch;
}

ShowData show_of(const std::string& name, std::uint64_t bytes) {
    return {.salt = hash_of("salt"),
            .shard = hash_of(name),
            .bytes = bytes,
            .license = std::string("CC0-1.0"),
            .language = std::string("ko"),
            .tags = {},
            .kind = PlainText{},
            .sketch = sketch_of(name)};
}

ShardAnswer honest_answer(const std::string& name, std::uint64_t tokens, std::uint64_t score) {
    return {.token_ids_hash = hash_of(name + " ids"),
            .tokens = tokens,
            .text_bytes = 4 * tokens,
            .score = score,
            .sketch_hash = sketch_hash(sketch_of(name))};
}

namespace {

std::string name_of_unit(const char* what, protocol::Round round, std::uint32_t unit) {
    return std::string(what) + " " + to_text(round) + "/" + std::to_string(unit);
}

StateRoots honest_roots(protocol::Round round, std::uint32_t unit, std::uint32_t step) {
    const std::string name = name_of_unit("state", round, unit) + "/" + std::to_string(step);
    return {hash_of(name + " p"), hash_of(name + " m"), hash_of(name + " v")};
}

Payload honest_turn(const Account& who, const DisputeTurn& turn) {
    const auto [round, unit, record, seed, base, deadline] = turn.unit;
    const DisputeRecord& dispute = turn.dispute;
    const Hash middle = state_hash(honest_roots(round, unit, dispute.middle_step()));
    const Hash found = dispute.kind == DisputeKind::quantization
                           ? honest_update(round, unit)
                           : state_hash(honest_roots(round, unit, dispute.high));
    DisputeUpdate update{.round = round, .unit = unit};
    switch (dispute.stage) {
        case DisputeStage::bisecting:
            update.move = ShowMiddle{middle};
            break;
        case DisputeStage::answering:
            update.move = AnswerMiddle{middle == dispute.middle};
            break;
        case DisputeStage::serving:
            update.move = ServeStart{honest_roots(round, unit, dispute.low)};
            break;
        case DisputeStage::deciding:
            update.move =
                Commit{verdict_commitment(who, round, unit, dispute.task, found, hash_of("verdict"))};
            break;
        default:
            update.move = VerdictOpening{found, hash_of("verdict")};
            break;
    }
    return update;
}

}  // namespace

Hash honest_update(protocol::Round round, std::uint32_t unit) {
    return hash_of(name_of_unit("update", round, unit));
}

Hash honest_secret(protocol::Round round, std::uint32_t unit) {
    return hash_of(name_of_unit("secret", round, unit));
}

OpenedSegments honest_states(protocol::Round round, std::uint32_t unit) {
    OpenedSegments opened;
    for (std::uint32_t boundary = 0; boundary <= k_test_segments; ++boundary)
        opened.states.push_back(state_hash(honest_roots(round, unit, boundary * k_test_segment_steps)));
    opened.last = honest_roots(round, unit, k_test_segments * k_test_segment_steps);
    return opened;
}

OpenedSegments false_states(protocol::Round round, std::uint32_t unit) {
    OpenedSegments opened = honest_states(round, unit);
    opened.last.parameters = hash_of("something else");
    opened.states.back() = state_hash(opened.last);
    return opened;
}

UpdateCommitment honest_commitment(const Account& trainer, protocol::Round round, std::uint32_t unit) {
    return commitment_to(trainer, round, unit, honest_update(round, unit), honest_states(round, unit));
}

UpdateCommitment commitment_to(const Account& trainer, protocol::Round round, std::uint32_t unit,
                               const Hash& update, const OpenedSegments& states) {
    UpdateCommitment commitment;
    commitment.commitment = update_commitment(trainer, update, honest_secret(round, unit));
    commitment.segment_root = segment_root(honest_secret(round, unit), states.states);
    commitment.tokens = 1'024;
    commitment.loss_first = 9'000'000;
    commitment.loss_last = 8'000'000;
    return commitment;
}

ServeSegments serving_of(const AssignedUnit& unit, const OpenedSegments& states) {
    ServeSegments serving{.round = unit.round, .unit = unit.unit};
    const Hash secret = honest_secret(unit.round, unit.unit);
    const auto leaves = segment_leaves(secret, states.states);
    for (const AuditTask& task : unit.record.audits) {
        if (task.first == 0) continue;
        BoundaryOpening opening;
        opening.boundary = task.first;
        opening.salt = segment_salt(secret, task.first);
        opening.roots = honest_roots(unit.round, unit.unit, task.first * k_test_segment_steps);
        for (const Hash& sibling : merkle_prove(leaves, task.first).siblings)
            opening.path.push_back(sibling);
        serving.openings.push_back(opening);
    }
    return serving;
}

AuditOpening honest_opening(const AssignedAudit& audit) {
    const AuditTask& task = audit.unit.record.audits[audit.task];
    const auto states = honest_states(audit.unit.round, audit.unit.unit).states;
    AuditOpening opening;
    for (std::uint32_t i = 0; i < task.count; ++i)
        opening.answer.states.push_back(states[task.first + i + 1]);
    if (audit.unit.record.audited_whole)
        opening.answer.update = honest_update(audit.unit.round, audit.unit.unit);
    opening.salt = hash_of(name_of_unit("salt", audit.unit.round, audit.unit.unit));
    return opening;
}

AuditUpdate audit_move(const Account& auditor, const AssignedAudit& audit, const AuditOpening& opening,
                       bool opens) {
    AuditUpdate update{.round = audit.unit.round, .unit = audit.unit.unit, .task = audit.task};
    if (opens) {
        update.move = opening;
    } else {
        update.move = Commit{audit_commitment(auditor, audit.unit.round, audit.unit.unit, audit.task,
                                              opening.answer, opening.salt)};
    }
    return update;
}

AttestCheckpoint commit_to(const Account& account, protocol::Round round, const CheckpointAttestation& said) {
    return {.round = round, .move = Commit{attestation_commitment(account, round, said, hash_of("salt"))}};
}
AttestCheckpoint open_to(protocol::Round round, const CheckpointAttestation& said) {
    return {.round = round, .move = AttestationOpening{said, hash_of("salt")}};
}

std::vector<Payload> honest_moves(const StateReader& state, const Account& who) {
    std::vector<Payload> moves;
    for (const AssignedUnit& unit : units_assigned_to(state, who)) {
        moves.emplace_back(SubmitUpdate{.round = unit.round,
                                        .unit = unit.unit,
                                        .commitment = honest_commitment(who, unit.round, unit.unit)});
    }
    for (const AssignedUnit& unit : reveals_owed_by(state, who)) {
        moves.emplace_back(
            RevealUpdate{.round = unit.round,
                         .unit = unit.unit,
                         .update = {.update = honest_update(unit.round, unit.unit), .bytes = 1'000},
                         .salt = honest_secret(unit.round, unit.unit)});
    }
    for (const AssignedUnit& unit : servings_owed_by(state, who))
        moves.emplace_back(serving_of(unit, honest_states(unit.round, unit.unit)));
    for (const AssignedUnit& unit : holdings_owed_by(state, who))
        moves.emplace_back(AttestBlob{.round = unit.round, .unit = unit.unit});
    for (const AssignedAudit& audit : audits_assigned_to(state, who))
        moves.emplace_back(audit_move(who, audit, honest_opening(audit), false));
    for (const AssignedUnit& unit : openings_owed_by(state, who)) {
        moves.emplace_back(OpenSegments{.round = unit.round,
                                        .unit = unit.unit,
                                        .secret = honest_secret(unit.round, unit.unit),
                                        .segments = honest_states(unit.round, unit.unit)});
    }
    for (const AssignedAudit& audit : audit_openings_owed_by(state, who))
        moves.emplace_back(audit_move(who, audit, honest_opening(audit), true));
    for (const AssignedUnit& unit : checks_owed_by(state, who))
        moves.emplace_back(CheckUpdate{.round = unit.round, .unit = unit.unit, .same = true});
    for (const DisputeTurn& turn : dispute_turns_of(state, who))
        moves.push_back(honest_turn(who, turn));
    const RoundRecord live = current_round(state);
    const auto attested = Attestations::find(state, {live.number, who});
    const Participant* participant = live.participant(who);
    const bool may_attest = participant != nullptr && !participant->weight.is_zero();
    if (live.phase == RoundPhase::attesting && may_attest && !attested)
        moves.emplace_back(commit_to(who, live.number, honest_checkpoint(state, live.number)));
    if (live.phase == RoundPhase::opening_attestations && attested && !attested->opened)
        moves.emplace_back(open_to(live.number, honest_checkpoint(state, live.number)));
    return moves;
}

CheckpointAttestation honest_checkpoint(const StateReader& state, protocol::Round number) {
    std::string merged = round(state, number)->record.base.root.hex();
    for (const UnitView& unit : accepted_units(state, number))
        merged += unit.record.revealed->update.hex();
    return {.root = hash_of("root " + merged),
            .blob = hash_of("blob " + merged),
            .held_out_loss = 9'000'000 - 100'000 * number.value};
}

}  // namespace dure::ledger::testing
