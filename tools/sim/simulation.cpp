#include "tools/sim/simulation.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "tools/sim/checks.h"
#include "tools/sim/liar.h"
#include "tools/sim/member.h"
#include "tools/sim/membership.h"
#include "tools/sim/oracle.h"

namespace dure::sim {

namespace {

constexpr std::size_t k_persons = 8;
constexpr Duration k_weather_step{50};
constexpr std::size_t k_remembered_messages = 256;

Hash named(const std::string& name) {
    static const TaggedHash hash("dure/sim/name");
    return hash(as_bytes(name));
}

/// Validators' hash chains, made when they are asked for.
class Beacons {
  public:
    explicit Beacons(const Scenario& scenario)
        : links_(static_cast<std::uint64_t>(scenario.length /
                                            std::max(scenario.timing.min_block_interval / 2, Duration{50})) +
                 2'048) {}
    const ledger::BeaconChain& of(std::size_t validator, std::uint64_t chain) {
        const auto known = made_.find({validator, chain});
        if (known != made_.end()) return known->second;
        const Hash seed = named("beacon " + std::to_string(validator) + " " + std::to_string(chain));
        return made_.emplace(std::pair(validator, chain), ledger::BeaconChain(seed, links_)).first->second;
    }

  private:
    std::uint64_t links_;
    std::map<std::pair<std::size_t, std::uint64_t>, ledger::BeaconChain> made_;
};

Village found(const Scenario& scenario, const Keys& keys, Beacons& beacons) {
    Village village;
    ledger::Genesis& genesis = village.genesis;
    genesis.chain_name = std::string("simulated");
    for (std::size_t i = 0; i < scenario.weights.size(); ++i) {
        ledger::GenesisValidator validator;
        validator.account = keys.set.validators[i].key;
        validator.beneficiary = validator.account;
        validator.bonded = Shares{scenario.weights[i] * 100 * k_units_per_share};
        validator.beacon_link = beacons.of(i, 0).tip();
        genesis.validators.push_back(validator);
    }
    for (std::size_t i = 0; i < k_persons; ++i) {
        const SecretKey key = SecretKey::from_seed("person " + std::to_string(i));
        village.persons.push_back(key.account());
        village.person_signers.push_back(scenario.real_signatures
                                             ? std::static_pointer_cast<const consensus::Signer>(
                                                   std::make_shared<consensus::KeySigner>(key))
                                             : std::make_shared<OracleSigner>(key.account()));
        genesis.balances.push_back({village.persons.back(), Coin{1'000 * k_grain_per_dure}});
    }
    for (const ledger::GenesisValidator& validator : genesis.validators)
        genesis.balances.push_back({validator.account, Coin{1'000 * k_grain_per_dure}});
    std::ranges::sort(genesis.balances, {}, &ledger::GenesisBalance::account);
    if (scenario.epoch_blocks > 0) {
        // Short lives, so that stakes come back within a run; and whoever signs twice is out.
        ledger::Parameters& parameters = genesis.parameters;
        parameters.epoch_blocks = scenario.epoch_blocks;
        parameters.evidence_age_blocks = 2 * scenario.epoch_blocks + 8;
        parameters.unbonding_delay_blocks = 3 * scenario.epoch_blocks + 10;
        parameters.evidence_slash_bp = 9'000;
        parameters.validator_bond = Shares{50 * k_units_per_share};
        parameters.absent_turns = 0;
    }
    genesis.model.arithmetic_profile = std::string("fp32-chain-1");
    genesis.model.windows_per_unit = 16;
    genesis.model.window_tokens = 65;
    genesis.model.unit = {.steps = 16, .segment_steps = 2};
    genesis.model.checkpoint_root = named("checkpoint 0");
    genesis.model.checkpoint_blob = named("checkpoint 0's bytes");
    genesis.model.held_out_loss = 9'000'000;
    village.chain_id = genesis.chain_id();
    village.genesis_block = protocol::block_hash(ledger::genesis_block(genesis));
    village.validators = genesis.validator_set();
    village.verifier = keys.verifier;
    return village;
}

class Simulation final : public Outside {
  public:
    explicit Simulation(const Scenario& scenario)
        : scenario_(scenario),
          world_(scenario.seed),
          keys_(make_keys(scenario.weights, scenario.real_signatures)),
          beacons_(scenario),
          village_(found(scenario, keys_, beacons_)) {
        for (std::size_t i = 0; i < scenario.weights.size(); ++i)
            add({0, scenario.roles[i], keys_.set.validators[i].key, keys_.signers[i], beacon_of(i)});
        for (std::size_t i = 0; i < scenario.weights.size(); ++i) {
            if (scenario.roles[i] != Role::twins) continue;
            hears_[i] = world_.chance.word();
            add({0, Role::twins, keys_.set.validators[i].key, keys_.signers[i], beacon_of(i)});
            hears_.back() = ~hears_[i];
            others_ |= std::uint64_t{1} << ((members_.size() - 1) % 64);
        }
        for (std::size_t i = 0; i < scenario.observers; ++i)
            add({0, Role::honest, hash_account("observer " + std::to_string(i)), nullptr, nullptr});
        sides_ = world_.chance.word() & ~others_;
        for (std::size_t i = 0; i < scenario.weights.size(); ++i) {
            if (scenario.roles[i] == Role::twins) sides_ |= std::uint64_t{1} << (i % 64);
        }
        links_.emplace(world_, members_.size(), scenario.links);
        checks_.emplace(scenario_, village_, keys_, setups());
        std::vector<MemberSetup> validators = setups();
        validators.resize(scenario.weights.size());
        membership_.emplace(scenario_, village_, std::move(validators));
    }

    Report run() {
        for (const auto& member : members_)
            member->start();
        weather();
        if (scenario_.transfers_per_second > 0) pay();
        if (scenario_.epoch_blocks > 0 && scenario_.changes_per_second > 0) change_validators();
        const Time end = Time{scenario_.length};
        while (world_.now() < end && sound()) {
            const Duration storm =
                std::min(scenario_.heals ? scenario_.storm : scenario_.length, end - world_.now());
            world_.run_while(storm, [&] { return sound(); });
            ++report_.storms;
            if (!scenario_.heals || !sound()) continue;
            clear_up();
            await_recovery();
            links_->break_again();
            for (const auto& member : members_)
                member->trouble_again();
            healed_ = false;
        }
        return finish();
    }

    // ---- What members do

    void broadcast(std::size_t from, Message message) override {
        if (scenario_.above_the_bound) checks_->overhear(*message);
        for (std::size_t to = 0; to < members_.size(); ++to)
            transmit(from, to, message);
    }
    void send(std::size_t from, const Account& to, Message message) override {
        for (std::size_t place = 0; place < members_.size(); ++place) {
            if (members_[place]->setup().account == to) transmit(from, place, message);
        }
    }
    void became_final(std::size_t member, const protocol::Block& block, const Hash& hash,
                      const Hash& root) override {
        world_.note(hash.bytes);
        checks_->became_final(member, block, hash, root);
    }
    void came_up(std::size_t member, protocol::Height height, const Hash& block, const Hash& root) override {
        checks_->came_up(member, height, block, root, members_[member]->disk().damaged());
    }
    void entered(std::size_t member, const node::BlockSync::Voters& voters) override {
        checks_->entered(member, voters);
    }
    void finalized(std::size_t member, const protocol::Certificate& finalization) override {
        checks_->finalized(member, finalization);
    }
    void has_evidence(std::size_t member, const protocol::Evidence& evidence) override {
        checks_->has_evidence(member, evidence, [this](const Account& guilty) {
            return std::ranges::any_of(members_, [&](const auto& other) {
                return other->setup().account == guilty && other->disk().damaged();
            });
        });
        report(member, evidence);
    }
    void blames(std::size_t member, const Account& peer, const std::string& why) override {
        checks_->blames(member, peer, why);
    }
    void stops(std::size_t member, const Error& why) override { checks_->stops(member, why.message); }

  private:
    static Account hash_account(const std::string& name) { return SecretKey::from_seed(name).account(); }
    std::function<const ledger::BeaconChain&(std::uint64_t)> beacon_of(std::size_t validator) {
        return [this, validator](std::uint64_t chain) -> const ledger::BeaconChain& {
            return beacons_.of(validator, chain);
        };
    }
    bool sound() const { return checks_->violations().empty(); }

    void add(MemberSetup setup) {
        setup.place = members_.size();
        members_.push_back(std::make_unique<Member>(world_, scenario_, village_, setup, *this));
        hears_.push_back(~std::uint64_t{0});
        remembered_.emplace_back();
    }
    std::vector<MemberSetup> setups() const {
        std::vector<MemberSetup> all;
        for (const auto& member : members_)
            all.push_back(member->setup());
        return all;
    }

    // ---- The network

    void transmit(std::size_t from, std::size_t to, const Message& message) {
        const MemberSetup& sender = members_[from]->setup();
        const Role heard_by = members_[to]->setup().role;
        if (from == to || heard_by == Role::silent) return;
        if (sender.role == Role::twins && members_[to]->setup().account == sender.account) return;
        if (sender.role == Role::twins && !scenario_.above_the_bound) {
            if ((hears_[from] >> (to % 64) & 1) == 0) return;
        }
        if (apart(from, to)) return;
        if (sender.role == Role::selective && world_.chance.one_in(2)) return world_.count(Fault::withheld);
        for (const Duration delay : links_->carry(from, to)) {
            world_.after(delay, [this, from, to, message] { deliver(from, to, message); });
        }
    }

    /// Above the bound, what forks a chain: for half of the time the network is in two, with half of each pair of
    /// twins on either side.
    bool apart(std::size_t from, std::size_t to) const {
        return scenario_.above_the_bound && world_.now() < Time{scenario_.length / 2} &&
               ((sides_ >> (from % 64) ^ sides_ >> (to % 64)) & 1) != 0;
    }

    void deliver(std::size_t from, std::size_t to, const Message& message) {
        const Role role = members_[to]->setup().role;
        if (role == Role::liar) return lie(to, *message);
        if (role == Role::replayer) replay(to, message);
        members_[to]->hear(members_[from]->setup().account, message);
    }

    void lie(std::size_t place, const node::Message& heard) {
        std::optional<consensus::Message> about;
        if (const auto* proposal = std::get_if<protocol::Proposal>(&heard)) about = *proposal;
        if (const auto* vote = std::get_if<protocol::SignedVote>(&heard)) about = *vote;
        if (const auto* certificate = std::get_if<protocol::Certificate>(&heard)) about = *certificate;
        if (!about) return;
        for (auto& said :
             lies_about(*about, *members_[place]->setup().signer, village_.chain_id, world_.chance)) {
            world_.count(Fault::lie);
            const auto message = std::visit(
                [](auto& one) { return std::make_shared<const node::Message>(std::move(one)); }, said);
            if (scenario_.above_the_bound) checks_->overhear(*message);
            const std::uint64_t listeners = world_.chance.word();
            for (std::size_t to = 0; to < members_.size(); ++to) {
                if ((listeners >> (to % 64) & 1) != 0 && members_[to]->setup().role != Role::liar)
                    transmit(place, to, message);
            }
        }
    }

    /// Says again what it heard from anybody, long ago or just now.
    void replay(std::size_t place, const Message& heard) {
        std::deque<Message>& old = remembered_[place];
        if (heard->index() < 3) old.push_back(heard);
        if (old.size() > k_remembered_messages) old.pop_front();
        if (old.empty() || !world_.chance.one_in(16)) return;
        world_.count(Fault::replay);
        const Message again = old[world_.chance.below(old.size())];
        for (std::size_t to = 0; to < members_.size(); ++to)
            transmit(place, to, again);
    }

    // ---- The weather

    void weather() {
        world_.after(k_weather_step, [this] { weather(); });
        if (healed_) return;
        links_->weather(k_weather_step);
        Chance& chance = world_.chance;
        const double seconds = static_cast<double>(k_weather_step.count()) / 1000;
        for (const auto& member : members_) {
            if (chance.happens(scenario_.full_disks_per_second * seconds)) {
                world_.count(Fault::full_disk);
                member->disk().set_full(true);
                world_.after(chance.between(Duration{1000}, Duration{10'000}),
                             [disk = &member->disk()] { disk->set_full(false); });
            }
            if (!member->up()) continue;
            if (chance.happens(scenario_.crashes_per_second * seconds)) {
                const Duration pause =
                    chance.between(Duration{0}, Duration{chance.one_in(8) ? 20'000 : 2'500});
                if (chance.one_in(3)) {
                    member->kill(pause);
                } else {
                    member->crash(pause);
                }
            } else if (chance.happens(scenario_.pauses_per_second * seconds)) {
                world_.count(Fault::pause);
                member->freeze(chance.between(Duration{10}, Duration{5'000}));
            } else if (chance.happens(scenario_.lost_states_per_second * seconds)) {
                member->crash(chance.between(Duration{0}, Duration{2'500}));
                member->lose_state();
            }
        }
    }

    void clear_up() {
        healed_ = true;
        links_->heal();
        for (const auto& member : members_)
            member->calm();
    }

    void await_recovery() {
        const Time began = world_.now();
        const std::uint64_t target = checks_->highest() + k_blocks_after_storm;
        world_.run_while(k_recovery, [&] { return sound() && checks_->lowest_honest() < target; });
        report_.longest_recovery = std::max(report_.longest_recovery, world_.now() - began);
        if (sound() && checks_->lowest_honest() < target) checks_->stands_still(target);
    }

    /// Somebody pays somebody, through any member.
    void pay() {
        Chance& chance = world_.chance;
        const auto usual = static_cast<Duration::rep>(1000 / scenario_.transfers_per_second);
        world_.after(chance.between(Duration{1}, Duration{2 * usual}), [this] { pay(); });
        Member& member = *members_[chance.below(members_.size())];
        const std::size_t from = chance.below(k_persons), to = chance.below(k_persons);
        const std::uint64_t grain = chance.one_in(16) ? chance.word() >> 1 : 1 + chance.below(1'000'000);
        if (!member.up()) return;
        static_cast<void>(
            member.submit(village_.transfer(from, to, member.next_nonce(village_.persons[from]), grain)));
    }

    /// Through any honest member that is up.
    void change_validators() {
        Chance& chance = world_.chance;
        const auto usual = static_cast<Duration::rep>(1000 / scenario_.changes_per_second);
        world_.after(chance.between(Duration{1}, Duration{2 * usual}), [this] { change_validators(); });
        Member& member = *members_[chance.below(members_.size())];
        if (!member.up() || member.setup().role != Role::honest) return;
        const auto change = membership_->next(
            member.state(), chance, [&](const Account& account) { return member.next_nonce(account); });
        if (change && member.submit(*change)) world_.count(Fault::validator_change);
    }

    /// The ledger checks evidence with the real signatures only.
    void report(std::size_t place, const protocol::Evidence& evidence) {
        Member& member = *members_[place];
        if (!scenario_.real_signatures || !member.up()) return;
        const std::size_t person = place % k_persons;
        static_cast<void>(member.submit(village_.signed_by(
            village_.persons[person], *village_.person_signers[person],
            member.next_nonce(village_.persons[person]), ledger::ReportEvidence{.evidence = evidence})));
    }

    void count_epochs() {
        const auto& voters = checks_->voters();
        if (voters.empty()) return;
        report_.epochs = voters.rbegin()->first.value;
        for (auto epoch = voters.begin(), next = std::next(epoch); next != voters.end(); ++epoch, ++next)
            report_.set_changes += epoch->second != next->second ? 1U : 0U;
        for (std::size_t i = 0; i < scenario_.weights.size(); ++i) {
            const bool votes = voters.rbegin()->second.index_of(members_[i]->setup().account).has_value();
            report_.cheats_out += scenario_.roles[i] != Role::honest && !votes ? 1U : 0U;
        }
    }

    Report finish() {
        for (const auto& member : members_) {
            if (auto counted = member->recount(); !counted && sound())
                checks_->stops(member->setup().place, "its ledger is wrong: " + counted.error().message);
        }
        checks_->judge_fork();
        report_.seed = scenario_.seed;
        report_.simulated = world_.now().time_since_epoch();
        report_.blocks = checks_->highest();
        report_.transfers = checks_->transfers();
        report_.evidence = checks_->evidence();
        count_epochs();
        report_.faults = world_.faults();
        report_.trace = world_.trace();
        report_.real_signatures = scenario_.real_signatures;
        report_.forked = checks_->forked();
        report_.named_weight = checks_->named_weight();
        report_.violations = checks_->violations();
        return report_;
    }

    const Scenario scenario_;
    World world_;
    const Keys keys_;
    Beacons beacons_;
    std::optional<Membership> membership_;
    const Village village_;
    std::vector<std::unique_ptr<Member>> members_;
    std::uint64_t others_ = 0;                     // the second halves of twins: bitmap of places
    std::uint64_t sides_ = 0;                      // above the bound: bitmap of places
    std::vector<std::uint64_t> hears_;             // twins: bitmap of places that hear it
    std::vector<std::deque<Message>> remembered_;  // replayers
    std::optional<Links> links_;
    std::optional<Checks> checks_;
    bool healed_ = false;
    Report report_;
};

}  // namespace

Report simulate(const Scenario& scenario) {
    spdlog::set_level(spdlog::level::off);  // of thousands of nodes, each in trouble
    return Simulation(scenario).run();
}

void simulate_seeds(const Wishes& wishes, std::uint64_t count, unsigned threads,
                    const std::function<void(const Report&)>& done) {
    std::atomic<std::uint64_t> next{0};
    std::mutex one_at_a_time;
    const auto work = [&] {
        for (std::uint64_t i = next++; i < count; i = next++) {
            Wishes mine = wishes;
            mine.seed = wishes.seed + i;
            const Report report = simulate(draw(mine));
            const std::lock_guard lock(one_at_a_time);
            done(report);
        }
    };
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i)
        others.emplace_back(work);
    work();
}

}  // namespace dure::sim
