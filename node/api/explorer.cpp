#include "node/api/explorer.h"

#include <algorithm>

#include "ledger/views.h"
#include "node/api/encode.h"

namespace dure::node {

namespace json = boost::json;

namespace {

/// A pace is of now: nothing is said of blocks that came longer ago.
constexpr std::chrono::seconds k_pace_age{60};

template <class Visit>
void for_each_event(const ledger::BlockOutcome& outcome, Visit visit) {
    for (const ledger::TransactionReceipt& receipt : outcome.receipts) {
        for (const ledger::Event& event : receipt.events)
            visit(event);
    }
    for (const ledger::Event& event : outcome.events)
        visit(event);
}

bool moves_a_round(const ledger::Event& event) {
    return std::holds_alternative<ledger::RoundAdvanced>(event) ||
           std::holds_alternative<ledger::RoundDecided>(event) ||
           std::holds_alternative<ledger::RoundVoided>(event) ||
           std::holds_alternative<ledger::UpdateSubmitted>(event);
}

}  // namespace

json::object live_round_json(const ledger::StateReader& state) {
    const ledger::RoundRecord round = ledger::current_round(state);
    return {{"number", round.number.value},       {"phase", ledger::name_of(round.phase)},
            {"deadline", round.deadline.value},   {"units_total", round.units},
            {"units_submitted", round.submitted}, {"units_accepted", round.accepted}};
}

Explorer::Explorer(boost::asio::io_context& io, Chain& chain)
    : chain_(chain), feed_(std::make_shared<LiveFeed>(io)) {
    rounds_.follow(chain.state(), chain.genesis().model.held_out_loss);
    owners_.build(chain.state());
}

std::shared_ptr<Explorer> Explorer::open(boost::asio::io_context& io, Chain& chain) {
    const std::shared_ptr<Explorer> explorer(new Explorer(io, chain));
    explorer->handle_ = chain.on_final(
        [weak = std::weak_ptr(explorer)](const protocol::Block& block, const ledger::BlockOutcome& outcome) {
            if (const auto self = weak.lock()) self->after_block(block, outcome);
        });
    return explorer;
}

void Explorer::stop() {
    if (!handle_) return;
    chain_.off(*handle_);
    handle_.reset();
    feed_->stop();
}

std::optional<double> Explorer::blocks_per_second() const {
    if (arrivals_.size() < 2) return std::nullopt;
    const auto now = std::chrono::steady_clock::now();
    if (now - arrivals_.back() > k_pace_age) return std::nullopt;
    // The wait since the last block counts, once it is longer than usual.
    const std::chrono::duration<double> between = arrivals_.back() - arrivals_.front();
    const auto intervals = static_cast<double>(arrivals_.size() - 1);
    const std::chrono::duration<double> waited = now - arrivals_.back();
    const double seconds = std::max(between.count() / intervals, waited.count());
    return seconds > 0 ? std::optional(1 / seconds) : std::nullopt;
}

LiveEvent Explorer::block_event(const protocol::Block& block) const {
    const protocol::Header& header = block.header;
    json::object data{{"height", header.height.value},
                      {"hash", block_hash(header).hex()},
                      {"proposer", header.proposer.address()},
                      {"transactions", block.transactions.size()}};
    const auto pace = blocks_per_second();
    data["blocks_per_second"] = pace ? json::value(*pace) : json::value(nullptr);
    data["syncing"] = chain_.syncing();
    return live_event("block", header.height.value, data);
}

LiveEvent Explorer::round_event() const {
    json::object data = live_round_json(chain_.state());
    const ledger::CheckpointRecord checkpoint = ledger::head(chain_.state()).checkpoint;
    data["rounds_decided"] = rounds_.decided();
    data["held_out_loss"] = checkpoint.held_out_loss;
    data["generation"] = checkpoint.generation.value;
    return live_event("round", chain_.head().height.value, data);
}

void Explorer::after_block(const protocol::Block& block, const ledger::BlockOutcome& outcome) {
    arrivals_.push_back(std::chrono::steady_clock::now());
    if (arrivals_.size() > k_blocks_of_pace) arrivals_.pop_front();
    const std::uint64_t finished = rounds_.decided() + rounds_.voided();
    rounds_.follow(chain_.state(), chain_.genesis().model.held_out_loss);
    owners_.follow(outcome, chain_.state());
    bool round_moved = finished != rounds_.decided() + rounds_.voided();
    for_each_event(outcome, [&](const ledger::Event& event) {
        round_moved = round_moved || moves_a_round(event);
        if (const auto* settled = std::get_if<ledger::ChannelSettled>(&event))
            feed_->publish(live_event("settlement", block.header.height.value, to_json(settled->settlement)));
    });
    if (round_moved) feed_->publish(round_event());
    // Last: whoever has seen this id has seen the height whole.
    feed_->publish(block_event(block));
}

std::shared_ptr<BodySource> Explorer::listen(std::optional<std::uint64_t> seen) {
    const std::uint64_t height = chain_.head().height.value;
    std::vector<LiveEvent> first;
    if (seen && *seen < height && height - *seen > k_max_resumed_blocks)
        first.push_back(live_event("gap", 0, {}));
    first.push_back(round_event());
    std::uint64_t from = height;
    if (seen)
        from = *seen < height ? std::max(*seen + 1, height - std::min(height, k_max_resumed_blocks - 1))
                              : height + 1;
    for (std::uint64_t one = std::max<std::uint64_t>(from, 1); one <= height; ++one) {
        if (const auto block = chain_.block({one})) first.push_back(block_event(*block));
    }
    return feed_->listen(std::move(first));
}

}  // namespace dure::node
