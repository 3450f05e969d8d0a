#include "tools/sim/member.h"

#include "ledger/invariants/invariants.h"
#include "ledger/views.h"
#include "node/chain/journaling.h"
#include "tools/sim/life.h"

namespace dure::sim {

using namespace protocol;

namespace {

constexpr std::uint64_t k_compaction_bytes = 32 * 1024;  // small, so that it happens often

}  // namespace

Member::Member(World& world, const Scenario& scenario, const Village& village, MemberSetup setup,
               Outside& outside)
    : world_(world),
      scenario_(scenario),
      village_(village),
      setup_(std::move(setup)),
      outside_(outside),
      disk_(world,
            [&] {
                DiskFaults faults = scenario.disks;
                if (setup_.role != Role::worn) faults.rot = faults.misdirect = 0;
                if (scenario.mistake == Mistake::journal_is_not_synced) faults.forgets_only = "journal";
                if (scenario.mistake == Mistake::blocks_are_not_synced) faults.forgets_only = "blocks";
                faults.forgets_syncs = !faults.forgets_only.empty();
                return faults;
            }()),
      stored_(std::make_unique<StoredState>()) {}

Member::~Member() = default;

// ---- Turns

void Member::post(consensus::Event event) {
    if (life_ == nullptr || life_->stopped) return;
    life_->waiting.push_back(std::move(event));
    if (life_->in_turn) return;
    life_->in_turn = true;
    later(disk_.take_time(), [this] { turn(); });
}

/// Takes all events that wait, makes their records durable with one fdatasync, then carries out the effects.
void Member::turn() {
    Life& life = *life_;
    auto effects = std::make_shared<consensus::Effects>();
    while (!life.waiting.empty()) {
        consensus::Effects more = life.simplex->step(std::move(life.waiting.front()), local_now());
        life.waiting.pop_front();
        std::move(more.begin(), more.end(), std::back_inserter(*effects));
    }
    plant(*effects);
    const auto kept = node::keep_records(
        life.journal, *effects, [this](std::span<const Bytes> records) { return renew_journal(records); });
    if (!kept) return stop(kept.error());
    if (*kept) life.waiting.push_back(consensus::Persisted{**kept});
    const Duration took = disk_.take_time();
    if (took == Duration{0}) return finish_turn(std::move(*effects));
    later(took, [this, effects] { finish_turn(std::move(*effects)); });
}

void Member::finish_turn(consensus::Effects effects) {
    for (consensus::Effect& effect : effects) {
        world_.note(setup_.place << 8 | effect.index());
        world_.note(static_cast<std::uint64_t>(world_.now().time_since_epoch().count()));
        std::visit([&](auto& order) { carry_out(order); }, effect);
        if (life_->stopped) return;
    }
    if (const Status compacted = node::compact(life_->journal, *life_->simplex, k_compaction_bytes);
        !compacted)
        return stop(compacted.error());
    life_->in_turn = !life_->waiting.empty();
    if (life_->in_turn) later(disk_.take_time(), [this] { turn(); });
}

void Member::carry_out(consensus::Broadcast& order) {
    const auto* vote = std::get_if<SignedVote>(&order.message);
    const bool regrets = scenario_.mistake == Mistake::finalizes_after_skip && vote != nullptr &&
                         std::holds_alternative<Skip>(vote->vote) && life_->last_proposal &&
                         life_->last_proposal->slot == slot_of(vote->vote);
    if (regrets) {
        const Vote said = Finalize{slot_of(vote->vote), block_hash(life_->last_proposal->block)};
        tell(SignedVote{.epoch = vote->epoch,
                        .vote = said,
                        .voter = setup_.account,
                        .signature = setup_.signer->sign(vote_digest(village_.chain_id, vote->epoch, said))});
    }
    std::visit([&](auto& one) { tell(node::Message(std::move(one))); }, order.message);
}

void Member::carry_out(consensus::Send& order) {
    std::visit([&](auto& one) { tell(order.peer, node::Message(std::move(one))); }, order.message);
}

void Member::carry_out(consensus::BuildBlock& order) {
    Life& life = *life_;
    auto built =
        node::build_block(*life.chain, *life.simplex, life.mempool, setup_.beacon_of, setup_.account, order);
    if (!built) {
        if (built.error().code == ErrorCode::internal) stop(built.error());
        return;
    }
    const bool dishonest = setup_.role != Role::honest && setup_.role != Role::worn;
    if (dishonest && world_.chance.happens(scenario_.bad_blocks)) {
        world_.count(Fault::lie);
        built->header.state_root.bytes[0] ^= 0xff;
    }
    later(world_.chance.between(Duration{0}, Duration{5}), [this, slot = order.slot, block = *built] {
        post(consensus::Built{slot, block});
    });
}

void Member::carry_out(consensus::ValidateBlock& order) {
    if (!life_->validating.insert(order.hash).second) return;
    later(world_.chance.between(Duration{0}, Duration{8}), [this, hash = order.hash, block = order.block] {
        life_->validating.erase(hash);
        validate(hash, block);
    });
}

void Member::validate(const Hash& hash, const consensus::BlockPtr& block) {
    Life& life = *life_;
    if (scenario_.mistake == Mistake::executes_nothing) return post(consensus::Validated{hash, true});
    if (life.chain->branches().has(hash) || life.chain->log().height_of(hash))
        return post(consensus::Validated{hash, true});
    for (const Transaction& transaction : block->transactions) {
        if (!village_.signed_well(transaction)) return post(consensus::Validated{hash, false});
    }
    const Status verdict = node::execute_with_ancestors(*life.chain, *life.simplex, block);
    if (!verdict && verdict.error().code == ErrorCode::internal) return stop(verdict.error());
    if (!verdict && verdict.error().code == ErrorCode::not_found) return;
    post(consensus::Validated{hash, verdict.has_value()});
}

void Member::carry_out(consensus::Commit& order) {
    const auto blocks = node::blocks_to_commit(*life_->chain, order);
    if (!blocks.empty()) commit_blocks(blocks);
}

bool Member::commit_blocks(const std::vector<node::BlockToCommit>& blocks) {
    Life& life = *life_;
    const auto committed = life.chain->commit(blocks, [&](const Block& block, const ledger::BlockOutcome&) {
        node::settle(life.mempool, life.chain->state(), block);
        outside_.became_final(setup_.place, block, life.chain->head().block, life.chain->state_root());
    });
    if (!committed) {
        stop(with_context(committed.error(), "a finalized block cannot be made final here"));
        return false;
    }
    for (const node::BlockToCommit& block : blocks) {
        if (block.finalization) outside_.finalized(setup_.place, *block.finalization);
    }
    const node::Head head = life.chain->head();
    life.mempool.expire(head.height.next());
    life.sync.advanced(head.height, head.block, node::BlockSync::Time(local_now().time_since_epoch()));
    tell(node::ChainStatus{.height = head.height, .block = head.block});
    if (auto entered = enter_epoch_if_due(); !entered) {
        stop(entered.error());
        return false;
    }
    return true;
}

void Member::carry_out(consensus::FetchBlock& order) {
    if (scenario_.mistake == Mistake::gets_no_blocks) return;
    const auto& members = village_.validators.validators;
    auto chosen = std::ranges::find_if(members, [&](const auto& other) {
        return other.key != setup_.account &&
               (!life_->last_fetched_from || other.key > *life_->last_fetched_from);
    });
    if (chosen == members.end())
        chosen =
            std::ranges::find_if(members, [&](const auto& other) { return other.key != setup_.account; });
    if (chosen == members.end()) return;
    life_->last_fetched_from = chosen->key;
    tell(chosen->key, node::BlockRequest{order.hash});
}

void Member::carry_out(consensus::SyncNeeded& order) {
    life_->sync.wanted(order.height);
}

void Member::carry_out(consensus::ReportEvidence& order) {
    outside_.has_evidence(setup_.place, order.evidence);
}

void Member::carry_out(consensus::PeerFault& order) {
    outside_.blames(setup_.place, order.peer, order.error.message);
}

void Member::carry_out(consensus::Halt& order) {
    stop({ErrorCode::invalid, order.reason.message});
}

void Member::carry_out(consensus::WakeAt& order) {
    if (scenario_.mistake == Mistake::never_ticks) return;
    later(until(order.time), [this] { post(consensus::Tick{}); });
}

// ---- Planted mistakes

void Member::plant(const consensus::Effects& effects) {
    if (scenario_.mistake != Mistake::speaks_before_the_record) return;
    for (const consensus::Effect& effect : effects) {
        const auto* persist = std::get_if<consensus::Persist>(&effect);
        if (persist == nullptr) continue;
        const auto record = decode<consensus::JournalRecord>(persist->record);
        if (const SignedVote* vote = consensus::vote_of(*record)) tell(*vote);
    }
}

// ---- What is looked at

std::uint64_t Member::height() const {
    return up() ? life_->chain->head().height.value : 0;
}

std::uint64_t Member::slot() const {
    return up() ? life_->simplex->current_slot().value : 0;
}

Status Member::recount() const {
    if (!up()) return {};
    return ledger::recount_invariants(life_->chain->state());
}

std::uint64_t Member::next_nonce(const Account& account) const {
    return life_->mempool.next_nonce(account, ledger::account(life_->chain->state(), account).nonce);
}

const ledger::StateReader& Member::state() const {
    return life_->chain->state();
}

}  // namespace dure::sim
