#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <mutex>

#include "base/blob.h"
#include "ledger/ownership/slashing.h"
#include "ledger/views.h"
#include "node/roles/tasks.h"
#include "tests/adversary/village.h"
#include "tests/adversary/world.h"
#include "trainer/text/minhash.h"

namespace dure::adversary {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t k_transaction_life_blocks = 40;
constexpr std::uint64_t k_show_spread_blocks = 12;

/// Keys do not depend on the seed: making them is what takes longest.
const SecretKey& key_of_member(std::size_t number) {
    static std::mutex mutex;
    static std::map<std::size_t, SecretKey> keys;
    const std::scoped_lock lock(mutex);
    return keys.try_emplace(number, SecretKey::from_seed("villager " + std::to_string(number))).first->second;
}

std::unique_ptr<node::Library> open_library(node::BlobAccess& blobs, const ledger::Genesis& genesis) {
    auto library = node::Library::create(blobs, genesis, {.has_thread = false});
    EXPECT_TRUE(library) << (library ? "" : library.error().message);
    return std::move(*library);
}

/// Runs a coroutine of a member to its end: nothing in a village keeps one waiting.
template <class T>
T finished(asio::io_context& io, asio::awaitable<T> awaitable) {
    std::optional<T> value;
    auto run = [&value, awaited = std::move(awaitable)]() mutable -> asio::awaitable<void> {
        value.emplace(co_await std::move(awaited));
    };
    asio::co_spawn(io, std::move(run), asio::detached);
    io.restart();
    io.poll();
    EXPECT_TRUE(value.has_value()) << "a member's work waits for something that never comes";
    return std::move(value.value());
}

}  // namespace

Member::Member(Village& village, std::size_t number, MemberOptions options)
    : village_(village),
      number_(number),
      options_(std::move(options)),
      key_(key_of_member(number)),
      is_honest_(options_.behaviour == nullptr),
      behaviour_(options_.behaviour ? options_.behaviour : std::make_shared<Behaviour>()),
      random_(village.seed() * 1'000 + number),
      blobs_(village.blobs(), number),
      library_owner_(open_library(blobs_, village.genesis())),
      library_(*library_owner_),
      workshop_(village.io(), village.kernels()),
      queue_(village.genesis().chain_id(), key_, k_transaction_life_blocks) {}

const Account& Member::account_of(std::size_t number) {
    return key_of_member(number).account();
}

bool Member::is_here() const {
    const auto absent = [now = village_.now()](const Absence& one) {
        return one.from <= now && now < one.until;
    };
    return std::none_of(options_.absences.begin(), options_.absences.end(), absent);
}

const ledger::StateReader& Member::state() const {
    return village_.state();
}

const trainer::Kernels& Member::kernels() const {
    return village_.kernels();
}

void Member::send(ledger::Payload payload, std::optional<protocol::Height> useful_until) {
    queue_.add(std::move(payload), useful_until);
}

Hash Member::put(Bytes blob) {
    return village_.blobs().put(number_, std::make_shared<const Bytes>(std::move(blob)));
}

std::optional<Bytes> Member::fetch(const Hash& blob) {
    const auto bytes = village_.blobs().fetch(number_, blob);
    return bytes ? std::optional(*bytes) : std::nullopt;
}

Result<node::Answer> Member::work(const node::Duty& duty) {
    node::RoleHooks hooks = behaviour_->hooks(*this);
    hooks.train = [this, train = hooks.train](const trainer::Kernels& k, const trainer::WorkUnit& unit,
                                              const Hash& secret, const trainer::ProgressCallback& progress,
                                              const trainer::KeepState& keep) {
        const auto count = [&](const trainer::UnitProgress& now) {
            ++trained_steps_;
            return !progress || progress(now);
        };
        return train(k, unit, secret, count, keep);
    };
    node::WorkTools tools{state(),   blobs_,   library_, workshop_, std::move(hooks), node::UnitSecrets(key_),
                          account(), notebook_};
    Result<node::Answer> answer =
        finished(village_.io(), node::work(std::move(tools), duty, std::make_shared<node::Cancelled>(false)));
    if (const auto* audit = std::get_if<node::AuditDuty>(&duty); audit != nullptr && answer) {
        const std::uint32_t segments = audit->audit.unit.record.audits[audit->audit.task].count;
        replayed_steps_ += std::uint64_t{segments} * world().train.segment_steps;
    }
    return answer;
}

bool Member::rushes() const {
    return has_arrived_ && to_show_.empty() && behaviour_->rushes();
}

void Member::arrive() {
    if (has_arrived_) return;
    has_arrived_ = true;
    if (options_.trains_as_newcomer) {
        send(ledger::RegisterPeer{.roles = ledger::k_role_trainer});
        send(ledger::PostDeposit{.amount = village_.genesis().parameters.newcomer_deposit});
    }
    for (const std::string& text : options_.texts) {
        const Hash shard = put(to_bytes(as_bytes(text)));
        send(ledger::OfferData{ledger::offer_commitment(account(), shard, shard)});
        ledger::ShowData show{.salt = shard,
                              .shard = shard,
                              .bytes = text.size(),
                              .license = ledger::License(std::string("CC0-1.0")),
                              .language = ledger::Language(std::string("ko")),
                              .tags = {},
                              .kind = ledger::PlainText{},
                              .sketch = {trainer::sketch_bytes(trainer::sketch_of(text))}};
        // Not all at once: who offered before and shows after somebody is his peer, on whose text he is scored.
        to_show_.emplace_back(village_.now() + random() % k_show_spread_blocks, std::move(show));
    }
}

void Member::show_texts() {
    const protocol::Height next = village_.height().next();
    std::erase_if(to_show_, [&](const auto& one) {
        const auto& [due, show] = one;
        const auto offer =
            ledger::offer(state(), account(), ledger::offer_commitment(account(), show.salt, show.shard));
        if (!offer || next < offer->earliest || village_.now() < due) return false;
        send(show);
        return true;
    });
}

void Member::act() {
    arrive();
    show_texts();
    behaviour_->every_block(*this);
    const std::vector<node::Duty> duties = node::duties_of(state(), account(), behaviour_->options());
    std::set<node::DutyKey> standing;
    for (const node::Duty& duty : duties)
        standing.insert(node::key_of(duty));
    std::erase_if(done_, [&](const node::DutyKey& key) { return !standing.contains(key); });
    for (const node::Duty& duty : duties) {
        if (!done_.contains(node::key_of(duty))) perform(duty);
    }
    for (Sent& sent : later_) {
        if (sent.due <= village_.now()) send(std::move(sent.payload), sent.useful_until);
    }
    std::erase_if(later_, [&](const Sent& sent) { return sent.due <= village_.now(); });
}

void Member::perform(const node::Duty& duty) {
    std::vector<ledger::Payload> payloads;
    if (auto made_up = behaviour_->instead(*this, duty)) {
        payloads = std::move(*made_up);
    } else {
        Result<node::Answer> answer = work(duty);
        if (!answer) {
            failures_.push_back(node::describe(duty) + ": " + answer.error().message);
            return;
        }
        payloads = behaviour_->answer(*this, duty, std::move(answer->payload));
    }
    done_.insert(node::key_of(duty));
    const protocol::Height deadline = node::deadline_of(duty);
    const auto useful_until = deadline.value == 0 ? std::nullopt : std::optional(deadline);
    for (ledger::Payload& payload : payloads)
        later_.push_back({std::move(payload), useful_until, village_.now() + options_.late});
}

void Member::heard(node::TransactionQueue::Ticket ticket, const ledger::TransactionReceipt& receipt) {
    queue_.included(ticket);
    if (!receipt.ok) complain(receipt.error.message);
}

Standing Member::standing() const {
    const ledger::AccountView view = ledger::account(state(), account());
    return {.shares = view.total,
            .unvested = view.unvested,
            .lost = lost_,
            .coins = view.balance + ledger::deposit_of(state(), account()),
            .trained_steps = trained_steps_,
            .replayed_steps = replayed_steps_};
}

}  // namespace dure::adversary
