#include "node/roles/tasks/shared.h"

#include <map>

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// What a unit trains on, as the state names it.
struct UnitPlan {
    std::vector<ledger::Window> windows;
    std::map<Hash, ledger::ShardRecord> shards;  ///< those they are of
};

Result<UnitPlan> plan_of(const ledger::StateReader& state, const ledger::AssignedUnit& unit) {
    const auto round = ledger::round(state, unit.round);
    if (!round) return Error{ErrorCode::not_found, "round " + to_text(unit.round) + " is not in the state"};
    UnitPlan plan{ledger::windows_of_unit(state, round->record, unit.unit), {}};
    for (const ledger::Window& window : plan.windows) {
        if (plan.shards.contains(window.shard)) continue;
        auto shard = ledger::shard(state, window.shard);
        if (!shard)
            return Error{ErrorCode::not_found, "shard " + window.shard.hex() + " is not in the state"};
        plan.shards.emplace(window.shard, std::move(shard->record));
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

Status append_window(std::vector<std::int32_t>& windows, const trainer::Tokens& tokens, std::uint64_t first,
                     std::size_t length) {
    if (tokens.size() < length || first > tokens.size() - length)
        return Error{ErrorCode::invalid, "a window lies beyond its end"};
    const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(first);
    windows.insert(windows.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
    return {};
}

asio::awaitable<Result<PreparedUnit>> prepare(const ledger::StateReader& state, Library& library,
                                              ledger::AssignedUnit unit) {
    Result<UnitPlan> plan = plan_of(state, unit);
    if (!plan) co_return plan.error();
    Result<Library::CheckpointPtr> base = co_await library.checkpoint(unit.base);
    if (!base) co_return base.error();
    std::map<Hash, Library::TokensPtr> texts;
    for (const auto& [shard, record] : plan->shards) {
        Result<Library::TokensPtr> tokens =
            co_await library.shard(shard, record.kind, record.answer.token_ids_hash);
        if (!tokens) co_return tokens.error();
        texts.emplace(shard, *tokens);
    }
    const std::size_t length = library.train().window_tokens();
    std::vector<std::int32_t> windows;
    windows.reserve(plan->windows.size() * length);
    for (const ledger::Window& window : plan->windows) {
        const Status added = append_window(windows, *texts.at(window.shard), window.first_token, length);
        if (!added) co_return with_context(added.error(), "shard " + window.shard.hex());
    }
    co_return PreparedUnit{*base, library.train(), std::move(windows)};
}

}  // namespace dure::node
