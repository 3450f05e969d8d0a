// From one epoch to the next (rule 11): entering it, and what messages of other epochs are worth.
#include <algorithm>

#include "consensus/simplex.h"

namespace dure::consensus {

using namespace protocol;

namespace {

Epoch epoch_of_message(const Message& message) {
    return std::visit([](const auto& one) { return one.epoch; }, message);
}

}  // namespace

/// All that belongs to the old epoch goes, but for its last slots' votes. What was held back for its record was said
/// in the old epoch, which is final, so nobody needs it.
void Simplex::on(EnterEpoch&& event) {
    if (event.config.epoch <= config_.epoch) return;
    const bool next = event.config.epoch == config_.epoch.next();
    auto opened = open(std::move(event.config), event.newest, {});
    if (!opened) return halt("the next epoch cannot begin: " + opened.error().message);
    Simplex& entered = *opened;
    if (next) {
        entered.past_.emplace(Past{config_.epoch, final_slot(), std::move(pool_)});
        entered.early_ = std::move(early_);
        if (const BlockPtr root = tree_.block(entered.tree_.anchor()))
            entered.tree_.add(entered.tree_.anchor(), root);
    }
    entered.pace_ = pace_;
    entered.next_record_ = next_record_;
    entered.helped_ = std::move(helped_);
    entered.started_ = true;
    entered.now_ = now_;
    entered.effects_ = std::move(effects_);
    *this = std::move(entered);
    epoch_began_ = now_;
    pace_.finalized(now_);
    pace_.resent(now_);
    pace_.enter_slot(now_);
    if (config_.may_sign) effects_.push_back(RenewJournal{live_records()});
    for (Early& early : std::exchange(early_, {}))
        on(Receive{early.peer, std::move(early.message)});
}

/// What is of another epoch is dealt with here.
bool Simplex::of_this_epoch(const Account& peer, const Message& message) {
    const Epoch epoch = epoch_of_message(message);
    if (epoch == config_.epoch) return true;
    if (epoch == config_.epoch.next()) {
        keep_early(peer, message);
    } else if (epoch.next() == config_.epoch) {
        answer_late(peer, message);
        compare_past(message);
    }
    return false;
}

/// For the time after the epoch's end, which this node may just not have heard of: a proposal on the root says it.
void Simplex::keep_early(const Account& peer, const Message& message) {
    const auto* proposal = std::get_if<Proposal>(&message);
    if (proposal != nullptr && proposal->parent.slot.value == 0 && proposal->parent_notarization &&
        proposal->parent_notarization->epoch == config_.epoch &&
        std::holds_alternative<Finalize>(proposal->parent_notarization->vote)) {
        // A peer that cannot check it may pass it on, so it is no fault of the peer's if it is false.
        static_cast<void>(take_checked(*proposal->parent_notarization));
    }
    const auto of_peer = [&](const Early& early) { return early.peer == peer; };
    const auto is_proposal = [](const Early& early) {
        return std::holds_alternative<Proposal>(early.message);
    };
    if (std::ranges::count_if(early_, of_peer) >= k_max_early_messages_per_peer)
        early_.erase(std::ranges::find_if(early_, of_peer));
    if (early_.size() >= k_max_early_messages) return;
    if (proposal != nullptr && std::ranges::count_if(early_, is_proposal) >= k_max_early_proposals) return;
    early_.push_back({peer, message});
}

/// A peer that still speaks of the epoch before learns how that ended. Just after the end this is only the lines'
/// slowness.
void Simplex::answer_late(const Account& peer, const Message& message) {
    if (!config_.root_finalization || now_ < epoch_began_ + pace_.help_interval()) return;
    const auto* vote = std::get_if<SignedVote>(&message);
    if (vote != nullptr && vote->voter != peer) return;
    const auto* certificate = std::get_if<Certificate>(&message);
    const bool knows_the_end = certificate != nullptr &&
                               std::holds_alternative<Finalize>(certificate->vote) &&
                               block_of(certificate->vote) == config_.root;
    if (knows_the_end) {
        if (is_behind(Slot{1})) help(peer, Slot{1});
    } else if (may_help(peer)) {
        effects_.push_back(Send{peer, *config_.root_finalization});
    }
}

/// Rule 10, across the epoch's end.
void Simplex::compare_past(const Message& message) {
    if (!past_ || past_->epoch != epoch_of_message(message)) return;
    const auto compared = [&](const Vote& vote) {
        return slot_of(vote).value > 0 && slot_of(vote).value + k_evidence_slots > past_->final_slot.value &&
               slot_of(vote).value <= past_->final_slot.value + k_evidence_slots;
    };
    Result<Pool::News> news = Pool::News{};
    if (const auto* vote = std::get_if<SignedVote>(&message); vote && compared(vote->vote)) {
        news = past_->pool.add(*vote);
    } else if (const auto* certificate = std::get_if<Certificate>(&message);
               certificate && compared(certificate->vote)) {
        news = past_->pool.compare(*certificate);
    }
    if (!news) return;
    for (VoteEvidence& evidence : news->evidence)
        effects_.push_back(ReportEvidence{std::move(evidence)});
}

}  // namespace dure::consensus
