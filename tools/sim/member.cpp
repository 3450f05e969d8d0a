#include "tools/sim/member.h"

#include "ledger/invariants/invariants.h"
#include "ledger/transactions/payload.h"
#include "ledger/views.h"
#include "tools/sim/life.h"
#include "tools/sim/oracle.h"

namespace dure::sim {

using namespace protocol;

namespace {

constexpr std::uint64_t k_longest_skew_ms = 1'000'000;
constexpr Duration k_looked_after{5'000};  // a person has mended what keeps a node from starting

const std::filesystem::path k_folder = "data";

/// Own votes of before a start do not verify: the planted mistake.
class DeafVerifier final : public consensus::Verifier {
  public:
    DeafVerifier(const Hash& chain_id, const Account& own, std::span<const Bytes> records) : own_(own) {
        for (const Bytes& bytes : records) {
            const auto record = decode<consensus::JournalRecord>(bytes);
            const SignedVote* vote = record ? consensus::vote_of(*record) : nullptr;
            if (vote != nullptr && !std::holds_alternative<Finalize>(vote->vote))
                replayed_.insert(vote_digest(chain_id, vote->epoch, vote->vote));
        }
    }
    bool verify(const Account& account, const Hash& digest, const Signature& signature) const override {
        return (account != own_ || !replayed_.contains(digest)) &&
               OracleVerifier().verify(account, digest, signature);
    }

  private:
    Account own_;
    std::set<Hash> replayed_;
};

/// Believes every signature: the planted mistake.
class GullibleVerifier final : public consensus::Verifier {
  public:
    bool verify(const Account&, const Hash&, const Signature&) const override { return true; }
};

}  // namespace

bool Village::signed_well(const Transaction& transaction) const {
    if (verifier == nullptr) return check_signatures(transaction).has_value();
    return verifier->verify(transaction.body.sender, transaction_id(transaction), transaction.signature);
}

Transaction Village::signed_by(const Account& sender, const consensus::Signer& signer, std::uint64_t nonce,
                               const ledger::Payload& payload) const {
    Transaction transaction{
        .body = ledger::make_body(chain_id, sender, nonce, Coin{2'000}, {10'000'000}, payload),
        .signature = {},
        .fee_payer_signature = {}};
    transaction.signature = signer.sign(transaction_id(transaction));
    return transaction;
}

Transaction Village::transfer(std::size_t from, std::size_t to, std::uint64_t nonce,
                              std::uint64_t grain) const {
    return signed_by(persons[from], *person_signers[from], nonce,
                     ledger::Transfer{.to = persons[to], .amount = Coin{grain}});
}

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

// ---- Power

Time Member::local_now() const {
    const std::int64_t now = world_.now().time_since_epoch().count();
    return Time{Duration{clock_offset_ms_ + now + now * clock_ppm_ / 1'000'000}};
}

/// The least time after which its own clock shows `local`.
Duration Member::until(Time local) const {
    const std::int64_t wait = (local - local_now()).count();
    std::int64_t real = wait - wait * clock_ppm_ / 1'000'000;
    const std::int64_t now = world_.now().time_since_epoch().count();
    const auto shows = [&](std::int64_t then) {
        return Time{Duration{clock_offset_ms_ + then + then * clock_ppm_ / 1'000'000}};
    };
    while (shows(now + real) < local)
        ++real;
    return Duration{std::max<std::int64_t>(real, 0)};
}

void Member::later(Duration delay, std::function<void()> act) {
    world_.after(delay, [this, life = lives_, act = std::move(act)] {
        if (life != lives_ || life_ == nullptr || life_->stopped) return;
        if (world_.now() < frozen_until_) return later(frozen_until_ - world_.now(), act);
        powered(act);
    });
}

bool Member::powered(const std::function<void()>& act) {
    try {
        act();
        return true;
    } catch (const PowerCut&) {
        const Duration pause = world_.chance.between(Duration{0}, Duration{2500});
        if (world_.chance.one_in(3)) {
            kill(pause);
        } else {
            crash(pause);
        }
        return false;
    }
}

void Member::crash(Duration pause) {
    world_.count(Fault::crash);
    end(pause);
    disk_.cut_power();
}

void Member::kill(Duration pause) {
    world_.count(Fault::killed_process);
    end(pause);
}

void Member::end(Duration pause) {
    ++lives_;
    life_.reset();
    world_.note(setup_.place << 8 | 0xff);
    world_.after(pause, [this, life = lives_] {
        if (life == lives_) start();
    });
}

void Member::start() {
    if (up() || setup_.role == Role::silent || setup_.role == Role::liar) return;
    powered([this] { come_up(); });
}

void Member::come_up() {
    clock_offset_ms_ = static_cast<std::int64_t>(world_.chance.below(k_longest_skew_ms));
    if (scenario_.drift_ppm > 0) {
        world_.count(Fault::skewed_clock);
        clock_ppm_ = static_cast<std::int64_t>(
                         world_.chance.below(2 * static_cast<std::uint64_t>(scenario_.drift_ppm) + 1)) -
                     scenario_.drift_ppm;
    }
    node::BlockSync::Timing timing;
    timing.stalled = std::max(6 * scenario_.timing.delta, 3 * scenario_.timing.min_block_interval);
    const auto verifier = scenario_.mistake == Mistake::checks_no_signatures
                              ? std::make_shared<GullibleVerifier>()
                              : village_.verifier;
    auto life = std::make_unique<Life>(village_, verifier, timing);
    if (auto opened = open(*life); !opened) return mend_and_retry(opened.error());
    const node::Head head = life->chain->head();
    life->sync.advanced(head.height, head.block, node::BlockSync::Time(local_now().time_since_epoch()));
    life_ = std::move(life);
    disk_.take_time();
    outside_.came_up(setup_.place, head.height, head.block, life_->chain->state_root());
    post(consensus::Start{});
    tend();
}

Status Member::open(Life& life) {
    if (scenario_.mistake == Mistake::journal_is_forgotten) disk_.remove(k_folder / node::k_journal_name);
    node::JournalAtStart journal;
    if (scenario_.mistake == Mistake::journal_is_forgotten) {
        DURE_TRY(journal.journal,
                 node::Journal::create(k_folder / node::k_journal_name, village_.chain_id, disk_));
    } else {
        DURE_TRY(journal, node::open_journal(disk_, k_folder, village_.chain_id));
    }
    const auto later = [this](Duration delay, std::function<void()> act) {
        this->later(delay, std::move(act));
    };
    DURE_TRY(life.chain,
             node::FinalChain::open(std::make_unique<SimulatedDisk>(world_, disk_, *stored_, later),
                                    village_.genesis, k_folder, [this](const Error& error) { stop(error); }));
    if (scenario_.mistake == Mistake::loses_a_record && setup_.place == 0)
        stored_->state.apply({{ledger::account_key(village_.persons[0]), std::nullopt}});
    life.fixed = config();
    DURE_TRY(const node::RunningEpoch running, node::running_epoch(*life.chain));
    consensus::Config config = epoch_config(life, running);
    if (scenario_.mistake == Mistake::own_votes_do_not_count && !journal.records.empty())
        config.verifier = std::make_shared<DeafVerifier>(village_.chain_id, setup_.account, journal.records);
    DURE_TRY(auto opened, node::open_consensus(std::move(config), running.newest, std::move(journal)));
    life.simplex = std::move(opened.simplex);
    life.journal = std::move(opened.journal);
    life.silence = opened.silence;
    life.entered = running.voters.epoch;
    outside_.entered(setup_.place, running.voters);
    life.sync.entered(running.voters);
    return {};
}

consensus::Config Member::epoch_config(const Life& life, const node::RunningEpoch& running) const {
    consensus::Config config = running.config(life.fixed);
    if (scenario_.mistake == Mistake::weighs_wrongly) config.validators.validators[0].weight *= 4;
    if (scenario_.mistake == Mistake::counts_the_old_set) config.validators = village_.validators;
    if (scenario_.mistake == Mistake::builds_on_the_last_block) config.last_height.reset();
    return config;
}

Status Member::enter_epoch_if_due() {
    Life& life = *life_;
    if (ledger::current_epoch(life.chain->state()) == life.entered) return {};
    DURE_TRY(node::RunningEpoch running, node::running_epoch(*life.chain));
    life.entered = running.voters.epoch;
    consensus::Config config = epoch_config(life, running);
    const bool behind = life.sync.best_known() > life.chain->head().height + 2;
    config.may_sign = life.silence.ends_with(life.entered, !behind);
    outside_.entered(setup_.place, running.voters);
    life.sync.entered(std::move(running.voters));
    post(consensus::EnterEpoch{std::move(config), running.newest});
    return {};
}

/// What stays from epoch to epoch.
consensus::Config Member::config() {
    consensus::Config config{.chain_id = village_.chain_id,
                             .epoch = {},
                             .validators = {},
                             .leader_seed = {},
                             .root = {},
                             .root_height = {},
                             .signer = setup_.signer,
                             .may_sign = true,
                             .verifier = village_.verifier,
                             .timing = scenario_.timing};
    if (scenario_.mistake == Mistake::hardly_backs_off) config.timing.delta = Duration{3};
    if (scenario_.mistake == Mistake::checks_no_signatures)
        config.verifier = std::make_shared<GullibleVerifier>();
    if (scenario_.old_parameters > 0 && world_.chance.happens(scenario_.old_parameters)) {
        world_.count(Fault::old_parameters);
        config.timing.delta = world_.chance.between(config.timing.delta / 2, config.timing.delta * 2);
        config.timing.min_block_interval =
            world_.chance.between(config.timing.min_block_interval / 2, config.timing.min_block_interval);
    }
    return config;
}

/// What a person does about a node that does not start.
void Member::mend_and_retry(const Error& why) {
    if (why.code == ErrorCode::corrupt && disk_.damaged()) {
        disk_.remove(k_folder / node::k_block_log_name);
        *stored_ = {};
    } else if (why.code != ErrorCode::io) {
        return outside_.stops(setup_.place, why);
    }
    ++lives_;
    world_.after(k_looked_after, [this, life = lives_] {
        if (life == lives_) start();
    });
}

void Member::stop(const Error& why) {
    if (life_ == nullptr || life_->stopped) return;
    life_->stopped = true;
    const bool of_the_disk = why.code == ErrorCode::io || (why.code == ErrorCode::corrupt && disk_.damaged());
    if (!of_the_disk) outside_.stops(setup_.place, why);
    world_.after(Duration{0}, [this, life = lives_, of_the_disk] {
        if (life != lives_) return;
        ++lives_;
        life_.reset();
        if (!of_the_disk) return;
        world_.after(k_looked_after, [this, next = lives_] {
            if (next == lives_) start();
        });
    });
}

void Member::lose_state() {
    world_.count(Fault::lost_state);
    *stored_ = {};
}

void Member::calm() {
    disk_.set_calm(true);
    disk_.set_full(false);
    start();
}

void Member::trouble_again() {
    disk_.set_calm(false);
}

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
    if (auto kept = keep_records(*effects); !kept) return stop(kept.error());
    const Duration took = disk_.take_time();
    if (took == Duration{0}) return finish_turn(std::move(*effects));
    later(took, [this, effects] { finish_turn(std::move(*effects)); });
}

Status Member::keep_records(const consensus::Effects& effects) {
    std::vector<Bytes> records;
    std::uint64_t last = 0;
    for (const consensus::Effect& effect : effects) {
        if (const auto* renew = std::get_if<consensus::RenewJournal>(&effect)) {
            DURE_TRY(life_->journal, node::Journal::renew(k_folder / node::k_journal_name, village_.chain_id,
                                                          renew->records, disk_));
            records.clear();
        }
        const auto* persist = std::get_if<consensus::Persist>(&effect);
        if (persist == nullptr) continue;
        records.push_back(persist->record);
        last = persist->number;
    }
    if (records.empty()) return {};
    DURE_CHECK(life_->journal->append(records));
    life_->waiting.push_back(consensus::Persisted{last});
    return {};
}

void Member::finish_turn(consensus::Effects effects) {
    for (consensus::Effect& effect : effects) {
        world_.note(setup_.place << 8 | effect.index());
        world_.note(static_cast<std::uint64_t>(world_.now().time_since_epoch().count()));
        std::visit([&](auto& order) { carry_out(order); }, effect);
        if (life_->stopped) return;
    }
    compact_journal();
    if (life_->stopped) return;
    life_->in_turn = !life_->waiting.empty();
    if (life_->in_turn) later(disk_.take_time(), [this] { turn(); });
}

void Member::compact_journal() {
    constexpr std::uint64_t compaction_bytes = 32 * 1024;
    Life& life = *life_;
    if (!life.journal || life.journal->size() <= compaction_bytes) return;
    const std::vector<Bytes> live = life.simplex->live_records();
    std::uint64_t bytes = 0;
    for (const Bytes& record : live)
        bytes += record.size();
    if (bytes > compaction_bytes / 2) return;
    if (auto replaced = life.journal->replace(live); !replaced) stop(replaced.error());
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
