#include "node/roles/tasks/shared.h"

#include <map>

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// What a unit trains on, as the state names it.
struct UnitPlan {
    std::vector<ledger::Window> windows;
    std::map<Hash, Hash> token_ids_hashes;  ///< of each shard in them
};

Result<UnitPlan> plan_of(const ledger::StateReader& state, const ledger::AssignedUnit& unit) {
    const auto round = ledger::round(state, unit.round);
    if (!round) return Error{ErrorCode::not_found, "round " + to_text(unit.round) + " is not in the state"};
    UnitPlan plan{ledger::windows_of_unit(state, round->record, unit.unit), {}};
    for (const ledger::Window& window : plan.windows) {
        if (plan.token_ids_hashes.contains(window.shard)) continue;
        const auto shard = ledger::shard(state, window.shard);
        if (!shard)
            return Error{ErrorCode::not_found, "shard " + window.shard.hex() + " is not in the state"};
        plan.token_ids_hashes.emplace(window.shard, shard->record.answer.token_ids_hash);
    }
    return plan;
}

}  // namespace

std::uint64_t urgency_of(protocol::Height deadline, Rank rank) {
    return deadline.value * 4 + static_cast<std::uint64_t>(rank);
}

std::string nats(std::uint64_t micro) {
    const std::string fraction = std::to_string(micro % 1'000'000);
    return std::to_string(micro / 1'000'000) + "." + std::string(6 - fraction.size(), '0') + fraction;
}

asio::awaitable<Result<PreparedUnit>> prepare(const ledger::StateReader& state, Library& library,
                                              ledger::AssignedUnit unit) {
    Result<UnitPlan> plan = plan_of(state, unit);
    if (!plan) co_return plan.error();
    Result<Library::CheckpointPtr> base = co_await library.checkpoint(unit.base);
    if (!base) co_return base.error();
    std::map<Hash, Library::TokensPtr> texts;
    for (const auto& [shard, token_ids_hash] : plan->token_ids_hashes) {
        Result<Library::TokensPtr> tokens = co_await library.shard(shard, token_ids_hash);
        if (!tokens) co_return tokens.error();
        texts.emplace(shard, *tokens);
    }
    const std::size_t length = library.train().window_tokens();
    std::vector<std::int32_t> windows;
    windows.reserve(plan->windows.size() * length);
    for (const ledger::Window& window : plan->windows) {
        const trainer::Tokens& tokens = *texts.at(window.shard);
        if (window.first_token + length > tokens.size()) {
            co_return Error{ErrorCode::invalid,
                            "a window of shard " + window.shard.hex() + " lies beyond its end"};
        }
        const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(window.first_token);
        windows.insert(windows.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
    }
    co_return PreparedUnit{*base, library.train(), std::move(windows)};
}

}  // namespace dure::node
