#include "tools/dure/paying/channel_book.h"

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <thread>

#include "node/api/json_fields.h"
#include "tools/dure/api.h"
#include "tools/dure/output.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace json = boost::json;

namespace {

constexpr std::size_t k_max_book_bytes = std::size_t{16} << 20;
constexpr std::size_t k_max_lock_bytes = 1'024;
constexpr std::chrono::seconds k_lock_patience{5};

Result<OwnChannel> read_channel(const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr) return Error{ErrorCode::corrupt, "an entry is not an object"};
    node::JsonFields fields(*object);
    OwnChannel channel;
    DURE_TRY(channel.chain_id, fields.hash("chain_id"));
    DURE_TRY(channel.payer, fields.account("payer"));
    DURE_TRY(channel.server, fields.account("server"));
    DURE_TRY(channel.id, fields.hash("channel"));
    DURE_TRY(channel.deposit, fields.coin("deposit"));
    DURE_TRY(channel.spent, fields.coin("spent"));
    DURE_TRY(channel.promised, fields.coin("promised"));
    DURE_TRY(channel.uncertain, fields.coin("uncertain"));
    if (fields.has("opens_until")) {
        DURE_TRY(channel.opens_until, fields.number("opens_until"));
    }
    if (fields.has("closing")) {
        DURE_TRY(channel.closing, fields.boolean("closing"));
    }
    return channel;
}

Result<Budget> read_budget(const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr) return Error{ErrorCode::corrupt, "the budget is not an object"};
    node::JsonFields fields(*object);
    BudgetLimits limits;
    DURE_TRY(limits.per_call, fields.coin("per_call"));
    DURE_TRY(limits.per_day, fields.coin("per_day"));
    DURE_TRY(const std::uint64_t day, fields.number("day"));
    DURE_TRY(const Coin spent, fields.coin("spent"));
    DURE_TRY(const Coin held, fields.coin("held"));
    if (spent.value > k_max_supply || held.value > k_max_supply)
        return Error{ErrorCode::corrupt, "the budget counts more than all coins"};
    return Budget(limits, day, spent, held);
}

Result<node::File> lock_book(const std::filesystem::path& folder, const std::string& program) {
    const std::filesystem::path path = folder / "paying.lock";
    DURE_TRY(node::File file, node::File::open(path, node::File::Mode::create));
    const auto deadline = std::chrono::steady_clock::now() + k_lock_patience;
    while (true) {
        const Status locked = file.lock();
        if (locked) break;
        if (locked.error().code != ErrorCode::conflict) return locked.error();
        if (std::chrono::steady_clock::now() > deadline) {
            const auto who = read_file(path, k_max_lock_bytes);
            return Error{ErrorCode::unavailable,
                         "another program pays out of the wallet " + folder.string() + " (" +
                             (who && !who->empty() ? *who : std::string("unknown")) +
                             "); ask through it, wait for its end, or use another --wallet"};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const std::string who = program + ", process " + std::to_string(::getpid());
    DURE_CHECK(file.truncate(0));
    DURE_CHECK(file.write(0, as_bytes(who)));
    return file;
}

}  // namespace

Result<ChannelBook> ChannelBook::open(const std::filesystem::path& folder) {
    ChannelBook book(folder / "channels.json");
    std::error_code error;
    if (!std::filesystem::exists(book.file_, error)) return book;
    DURE_TRY(const std::string text, read_file(book.file_, k_max_book_bytes));
    boost::system::error_code bad;
    const json::value value = json::parse(text, bad);
    if (bad) return Error{ErrorCode::corrupt, book.file_.string() + " is not JSON: " + bad.message()};
    for (const auto& entry : list_at(value, "channels")) {
        auto channel = read_channel(entry);
        if (!channel) return with_context(channel.error(), book.file_.string());
        book.channels_.push_back(*channel);
    }
    if (const json::value* const kept = find_at(value, "budget"); kept != nullptr) {
        auto budget = read_budget(*kept);
        if (!budget) return with_context(budget.error(), book.file_.string());
        book.budget = *budget;
    }
    for (const auto& entry : list_at(value, "distrusted")) {
        auto server = Account::from_address(text_at(entry, "server"));
        if (!server) return with_context(server.error(), book.file_.string());
        book.distrusted[*server] = text_at(entry, "reason");
    }
    return book;
}

Result<ChannelBook> ChannelBook::open_to_pay(const std::filesystem::path& folder,
                                             const std::string& program) {
    DURE_TRY(node::File lock, lock_book(folder, program));
    DURE_TRY(ChannelBook book, open(folder));
    book.lock_ = std::move(lock);
    return book;
}

OwnChannel* ChannelBook::find(const Hash& chain_id, const Account& payer, const Account& server) {
    const auto found = std::find_if(channels_.begin(), channels_.end(), [&](const OwnChannel& channel) {
        return channel.chain_id == chain_id && channel.payer == payer && channel.server == server &&
               !channel.closing;
    });
    return found == channels_.end() ? nullptr : &*found;
}

OwnChannel* ChannelBook::find(const Hash& id) {
    const auto found = std::find_if(channels_.begin(), channels_.end(),
                                    [&](const OwnChannel& channel) { return channel.id == id; });
    return found == channels_.end() ? nullptr : &*found;
}

void ChannelBook::forget(const Hash& id) {
    std::erase_if(channels_, [&](const OwnChannel& channel) { return channel.id == id; });
}

std::string ChannelBook::text() const {
    json::array list;
    for (const OwnChannel& channel : channels_) {
        json::object entry{
            {"chain_id", channel.chain_id.hex()},          {"payer", channel.payer.address()},
            {"server", channel.server.address()},          {"channel", channel.id.hex()},
            {"deposit", node::decimal(channel.deposit)},   {"spent", node::decimal(channel.spent)},
            {"promised", node::decimal(channel.promised)}, {"uncertain", node::decimal(channel.uncertain)}};
        if (channel.opens_until) entry["opens_until"] = *channel.opens_until;
        if (channel.closing) entry["closing"] = true;
        list.push_back(std::move(entry));
    }
    json::array liars;
    for (const auto& [server, reason] : distrusted)
        liars.push_back({{"server", server.address()}, {"reason", reason}});
    return pretty(json::object{{"channels", std::move(list)},
                               {"budget",
                                {{"per_call", node::decimal(budget.kept.per_call)},
                                 {"per_day", node::decimal(budget.kept.per_day)},
                                 {"day", budget.day()},
                                 {"spent", node::decimal(budget.spent())},
                                 {"held", node::decimal(budget.held())}}},
                               {"distrusted", std::move(liars)}});
}

Status ChannelBook::save_text(const std::filesystem::path& file, std::string_view text) {
    DURE_CHECK(replace_private_file(file, text));
    return node::sync_directory(file.parent_path());
}

}  // namespace dure::tools
