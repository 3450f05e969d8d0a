#include "ledger/records/genesis.h"

#include <string>

namespace dure::ledger {

namespace {

Error invalid(std::string message) {
    return {ErrorCode::invalid, "genesis: " + std::move(message)};
}

/// Errors: `invalid` unless accounts ascend strictly.
template <class List>
Status check_order(const List& list, const char* what) {
    for (std::size_t i = 1; i < list.size(); ++i) {
        if (!(list[i - 1].account < list[i].account)) {
            return invalid(std::string(what) + " must ascend by account, each once; see number " +
                           std::to_string(i));
        }
    }
    return {};
}

Status check_chat(const ChatTemplate& chat) {
    if (chat.assistant_begin.empty())
        return invalid("the chat template has nothing that an answer begins with");
    for (const std::string& stop : chat.stops) {
        if (stop.empty()) return invalid("the chat template has an empty stop string");
    }
    return {};
}

Status check_model(const GenesisModel& model) {
    DURE_CHECK(check_chat(model.chat));
    if (model.windows_per_unit == 0 || model.windows_per_unit > k_max_windows_per_unit) {
        return invalid("a work unit has " + std::to_string(model.windows_per_unit) + " windows; 1 to " +
                       std::to_string(k_max_windows_per_unit) + " are possible");
    }
    if (model.window_tokens < 2 || model.window_tokens > k_max_shard_tokens >> 8) {
        return invalid("a window has " + std::to_string(model.window_tokens) +
                       " tokens; it needs at least 2, a sequence and its successor");
    }
    std::uint64_t tokens = 0;
    for (const GenerationRecord& generation : model.generations) {
        if (generation.admitted_tokens <= tokens) {
            return invalid("a generation is due at " + std::to_string(generation.admitted_tokens) +
                           " tokens, which is not more than " + std::to_string(tokens) +
                           "; later ones need more tokens");
        }
        tokens = generation.admitted_tokens;
    }
    const SegmentPlan& unit = model.unit;
    if (unit.steps == 0 || unit.steps > k_max_unit_steps || model.windows_per_unit % unit.steps != 0) {
        return invalid("a work unit has " + std::to_string(unit.steps) + " steps; 1 to " +
                       std::to_string(k_max_unit_steps) + " are possible, and its " +
                       std::to_string(model.windows_per_unit) + " windows must divide among them");
    }
    if (unit.segment_steps == 0 || unit.segments() > k_max_segments) {
        return invalid("a segment has " + std::to_string(unit.segment_steps) + " of a work unit's " +
                       std::to_string(unit.steps) + " steps; a unit may have 1 to " +
                       std::to_string(k_max_segments) + " segments");
    }
    return {};
}

}  // namespace

ChatTemplate ChatTemplate::plain() {
    ChatTemplate chat;
    chat.system_begin = "### System\n";
    chat.user_begin = "### User\n";
    chat.assistant_begin = "### Assistant\n";
    chat.system_end = chat.user_end = chat.assistant_end = "\n\n";
    chat.stops.emplace_back("\n###");
    return chat;
}

Status Genesis::check() const {
    if (version != k_genesis_version) {
        return invalid("version " + std::to_string(version) + " is not " + std::to_string(k_genesis_version) +
                       ", the one this program knows");
    }
    if (chain_name.empty()) return invalid("the chain has no name");
    DURE_CHECK(parameters.check());
    DURE_CHECK(changes.check(parameters));
    DURE_CHECK(check_order(validators, "validators"));
    DURE_CHECK(check_order(balances, "balances"));
    DURE_CHECK(validator_set().check());
    if (validator_set().total_weight() > k_max_genesis_shares.value) {
        return invalid("the validators' bonds sum to more than " + to_text(k_max_genesis_shares) + " shares");
    }
    for (const GenesisValidator& validator : validators) {
        if ((validator.roles & ~k_all_roles) != 0)
            return invalid("validator " + validator.account.address() + " has an unknown role");
        if (const Status service = check_service_url(validator.service); !service)
            return with_context(service.error(), "validator " + validator.account.address());
    }
    Coin coins;
    for (const GenesisBalance& balance : balances) {
        const auto sum = checked_add(coins, balance.coins);
        if (!sum || sum->value >= k_max_supply)
            return invalid("the balances sum to more than " + to_text(Coin{k_max_supply}) + " DURE");
        coins = *sum;
    }
    return check_model(model);
}

Hash Genesis::chain_id() const {
    static const TaggedHash hash("dure/chain");
    return hash.of(*this);
}

protocol::ValidatorSet Genesis::validator_set() const {
    protocol::ValidatorSet set;
    for (const GenesisValidator& validator : validators)
        set.validators.push_back({validator.account, validator.bonded.value});
    return set;
}

protocol::Block genesis_block(const Genesis& genesis) {
    protocol::Block block;
    block.header.chain_id = genesis.chain_id();
    return block;
}

}  // namespace dure::ledger
