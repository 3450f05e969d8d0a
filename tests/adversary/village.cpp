#include "tests/adversary/village.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "ledger/invariants/invariants.h"
#include "ledger/views.h"
#include "tests/adversary/world.h"

namespace dure::adversary {

namespace {

constexpr std::uint64_t k_beacon_links = 4'096;
constexpr Coin k_fee{10'000};
constexpr Shares k_established_bond{5'000 * k_units_per_share};

Hash beacon_seed(std::uint64_t seed, std::size_t member) {
    static const TaggedHash hash("dure/test/village/beacon");
    return hash(as_bytes(std::to_string(seed) + "/" + std::to_string(member)));
}

[[noreturn]] void fail(const std::string& why) {
    throw std::runtime_error(why);
}

}  // namespace

ledger::Parameters quick_parameters() {
    ledger::Parameters parameters;
    parameters.channel_close_delay_blocks = 5;
    parameters.unbonding_delay_blocks = 12;
    parameters.show_blocks = 20;
    parameters.scoring_blocks = 5;
    parameters.joining_blocks = 2;
    parameters.round_interval = 4;
    parameters.training_blocks = 6;
    parameters.reveal_blocks = 5;
    parameters.audit_blocks = 5;
    parameters.opening_blocks = 5;
    parameters.check_blocks = 5;
    parameters.attest_blocks = 5;
    parameters.dispute_blocks = 5;
    parameters.vesting_rounds = 6;
    parameters.first_usual_score = 9'000;  // about what honest texts are worth here
    return parameters;
}

void establish(Cast& cast) {
    for (MemberOptions& member : cast.members) {
        if (!member.bonded.is_zero()) member.bonded = k_established_bond;
    }
    cast.parameters.vesting_rounds = 40;
    cast.parameters.target_units = 8;
}

std::string honest_text(std::uint64_t seed, std::size_t number) {
    return sentences(1'000 * (seed + 1) + number, 40);
}

std::vector<MemberOptions> honest_members(std::uint64_t seed, std::size_t count) {
    std::vector<MemberOptions> members;
    for (std::size_t i = 0; i < count; ++i)
        members.push_back({.bonded = k_founders_bond, .texts = {honest_text(seed, i)}});
    return members;
}

Village::Village(Cast cast)
    : cast_(std::move(cast)),
      kernels_(trainer::make_kernels(trainer::best_isa(), executor_)),
      blobs_([this](std::size_t holder, const Hash& blob, std::size_t asking) {
          Member& member = *members_.at(holder);
          return member.is_here() && member.behaviour().serves(member, blob, asking);
      }),
      random_(cast_.seed) {
    genesis_.chain_name = decltype(genesis_.chain_name)("village " + std::to_string(cast_.seed));
    genesis_.parameters = cast_.parameters;
    genesis_.model = world().genesis;
    for (std::size_t i = 0; i < cast_.members.size(); ++i) {
        beacons_.emplace_back(beacon_seed(cast_.seed, i), k_beacon_links);
        if (!cast_.members[i].bonded.is_zero()) founders_.push_back(i);
    }
    for (std::size_t i = 0; i < cast_.members.size(); ++i) {
        const Account account = Member::account_of(i);
        genesis_.balances.push_back({account, k_coins});
        if (cast_.members[i].bonded.is_zero()) continue;
        ledger::GenesisValidator founder;
        founder.account = account;
        founder.beneficiary = account;
        founder.bonded = cast_.members[i].bonded;
        founder.beacon_link = beacons_[i].tip();
        founder.roles = ledger::k_role_trainer;
        founder.endpoint = ledger::Endpoint(std::string("127.0.0.1:1"));
        genesis_.validators.push_back(founder);
    }
    const auto by_account = [](const auto& a, const auto& b) { return a.account < b.account; };
    std::sort(genesis_.validators.begin(), genesis_.validators.end(), by_account);
    std::sort(genesis_.balances.begin(), genesis_.balances.end(), by_account);
    for (std::size_t i = 0; i < cast_.members.size(); ++i) {
        members_.push_back(std::make_unique<Member>(*this, i, cast_.members[i]));
        for (const Bytes* blob : {&world().tokenizer, &world().checkpoint, &world().held_out})
            blobs_.put(i, std::make_shared<const Bytes>(*blob));
    }
    ledger::Overlay overlay(state_);
    if (const Status applied = ledger::apply_genesis(genesis_, overlay); !applied)
        fail("genesis: " + applied.error().message);
    state_.apply(overlay.changes());
}

void Village::tick() {
    std::vector<std::size_t> order(members_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[random_() % i]);
    std::vector<bool> rushes;
    for (const auto& member : members_)
        rushes.push_back(member->rushes());
    for (const bool rushing : {false, true}) {
        for (const std::size_t number : order) {
            Member& member = *members_[number];
            if (rushes[number] != rushing || !member.is_here()) continue;
            member.act();
            gather(number, rushing);
        }
    }
    propose();
    ++now_;
}

void Village::ticks(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        tick();
}

void Village::run_rounds(std::uint64_t count, std::size_t most) {
    for (std::size_t i = 0; i < most && ledger::head(state_).finished.value < count; ++i)
        tick();
    if (ledger::head(state_).finished.value < count)
        fail("round " + std::to_string(count) + " is not finished after " + std::to_string(most) + " blocks");
}

void Village::gather(std::size_t number, bool rushing) {
    Member& member = *members_[number];
    std::uint64_t next_nonce = 0;
    for (const protocol::Transaction& transaction : waiting_) {
        if (transaction.body.sender == member.account())
            next_nonce = std::max(next_nonce, transaction.body.nonce + 1);
    }
    const std::uint64_t nonce = ledger::account(state_, member.account()).nonce;
    node::TransactionQueue::Plan plan =
        member.queue().plan({height(), nonce, std::max(nonce, next_nonce), k_fee});
    for (auto& planned : plan.submit) {
        const Status admitted = ledger::admit_transaction(state_, planned.transaction, height().next());
        if (!admitted) {
            member.queue().refused(planned.ticket);
            member.complain(admitted.error().message);
            continue;
        }
        member.queue().admitted(planned.ticket);
        origins_[protocol::transaction_id(planned.transaction)] = {number, planned.ticket};
        const auto place = rushing ? waiting_.begin() + rushed_++ : waiting_.end();
        waiting_.insert(place, std::move(planned.transaction));
    }
}

Result<ledger::AssembledBlock> Village::draft(std::size_t founder, ledger::Overlay& overlay) const {
    const Account& account = members_[founder]->account();
    protocol::Header header;
    header.chain_id = genesis_.chain_id();
    header.height = height().next();
    header.proposer = account;
    header.beacon_reveal = beacons_[founder].reveal(ledger::validator(state_, account)->reveals);
    return ledger::assemble_block(overlay, std::move(header), waiting_, protocol::k_max_block_bytes);
}

void Village::propose() {
    for (std::size_t passed = 0; passed < founders_.size(); ++passed) {
        const std::size_t founder = founders_[turn_++ % founders_.size()];
        Member& member = *members_[founder];
        if (!member.is_here()) continue;
        ledger::Overlay overlay(state_);
        Result<ledger::AssembledBlock> made = draft(founder, overlay);
        if (!made) fail("no block can be made: " + made.error().message);
        if (!member.behaviour().proposes(member, made->block)) continue;
        const std::vector<Shares> before = holdings();
        state_.apply(overlay.take_changes());
        const std::vector<Shares> after = holdings();
        for (std::size_t i = 0; i < members_.size(); ++i) {
            if (const auto lost = checked_sub(before[i], after[i])) members_[i]->count_loss(*lost);
        }
        settle(made->block, made->outcome);
        outcomes_.push_back(std::move(made->outcome));
        return;
    }
    fail("nobody proposes");
}

void Village::settle(const protocol::Block& block, const ledger::BlockOutcome& outcome) {
    std::set<Hash> included;
    for (std::size_t i = 0; i < outcome.receipts.size(); ++i) {
        const ledger::TransactionReceipt& receipt = outcome.receipts[i];
        included.insert(receipt.id);
        const auto origin = origins_.find(receipt.id);
        members_[origin->second.member]->heard(origin->second.ticket, receipt);
        origins_.erase(origin);
    }
    const protocol::Height next = block.header.height.next();
    std::erase_if(waiting_, [&](const protocol::Transaction& transaction) {
        const Hash id = protocol::transaction_id(transaction);
        if (included.contains(id)) return true;
        if (ledger::admit_transaction(state_, transaction, next)) return false;
        origins_.erase(id);
        return true;
    });
    rushed_ = 0;
}

std::vector<Shares> Village::holdings() const {
    std::vector<Shares> shares;
    for (const auto& member : members_)
        shares.push_back(ledger::account(state_, member->account()).total);
    return shares;
}

std::uint64_t Village::decided() const {
    std::uint64_t count = 0;
    for (const ledger::BlockOutcome& outcome : outcomes_) {
        for (const ledger::Event& event : outcome.events) {
            const auto* advanced = std::get_if<ledger::RoundAdvanced>(&event);
            if (advanced != nullptr && advanced->phase == ledger::RoundPhase::decided) ++count;
        }
    }
    return count;
}

std::size_t Village::honest_slashed() const {
    const auto is_honest = [&](const Account& account) {
        return std::any_of(members_.begin(), members_.end(), [&](const auto& member) {
            return member->account() == account && member->is_honest();
        });
    };
    std::size_t count = 0;
    const auto look = [&](const ledger::Events& events) {
        for (const ledger::Event& event : events) {
            const auto* slashed = std::get_if<ledger::Slashed>(&event);
            if (slashed != nullptr && is_honest(slashed->offender)) ++count;
        }
    };
    for (const ledger::BlockOutcome& outcome : outcomes_) {
        look(outcome.events);
        for (const ledger::TransactionReceipt& receipt : outcome.receipts)
            look(receipt.events);
    }
    return count;
}

Shares Village::lost_by_honest() const {
    Shares sum;
    for (const auto& member : members_) {
        if (member->is_honest()) sum += member->standing().lost;
    }
    return sum;
}

}  // namespace dure::adversary
