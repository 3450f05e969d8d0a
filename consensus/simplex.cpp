#include "consensus/simplex.h"

#include <algorithm>

#include "base/assert.h"
#include "consensus/leader.h"

namespace dure::consensus {

using namespace protocol;

namespace {

/// The signer, if it belongs to a validator of the epoch.
std::shared_ptr<const Signer> member_of(const Config& config) {
    const bool member = config.signer != nullptr && config.validators.index_of(config.signer->account());
    return member ? config.signer : nullptr;
}

}  // namespace

Simplex::Simplex(Config config, const FinalBlock* final_block)
    : config_(std::move(config)),
      pool_(config_.chain_id, config_.epoch, config_.validators, config_.verifier),
      tree_(final_block ? *block_of(final_block->finalization.vote) : config_.root,
            final_block ? final_block->height : config_.root_height),
      signing_(config_.chain_id, config_.epoch, member_of(config_), config_.may_sign),
      pace_(config_.timing),
      current_{1} {
    if (final_block == nullptr) return;
    committed_slot_ = slot_of(final_block->finalization.vote);
    current_ = committed_slot_.next();
    signing_.raise_floor(committed_slot_);
}

Result<Simplex> Simplex::open(Config config, const std::optional<FinalBlock>& final_block,
                              std::span<const Bytes> records) {
    DURE_CHECK(config.validators.check());
    if (config.verifier == nullptr) config.verifier = std::make_shared<const KeyVerifier>(config.validators);
    if (final_block && (!std::holds_alternative<Finalize>(final_block->finalization.vote) ||
                        final_block->finalization.epoch != config.epoch)) {
        return Error{ErrorCode::invalid, "the newest final block's certificate is no finalization of epoch " +
                                             to_text(config.epoch)};
    }
    Simplex simplex(std::move(config), final_block ? &*final_block : nullptr);
    if (final_block) {
        if (auto added = simplex.pool_.add(final_block->finalization); !added) {
            return with_context(added.error(), "the newest final block");
        }
    }
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto damaged = [&](const Error& error) {
            return Error{ErrorCode::corrupt,
                         "record " + std::to_string(i) + " of the journal: " + error.message};
        };
        auto record = decode<JournalRecord>(records[i]);
        if (!record) return damaged(record.error());
        if (epoch_of(*record) < simplex.config_.epoch) continue;
        if (epoch_of(*record) > simplex.config_.epoch) {
            return damaged({ErrorCode::corrupt, "it is of epoch " + to_text(epoch_of(*record)) +
                                                    ", but the block log ends in epoch " +
                                                    to_text(simplex.config_.epoch) + ": it has lost blocks"});
        }
        if (auto restored = simplex.restore(std::move(*record)); !restored) return damaged(restored.error());
    }
    return simplex;
}

/// Rule 9: the certificates inside the records count at once; what was signed waits for the start, to go out
/// again and into the own tally.
Status Simplex::restore(JournalRecord&& record) {
    DURE_CHECK(signing_.restore(record));
    const auto again = [&](Message message) {
        held_.push_back({.record = 0, .message = std::move(message)});
    };
    if (auto* own = std::get_if<ProposalRecord>(&record); own && own->proposal.slot > signing_.floor()) {
        Proposal& proposal = own->proposal;
        slots_[proposal.slot].claim = claim_of(proposal);
        tree_.add(block_hash(proposal.block), std::make_shared<const Block>(proposal.block));
        std::vector<Certificate> embedded(proposal.skips.begin(), proposal.skips.end());
        if (proposal.parent.slot.value > 0 && proposal.parent_notarization)
            embedded.push_back(*proposal.parent_notarization);
        for (const Certificate& certificate : embedded) {
            if (auto added = pool_.add(certificate); !added) return added.error();
        }
        again(proposal);
        own_proposals_.emplace(proposal.slot, std::move(proposal));
    }
    const SignedVote* vote = vote_of(record);
    if (vote == nullptr || slot_of(vote->vote) <= signing_.floor()) return {};
    if (auto* notarize = std::get_if<NotarizeRecord>(&record); notarize && notarize->block) {
        const Hash hash = block_hash(*notarize->block);
        tree_.add(hash, std::make_shared<const Block>(std::move(*notarize->block)));
    }
    if (const auto* finalize = std::get_if<FinalizeRecord>(&record)) {
        const Vote notarized = Notarize{slot_of(vote->vote), *block_of(vote->vote)};
        if (finalize->notarization.vote != notarized || finalize->notarization.epoch != config_.epoch) {
            return Error{ErrorCode::corrupt, "a finalize vote stands with another block's notarization"};
        }
        if (auto added = pool_.add(finalize->notarization); !added) return added.error();
    }
    again(*vote);
    return {};
}

Effects Simplex::step(Event event, Time now) {
    if (halted_) return {};
    DURE_ASSERT(started_ != std::holds_alternative<Start>(event));
    now_ = std::max(now_, now);
    std::visit([this](auto&& one) { on(std::move(one)); }, std::move(event));
    commit();
    if (halted_ || over()) return std::exchange(effects_, {});
    advance();
    lead();
    judge_proposal();
    skip_if_due();
    validate_and_fetch();
    resend_if_due();
    wake();
    return std::exchange(effects_, {});
}

void Simplex::on(Start&&) {
    started_ = true;
    pace_.start(now_);
    for (; !held_.empty(); held_.pop_front())
        release(std::move(held_.front().message));
}

void Simplex::on(Tick&&) {
    woken_at_.reset();
}

void Simplex::on(Persisted&& event) {
    for (; !held_.empty() && held_.front().record <= event.number; held_.pop_front())
        release(std::move(held_.front().message));
}

void Simplex::on(Validated&& event) {
    tree_.judge(event.block, event.valid);
}

/// Rules 1 and 6: the smallest slot without a certificate.
void Simplex::advance() {
    const Slot before = current_;
    if (current_ <= final_slot()) {
        current_ = final_slot().next();
        pace_.saw_block(now_);
        pace_.enter_slot(now_);
    }
    while (certified(current_)) {
        if (pool_.notarization(current_) != nullptr) pace_.saw_block(now_);
        current_ = current_.next();
        pace_.enter_slot(now_);
    }
    if (current_ == before) return;
    if (current_.value > k_vote_memory_slots)
        pool_.forget_skipped_votes_before({current_.value - k_vote_memory_slots});
    collect_garbage();
}

bool Simplex::certified(Slot slot) const {
    return slot <= final_slot() || pool_.notarization(slot) != nullptr || pool_.skip(slot) != nullptr;
}

BlockReference Simplex::final_reference() const {
    if (const Certificate* finalization = pool_.finalization())
        return {slot_of(finalization->vote), *block_of(finalization->vote)};
    return {Slot{0}, config_.root};
}

Account Simplex::leader(Slot slot) const {
    return config_.validators
        .validators[consensus::leader(config_.validators, config_.leader_seed, config_.epoch, slot)]
        .key;
}

/// Rule 2.
void Simplex::lead() {
    if (!signing_.may_propose(current_) || now_ < pace_.opened() || leader(current_) != signing_.account())
        return;
    SlotState& slot = slots_[current_];
    if (slot.building_on || slot.claim) return;
    const auto parent = parent_to_extend();
    if (!parent) return;
    const Height parent_height =
        parent->block == tree_.anchor() ? tree_.height() : tree_.block(parent->block)->header.height;
    if (is_last(parent_height)) return propose(*parent, tree_.block(parent->block));  // rule 11
    slot.building_on = parent;
    effects_.push_back(BuildBlock{
        .epoch = config_.epoch, .slot = current_, .parent = *parent, .height = parent_height.next()});
}

std::optional<BlockReference> Simplex::parent_to_extend() const {
    for (Slot slot{current_.value - 1}; slot > final_slot(); slot.value -= 1) {
        if (const Certificate* notarization = pool_.notarization(slot)) {
            const Hash block = *block_of(notarization->vote);
            if (tree_.state(block) == BlockTree::State::valid) return BlockReference{slot, block};
        }
        if (pool_.skip(slot) == nullptr) return std::nullopt;
    }
    if (final_reference().block != tree_.anchor()) return std::nullopt;
    return final_reference();
}

void Simplex::on(Built&& event) {
    if (event.block.header.epoch != config_.epoch) return;  // ordered in the epoch before
    const auto slot = slots_.find(event.slot);
    if (event.slot != current_ || slot == slots_.end() || !slot->second.building_on || slot->second.claim)
        return;
    const BlockReference parent = *slot->second.building_on;
    const Header& header = event.block.header;
    DURE_ASSERT(header.parent == parent.block && header.chain_id == config_.chain_id);
    DURE_ASSERT(header.proposer == signing_.account());
    propose(parent, std::make_shared<const Block>(std::move(event.block)));
}

/// A block that is valid here, in the current slot.
void Simplex::propose(const BlockReference& parent, BlockPtr block) {
    const Hash hash = block_hash(*block);
    const auto signature = signing_.propose(current_, parent, hash);
    if (!signature) return;
    Proposal proposal{.epoch = config_.epoch,
                      .slot = current_,
                      .parent = parent,
                      .parent_notarization = std::nullopt,
                      .skips = {},
                      .block = *block,
                      .signature = *signature};
    if (parent.slot.value > 0) {
        proposal.parent_notarization =
            pool_.notarized(parent) ? *pool_.notarization(parent.slot) : *pool_.finalization();
    } else {
        proposal.parent_notarization = config_.root_finalization;
    }
    const std::uint64_t gap = current_.value - parent.slot.value - 1;
    for (Slot skipped{current_.value - std::min<std::uint64_t>(gap, k_max_embedded_skips)};
         skipped < current_; skipped = skipped.next()) {
        proposal.skips.push_back(*pool_.skip(skipped));
    }
    slots_[current_].claim = claim_of(proposal);
    tree_.add(hash, std::move(block));
    tree_.judge(hash, true);
    hold(ProposalRecord{proposal}, proposal);
    own_proposals_.emplace(current_, std::move(proposal));
}

/// Rule 3, for the current slot's proposal.
void Simplex::judge_proposal() {
    const auto found = slots_.find(current_);
    if (found == slots_.end() || !found->second.claim) return;
    pace_.saw_block(now_);
    SlotState& slot = found->second;
    const Hash& hash = slot.claim->block;
    if (slot.proven_invalid || !extends_properly(*slot.claim)) return;
    const BlockTree::State state = tree_.state(hash);
    if (state == BlockTree::State::invalid) slot.proven_invalid = true;
    if (state != BlockTree::State::valid) {
        tree_.want(hash);
        return;
    }
    if (now_ < pace_.opened()) return;
    const auto vote = signing_.notarize(current_, hash);
    if (!vote) return;
    NotarizeRecord record{.vote = *vote, .block = std::nullopt};
    if (!own_proposals_.contains(current_)) record.block = *tree_.block(hash);
    hold(record, *vote);
}

bool Simplex::extends_properly(const ProposalClaim& claim) const {
    if (claim.parent != final_reference() && !pool_.notarized(claim.parent)) return false;
    if (claim.parent.slot < final_slot()) return false;
    for (Slot slot = claim.parent.slot.next(); slot < claim.slot; slot = slot.next()) {
        if (pool_.skip(slot) == nullptr) return false;
    }
    return true;
}

/// Rule 5.
void Simplex::skip_if_due() {
    if (!signing_.may_skip(current_)) return;
    const auto slot = slots_.find(current_);
    const bool proposed = slot != slots_.end() && slot->second.claim;
    const auto leaders_votes = pool_.votes_of(leader(current_), current_);
    const bool leader_skipped =
        std::any_of(leaders_votes.begin(), leaders_votes.end(),
                    [](const SignedVote& vote) { return std::holds_alternative<Skip>(vote.vote); });
    const bool due = (proposed && slot->second.proven_invalid) || leader_skipped ||
                     now_ >= pace_.advance_deadline() || (!proposed && now_ >= pace_.leader_deadline());
    if (!due) return;
    const auto vote = signing_.skip(current_);
    hold(SkipRecord{*vote}, *vote);
}

/// Rule 4. A slot that is skipped for good needs no vote.
void Simplex::vote_finalize(const BlockReference& block) {
    if (pool_.skip(block.slot) != nullptr) return;
    const auto vote = signing_.finalize(block.slot, block.block);
    if (vote) hold(FinalizeRecord{.vote = *vote, .notarization = *pool_.notarization(block.slot)}, *vote);
}

/// Rule 9: the record first, the message when it is durable.
void Simplex::hold(const JournalRecord& record, Message message) {
    effects_.push_back(Persist{.number = next_record_, .record = encode(record)});
    held_.push_back({.record = next_record_, .message = std::move(message)});
    ++next_record_;
}

void Simplex::release(Message message) {
    if (auto* vote = std::get_if<SignedVote>(&message)) {
        if (slot_of(vote->vote) <= final_slot()) return;
        effects_.push_back(Broadcast{*vote});
        if (auto news = pool_.add(*vote)) absorb(std::move(*news));
    } else if (auto* proposal = std::get_if<Proposal>(&message)) {
        if (proposal->slot > final_slot()) effects_.push_back(Broadcast{std::move(*proposal)});
    }
}

void Simplex::wake() {
    std::optional<Time> next;
    const auto consider = [&](Time time) {
        if (time > now_ && (!next || time < *next)) next = time;
    };
    consider(pace_.opened());
    if (signing_.may_skip(current_)) {
        consider(pace_.leader_deadline());
        consider(pace_.advance_deadline());
    }
    consider(pace_.resend_at());
    for (const auto& [hash, time] : fetches_)
        consider(time);
    if (!next || next == woken_at_) return;
    woken_at_ = next;
    effects_.push_back(WakeAt{*next});
}

std::vector<Bytes> Simplex::live_records() const {
    std::vector<Bytes> records;
    const auto add = [&](const JournalRecord& record) { records.push_back(encode(record)); };
    add(FloorRecord{.epoch = config_.epoch, .slot = signing_.floor()});
    for (const auto& [slot, mine] : signing_.slots()) {
        const auto own = own_proposals_.find(slot);
        if (own != own_proposals_.end()) {
            add(ProposalRecord{own->second});
        } else if (mine.proposal) {
            add(ProposedRecord{.epoch = config_.epoch, .claim = *mine.proposal});
        }
        if (mine.notarize) {
            NotarizeRecord record{.vote = *mine.notarize, .block = std::nullopt};
            const BlockPtr block = tree_.block(*block_of(mine.notarize->vote));
            if (own == own_proposals_.end() && block != nullptr) record.block = *block;
            add(record);
        }
        if (mine.finalize)
            add(FinalizeRecord{.vote = *mine.finalize, .notarization = *pool_.notarization(slot)});
        if (mine.skip) add(SkipRecord{*mine.skip});
    }
    return records;
}

}  // namespace dure::consensus
