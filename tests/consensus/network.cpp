#include "tests/consensus/network.h"

#include <algorithm>

#include "tools/sim/liar.h"

namespace dure::consensus::test {

using namespace protocol;

Network::Network(Scenario scenario)
    : scenario_(std::move(scenario)),
      keys_(sim::make_keys(scenario_.weights, scenario_.real_signatures)),
      world_(scenario_.seed) {
    const std::size_t count = scenario_.weights.size();
    scenario_.roles.resize(count, Role::honest);
    nodes_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        nodes_[i].role = scenario_.roles[i];
        nodes_[i].account = keys_.set.validators[i].key;
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (nodes_[i].role != Role::twins) continue;
        Node twin = nodes_[i];
        twin.twin = i;
        nodes_[i].twin = nodes_.size();
        nodes_[i].hears = world_.chance.word();
        twin.hears = ~nodes_[i].hears;
        nodes_.push_back(twin);
    }
    links_.emplace(world_, nodes_.size(),
                   sim::LinkFaults{.delay_min = scenario_.delay_min,
                                   .delay_max = scenario_.delay_max,
                                   .loss = scenario_.loss,
                                   .duplication = scenario_.duplication,
                                   .spikes = scenario_.straggling,
                                   .partitions_per_second = scenario_.partitions_per_second});
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        open(i, {});
    weather();
    if (scenario_.epoch_blocks > 0) hear_statuses();
}

void Network::at(Duration delay, std::size_t node, std::function<void()> act) {
    world_.after(delay, [this, node, life = nodes_[node].life, act = std::move(act)] {
        if (life == nodes_[node].life) act();
    });
}

void Network::run_for(Duration duration) {
    world_.run_for(duration);
}

void Network::open(std::size_t index, std::span<const Bytes> records) {
    Node& node = nodes_[index];
    if (node.role == Role::silent || node.role == Role::liar) return;
    auto [config, final_block] = start_of(index);
    if (scenario_.planted.own_votes_do_not_count && node.life > 0) {
        struct Deaf final : Verifier {
            bool verify(const Account& account, const Hash& digest,
                        const Signature& signature) const override {
                return (account != own || !replayed.contains(digest)) &&
                       oracle.verify(account, digest, signature);
            }
            sim::OracleVerifier oracle;
            Account own;
            std::set<Hash> replayed;
        };
        auto deaf = std::make_shared<Deaf>();
        deaf->own = node.account;
        for (const Bytes& bytes : records) {
            const auto record = decode<JournalRecord>(bytes);
            const SignedVote* vote = record ? vote_of(*record) : nullptr;
            if (vote != nullptr && !std::holds_alternative<Finalize>(vote->vote))
                deaf->replayed.insert(vote_digest(Hash{{1}}, vote->epoch, vote->vote));
        }
        config.verifier = deaf;
    }
    auto opened = Simplex::open(config, final_block, records);
    if (!opened) {
        violations_.push_back("node " + std::to_string(index) + " cannot open: " + opened.error().message);
        return;
    }
    node.core = std::move(*opened);
    node.last_record = 0;
    node.sync_under_way = false;
    feed(index, Start{});
}

void Network::feed(std::size_t index, Event event) {
    Node& node = nodes_[index];
    if (!node.core || node.down_until) return;
    Effects effects = node.core->step(std::move(event), now());
    for (Effect& effect : effects) {
        if (watch && node.role == Role::honest) watch(index, effect);
        carry_out(index, effect);
    }
}

void Network::carry_out(std::size_t node, Effect& effect) {
    world_.note(node << 8 | effect.index());
    world_.note(static_cast<std::uint64_t>(now().time_since_epoch().count()));
    std::visit([&](auto& one) { do_effect(node, one); }, effect);
}

// ---- The network
// -------------------------------------------------------------------------------------------

void Network::transmit(std::size_t from, std::size_t to, const std::shared_ptr<const Message>& message) {
    if (to == from || nodes_[to].role == Role::silent) return;
    if (nodes_[from].role == Role::twins && ((nodes_[from].hears >> to & 1) == 0 || nodes_[from].twin == to))
        return;
    if (nodes_[from].role == Role::selective && below(2) == 0) return;
    for (const Duration delay : links_->carry(from, to)) {
        at(delay, to, [this, from, to, message] {
            if (nodes_[to].role == Role::liar) return lie(to, *message);
            feed(to, Receive{.peer = nodes_[from].account, .message = *message});
        });
    }
}

void Network::do_effect(std::size_t node, Broadcast& effect) {
    const auto message = std::make_shared<const Message>(std::move(effect.message));
    for (std::size_t to = 0; to < nodes_.size(); ++to)
        transmit(node, to, message);
}

void Network::do_effect(std::size_t node, Send& effect) {
    const auto message = std::make_shared<const Message>(std::move(effect.message));
    for (std::size_t to = 0; to < nodes_.size(); ++to) {
        if (nodes_[to].account == effect.peer) transmit(node, to, message);
    }
}

void Network::lie(std::size_t index, const Message& heard) {
    std::vector<Message> lies = sim::lies_about(heard, *keys_.signers[index], Hash{{1}}, world_.chance);
    for (Message& said : lies) {
        const auto message = std::make_shared<const Message>(std::move(said));
        const std::uint64_t listeners = world_.chance.word();
        for (std::size_t to = 0; to < nodes_.size(); ++to) {
            if ((listeners >> to & 1) != 0 && nodes_[to].role != Role::liar) transmit(index, to, message);
        }
    }
}

std::size_t Network::random_honest() {
    std::size_t node = below(nodes_.size());
    while (!honest(node))
        node = below(nodes_.size());
    return node;
}

// ---- The weather
// -------------------------------------------------------------------------------------------

void Network::weather() {
    if (healed_) return;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].down_until && *nodes_[i].down_until <= now()) restart(i);
        if (!nodes_[i].down_until && nodes_[i].role == Role::honest &&
            world_.chance.happens(scenario_.crashes_per_second / 20)) {
            crash(i);
            nodes_[i].down_until = now() + between(Duration{0}, Duration{2500});
        }
    }
    links_->weather(Duration{50});
    world_.after(Duration{50}, [this] { weather(); });
}

void Network::heal() {
    healed_ = true;
    links_->heal();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].down_until) restart(i);
    }
}

std::uint64_t Network::lowest_height() const {
    std::uint64_t lowest = ~std::uint64_t{0};
    for (const Node& node : nodes_) {
        if (node.role == Role::honest)
            lowest = std::min(lowest, node.core ? node.core->committed_height().value : 0);
    }
    return lowest;
}

}  // namespace dure::consensus::test
