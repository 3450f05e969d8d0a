// One machine on a bench: the test plays all other validators and the node, by hand.
#pragma once

#include <gtest/gtest.h>

#include "consensus/leader.h"
#include "consensus/simplex.h"
#include "tools/sim/oracle.h"

namespace dure::consensus::test {

inline const Hash k_chain{{1}};
inline const Hash k_root{{9}};
inline constexpr protocol::Epoch k_epoch{3};

class Bench {
  public:
    explicit Bench(std::vector<std::uint64_t> weights = {1, 1, 1, 1}, std::size_t self = 0,
                   std::optional<protocol::Height> last = {})
        : last_height(last),
          self_(self),
          keys_(sim::make_keys(weights, false)),
          signer_(keys_.signers[self]) {
        open({});
    }

    /// As after a crash and a restart.
    void open(std::span<const Bytes> records, const std::optional<FinalBlock>& final_block = {}) {
        auto opened = Simplex::open(config(), final_block, records);
        ASSERT_TRUE(opened) << opened.error().message;
        core.emplace(std::move(*opened));
        effects.clear();
        journal.assign(records.begin(), records.end());
        persisted_ = last_record_ = 0;
        step(Start{});
    }
    Config config() const {
        return {.chain_id = k_chain,
                .epoch = epoch,
                .validators = keys_.set,
                .leader_seed = Hash{{7}},
                .root = root,
                .root_height = root_height,
                .root_finalization = root_finalization,
                .last_height = last_height,
                .signer = signer_,
                .may_sign = true,
                .verifier = keys_.verifier,
                .timing = {.delta = Duration{100}, .min_block_interval = Duration{0}}};
    }

    /// Feeds an event; answers ValidateBlock with "valid" and persists at once, if told to.
    void step(Event event) {
        for (Effect& effect : core->step(std::move(event), now)) {
            if (const auto* persist = std::get_if<Persist>(&effect)) {
                journal.push_back(persist->record);
                last_record_ = persist->number;
            }
            if (const auto* renew = std::get_if<RenewJournal>(&effect)) journal = renew->records;
            const auto* validate = std::get_if<ValidateBlock>(&effect);
            const Hash hash = validate ? validate->hash : Hash{};
            effects.push_back(std::move(effect));
            if (validate != nullptr && validates) step(Validated{hash, true});
        }
        while (persists && persisted_ < last_record_) {
            persisted_ = last_record_;
            step(Persisted{persisted_});
        }
    }
    void persist() {
        persisted_ = last_record_;
        step(Persisted{persisted_});
    }
    void wait(Duration time) {
        now += time;
        step(Tick{});
    }
    void hear(std::size_t from, Message message) {
        step(Receive{keys_.set.validators[from].key, std::move(message)});
    }
    void vote(std::size_t from, const protocol::Vote& said) { hear(from, sign(from, said)); }
    /// Everybody's vote but this node's.
    void others_vote(const protocol::Vote& said) {
        for (std::size_t i = 0; i < keys_.set.validators.size(); ++i) {
            if (i != self_) vote(i, said);
        }
    }

    protocol::SignedVote sign(std::size_t from, const protocol::Vote& said) const {
        return {.epoch = epoch,
                .vote = said,
                .voter = keys_.set.validators[from].key,
                .signature = keys_.signers[from]->sign(protocol::vote_digest(k_chain, epoch, said))};
    }
    /// By all but this node.
    protocol::Certificate certificate(const protocol::Vote& said) const {
        std::vector<protocol::SignedVote> votes;
        for (std::size_t i = 0; i < keys_.set.validators.size(); ++i) {
            if (i != self_) votes.push_back(sign(i, said));
        }
        return protocol::make_certificate(epoch, said, keys_.set, votes);
    }
    std::size_t leader_of(std::uint64_t slot) const { return leader(keys_.set, Hash{{7}}, epoch, {slot}); }
    /// The first slot from `from` on that this node leads, or that it does not.
    std::uint64_t slot_led(bool by_self, std::uint64_t from = 1) const {
        while ((leader_of(from) == self_) != by_self)
            ++from;
        return from;
    }

    protocol::Block block(std::uint64_t slot, const Hash& parent, std::uint64_t height,
                          std::uint8_t variant = 0) const {
        protocol::Block made;
        made.header.chain_id = k_chain;
        made.header.epoch = epoch;
        made.header.height = {height};
        made.header.parent = parent;
        made.header.proposer = keys_.set.validators[leader_of(slot)].key;
        made.header.transactions_root = protocol::transactions_root({});
        made.header.state_root.bytes[0] = variant;
        return made;
    }
    protocol::Proposal proposal(std::uint64_t slot, const protocol::BlockReference& parent,
                                const protocol::Block& proposed) const {
        protocol::Proposal made{.epoch = epoch,
                                .slot = {slot},
                                .parent = parent,
                                .parent_notarization = {},
                                .skips = {},
                                .block = proposed,
                                .signature = {}};
        made.parent_notarization = root_finalization;
        if (parent.slot.value > 0)
            made.parent_notarization = certificate(protocol::Notarize{parent.slot, parent.block});
        for (std::uint64_t gap = parent.slot.value + 1; gap < slot; ++gap)
            made.skips.push_back(certificate(protocol::Skip{{gap}}));
        made.signature = keys_.signers[leader_of(slot)]->sign(
            protocol::proposal_digest(k_chain, epoch, made.slot, parent, protocol::block_hash(proposed)));
        return made;
    }
    /// The epoch has ended with `last`; the next one is that of validators with these weights.
    void enter_epoch(const std::vector<std::uint64_t>& weights, const protocol::BlockReference& last,
                     std::uint64_t height) {
        root_finalization = certificate(protocol::Finalize{last.slot, last.block});
        epoch = epoch.next();
        root = last.block;
        root_height = {height};
        last_height.reset();
        keys_ = sim::make_keys(weights, false);
        step(EnterEpoch{config(), std::nullopt});
    }
    /// Gets the machine to `slot` by skip certificates.
    void skip_to(std::uint64_t slot) {
        while (core->current_slot().value < slot)
            hear(1 - std::min<std::size_t>(self_, 1), certificate(protocol::Skip{core->current_slot()}));
    }

    template <class T>
    std::vector<T> all() const {
        std::vector<T> found;
        for (const Effect& effect : effects) {
            if (const T* one = std::get_if<T>(&effect)) found.push_back(*one);
        }
        return found;
    }
    /// What this node has let out.
    template <class T>
    std::vector<T> said() const {
        std::vector<T> found;
        for (const Broadcast& broadcast : all<Broadcast>()) {
            if (const T* one = std::get_if<T>(&broadcast.message)) found.push_back(*one);
        }
        return found;
    }
    bool voted(const protocol::Vote& wanted) const {
        for (const protocol::SignedVote& vote : said<protocol::SignedVote>()) {
            if (vote.vote == wanted) return true;
        }
        return false;
    }

    protocol::Epoch epoch = k_epoch;
    Hash root = k_root;
    protocol::Height root_height{};
    std::optional<protocol::Certificate> root_finalization;
    std::optional<protocol::Height> last_height;
    Time now{Duration{1000}};
    bool persists = true;
    bool validates = true;
    std::optional<Simplex> core;
    Effects effects;
    std::vector<Bytes> journal;

  private:
    std::size_t self_;
    sim::Keys keys_;
    std::shared_ptr<const Signer> signer_;
    std::uint64_t last_record_ = 0;
    std::uint64_t persisted_ = 0;
};

}  // namespace dure::consensus::test
