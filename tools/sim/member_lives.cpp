// A simulated node's lives: its clock, its power, its starts from what the disk holds, and the epochs that it enters.
#include "ledger/views.h"
#include "tools/sim/life.h"
#include "tools/sim/mistaken_verifiers.h"

namespace dure::sim {

using namespace protocol;

namespace {

constexpr std::uint64_t k_longest_skew_ms = 1'000'000;
constexpr Duration k_looked_after{5'000};  // a person has mended what keeps a node from starting

const std::filesystem::path k_folder = "data";

}  // namespace

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

Result<node::Journal> Member::renew_journal(std::span<const Bytes> records) {
    return node::Journal::renew(k_folder / node::k_journal_name, village_.chain_id, records, disk_);
}

}  // namespace dure::sim
