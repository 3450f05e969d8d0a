#include "tools/dure/devnet/harvest.h"

#include <algorithm>
#include <chrono>

#include "tools/dure/signing.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace json = boost::json;

namespace {

constexpr const char* k_customer = "customer";
constexpr std::chrono::seconds k_settlement_patience{60};
/// A round that ends between settlement and question changes the shares; then another answer is bought.
constexpr int k_sale_attempts = 5;
constexpr unsigned k_page = 1000;

const std::map<std::string, ShareKind> k_kinds = {
    {"compute", ShareKind::compute}, {"data", ShareKind::data}, {"validator", ShareKind::validator}};

std::string in_dure(Uint128 fine) {
    const auto grain = static_cast<std::uint64_t>(fine >> 64);
    return to_text(Coin{grain});
}

/// All pages of a list that goes by cursor.
Result<std::vector<json::value>> all_of(Network& network, const std::string& path) {
    std::vector<json::value> entries;
    std::string cursor;
    do {
        std::string target = path + "?limit=" + std::to_string(k_page);
        if (!cursor.empty()) target += "&cursor=" + cursor;
        DURE_TRY(const json::value page, network.ask_any(target));
        for (const auto& entry : list_at(page, "items"))
            entries.push_back(entry);
        cursor = text_at(page, "next");
    } while (!cursor.empty());
    return entries;
}

struct OwnersNow {
    std::vector<Owner> owners;
    std::uint64_t total = 0;
};

Result<OwnersNow> owners_now(Network& network) {
    DURE_TRY(const json::value answer, network.ask_any("/v1/owners?limit=" + std::to_string(k_page)));
    OwnersNow now;
    now.total = number_at(answer, "total_shares");
    for (const auto& owner : list_at(answer, "items"))
        now.owners.push_back({text_at(owner, "address"), Shares{number_at(owner, "total")}});
    return now;
}

Result<Settlement> settlement_of(const json::value& record) {
    Settlement settlement;
    settlement.amount = {number_at(record, "amount")};
    settlement.server_part = {number_at(record, "server_part")};
    settlement.owners_part = {number_at(record, "owners_part")};
    settlement.validators_part = {number_at(record, "validators_part")};
    DURE_TRY(settlement.accumulator_before, wide_from_text(text_at(record, "accumulator_before")));
    DURE_TRY(settlement.accumulator_after, wide_from_text(text_at(record, "accumulator_after")));
    settlement.carry_before = number_at(record, "carry_before");
    settlement.carry_after = number_at(record, "carry_after");
    settlement.total_shares = {number_at(record, "total_shares")};
    return settlement;
}

/// Buys one answer and follows it to its settlement. Nothing if the shares changed in between.
Result<bool> try_sale(Network& network, const Devnet& devnet, Sale& sale, const SayLine& say) {
    DURE_TRY(const Api server, network.api(0));
    DURE_TRY(const SecretKey customer, Wallet(devnet.wallet()).unlock(k_customer, password_source({})));
    DURE_TRY(ChannelBook book, ChannelBook::open_to_pay(devnet.wallet(), "dure devnet"));
    book.budget.for_run = BudgetLimits{Coin{k_grain_per_dure}, Coin{1'000 * k_grain_per_dure}};
    PayerOptions paying;
    DURE_TRY(paying.node, Url::parse(server.url()));
    paying.deposit = Coin{k_grain_per_dure};
    Buyer buyer(book, customer, paying);
    const json::object request{
        {"prompt", sale.prompt}, {"max_tokens", 48}, {"temperature", 0.7}, {"seed", 7}};
    DURE_TRY(sale.paid, buyer.ask("/v1/completions", request));
    say("paid for an answer; waiting for the server's settlement");
    const std::string channel = sale.paid.receipt.reference.hex();
    const auto deadline = std::chrono::steady_clock::now() + k_settlement_patience;
    DURE_TRY(OwnersNow before, owners_now(network));
    while (true) {
        DURE_TRY(const json::value record, network.ask_any("/v1/channels/" + channel));
        DURE_TRY(const OwnersNow now, owners_now(network));
        if (number_at(record, "settled") >= sale.paid.receipt.spent.value) {
            DURE_TRY(const json::value latest, network.ask_any("/v1/settlements?limit=20"));
            for (const auto& settlement : list_at(latest, "items")) {
                if (text_at(settlement, "channel") != channel) continue;
                sale.settlement = settlement;
                DURE_TRY(sale.split, settlement_of(settlement));
                const std::uint64_t among = sale.split.total_shares.value;
                if (now.total != among && before.total != among) return false;
                DURE_TRY(sale.parts,
                         split_among(sale.split, now.total == among ? now.owners : before.owners));
                return true;
            }
            return Error{ErrorCode::unavailable,
                         "the channel " + channel + " is settled, but no node shows the settlement"};
        }
        if (std::chrono::steady_clock::now() > deadline) {
            return Error{ErrorCode::unavailable, "the server has not settled channel " + channel +
                                                     " within " +
                                                     std::to_string(k_settlement_patience.count()) + " s"};
        }
        before = now;
        if (!pause_for(std::chrono::milliseconds(150))) return Error{ErrorCode::unavailable, "interrupted"};
    }
}

/// A text of several lines under a label.
std::string indented(const std::string& text) {
    std::string out;
    for (const char c : text)
        out += c == '\n' ? std::string("\n           ") : std::string(1, c);
    return out;
}

std::uint64_t shares_for(const OwnerRow& row, ShareKind kind) {
    const auto found = row.shares.find(kind);
    return found == row.shares.end() ? 0 : found->second;
}

}  // namespace

Status gather_owners(Network& network, const Devnet& devnet, Harvest& harvest) {
    std::map<std::string, OwnerRow> rows;
    DURE_TRY(const std::vector<json::value> owners, all_of(network, "/v1/owners"));
    for (const auto& owner : owners) {
        OwnerRow& row = rows[text_at(owner, "address")];
        row.address = text_at(owner, "address");
        row.name = devnet.name_of(row.address);
        row.total = number_at(owner, "total");
    }
    DURE_TRY(const std::vector<json::value> rounds, all_of(network, "/v1/rounds"));
    harvest.curve.clear();
    harvest.growths.clear();
    for (const auto& listed : rounds) {
        const std::uint64_t number = number_at(listed, "number");
        if (number == 1)
            harvest.curve.push_back({0, static_cast<double>(number_at(listed, "base.held_out_loss")) / 1e6});
        if (text_at(listed, "phase") != "decided") continue;
        harvest.curve.push_back(
            {number, static_cast<double>(number_at(listed, "checkpoint.held_out_loss")) / 1e6});
        if (const std::string generation = text_at(listed, "grows_to"); !generation.empty())
            harvest.growths[number] = number_at(listed, "grows_to");
        DURE_TRY(const json::value round, network.ask_any("/v1/rounds/" + std::to_string(number)));
        for (const auto& minted : list_at(round, "minted")) {
            const auto kind = k_kinds.find(text_at(minted, "kind"));
            const auto row = rows.find(text_at(minted, "beneficiary"));
            if (kind != k_kinds.end() && row != rows.end())
                row->second.shares[kind->second] += number_at(minted, "amount");
        }
    }
    std::sort(harvest.curve.begin(), harvest.curve.end(),
              [](const Point& a, const Point& b) { return a.x < b.x; });
    harvest.owners.clear();
    for (auto& [address, row] : rows) {
        std::uint64_t minted = 0;
        for (const auto& [kind, amount] : row.shares)
            minted += amount;
        if (minted < row.total) row.shares[ShareKind::founding] = row.total - minted;
        harvest.owners.push_back(std::move(row));
    }
    std::sort(harvest.owners.begin(), harvest.owners.end(),
              [](const OwnerRow& a, const OwnerRow& b) { return a.name < b.name; });
    return {};
}

Status sell_an_answer(Network& network, const Devnet& devnet, const std::string& prompt, Sale& sale,
                      const SayLine& say) {
    sale.prompt = prompt;
    for (int attempt = 0; attempt < k_sale_attempts; ++attempt) {
        DURE_TRY(const bool done, try_sale(network, devnet, sale, say));
        if (done) return {};
        say("a round ended in between; asking again");
    }
    return Error{
        ErrorCode::unavailable,
        "rounds end too fast to see a settlement and its owners together; try a longer --unit-steps"};
}

std::string harvest_text(const Harvest& harvest, const Devnet& devnet) {
    std::string out = "\nHeld-out loss (nats a token) by round\n\n" + plot(harvest.curve, "round") + "\n";

    for (const auto& [round, generation] : harvest.growths) {
        out += "In round " + std::to_string(round) + " the model grew to generation " +
               std::to_string(generation) + "; what it said stayed the same, bit for bit.\n";
    }
    if (!harvest.growths.empty()) out += "\n";
    out += "Who owns the model, and what for (shares)\n\n";
    Table owners({"owner", "address", "computing", "data", "validating", "founding", "all"});
    std::map<ShareKind, std::uint64_t> sums;
    std::uint64_t total = 0;
    for (const OwnerRow& row : harvest.owners) {
        owners.row({row.name, shorten(row.address, 12), to_text(Shares{shares_for(row, ShareKind::compute)}),
                    to_text(Shares{shares_for(row, ShareKind::data)}),
                    to_text(Shares{shares_for(row, ShareKind::validator)}),
                    to_text(Shares{shares_for(row, ShareKind::founding)}), to_text(Shares{row.total})});
        for (const auto& [kind, amount] : row.shares)
            sums[kind] += amount;
        total += row.total;
    }
    owners.row({"all", "", to_text(Shares{sums[ShareKind::compute]}), to_text(Shares{sums[ShareKind::data]}),
                to_text(Shares{sums[ShareKind::validator]}), to_text(Shares{sums[ShareKind::founding]}),
                to_text(Shares{total})});
    out += owners.text("  ");

    const Sale& sale = harvest.sale;
    const Settlement& split = sale.split;
    out += "\nA paid answer\n\n  prompt   " + sale.prompt + "\n  answer   " + indented(sale.paid.text) +
           "\n  cost     " + to_text(sale.paid.receipt.cost) + " DURE for " +
           std::to_string(sale.paid.receipt.input_tokens) + " + " +
           std::to_string(sale.paid.receipt.output_tokens) + " tokens, from " +
           devnet.name_of(text_at(sale.settlement, "server")) + "\n  voucher  channel " +
           shorten(sale.paid.voucher.channel.hex()) + ", " + to_text(sale.paid.voucher.cumulative) +
           " DURE in all, signature " + shorten(to_hex(sale.paid.voucher.signature.bytes)) + "\n";

    out += "\nThe settlement: block " + text_at(sale.settlement, "height") + ", transaction " +
           shorten(text_at(sale.settlement, "transaction")) + "\n\n";
    Table parts_of({"", "grain"});
    parts_of.row({"paid by the customer", std::to_string(split.amount.value)});
    parts_of.row({"to the server", std::to_string(split.server_part.value)});
    parts_of.row({"to the validators", std::to_string(split.validators_part.value)});
    parts_of.row({"to the owners", std::to_string(split.owners_part.value)});
    out += parts_of.text("  ");

    out += "\nEach owner's part of it (1 DURE = 10^9 grain)\n\n";
    Table parts({"owner", "shares", "DURE", "exactly, in grain"});
    Uint128 sum = 0;
    std::vector<OwnerPart> sorted = sale.parts;
    std::sort(sorted.begin(), sorted.end(), [&](const OwnerPart& a, const OwnerPart& b) {
        return devnet.name_of(a.owner.address) < devnet.name_of(b.owner.address);
    });
    for (const OwnerPart& part : sorted) {
        parts.row({devnet.name_of(part.owner.address), to_text(part.owner.shares), in_dure(part.part),
                   fine_grain(part.part)});
        sum += part.part;
    }
    out += parts.text("  ");
    out += "\n  all parts               " + fine_grain(sum) + "\n  + carried to the next   " +
           fine_grain(split.carry_after) + "\n  - carried from before   " + fine_grain(split.carry_before) +
           "\n  = " + fine_grain(sum + split.carry_after - split.carry_before) + "  =  the owners' " +
           std::to_string(split.owners_part.value) + " grain, exactly\n  " +
           std::to_string(split.server_part.value) + " + " + std::to_string(split.validators_part.value) +
           " + " + std::to_string(split.owners_part.value) + " = " + std::to_string(split.amount.value) +
           "  =  the fee, exactly\n";
    return out;
}

json::object harvest_json(const Harvest& harvest, const Devnet& devnet) {
    json::array curve;
    for (const Point& point : harvest.curve)
        curve.push_back({{"round", point.x}, {"held_out_loss", point.y}});
    json::array owners;
    for (const OwnerRow& row : harvest.owners) {
        owners.push_back({{"name", row.name},
                          {"address", row.address},
                          {"compute", shares_for(row, ShareKind::compute)},
                          {"data", shares_for(row, ShareKind::data)},
                          {"validator", shares_for(row, ShareKind::validator)},
                          {"founding", shares_for(row, ShareKind::founding)},
                          {"total", row.total}});
    }
    json::array parts;
    for (const OwnerPart& part : harvest.sale.parts) {
        parts.push_back({{"name", devnet.name_of(part.owner.address)},
                         {"address", part.owner.address},
                         {"shares", part.owner.shares.value},
                         {"grain", to_text(part.part >> 64)},
                         {"fraction", std::to_string(static_cast<std::uint64_t>(part.part))}});
    }
    json::object growths;
    for (const auto& [round, generation] : harvest.growths)
        growths[std::to_string(round)] = generation;
    const node::PaymentReceipt& receipt = harvest.sale.paid.receipt;
    return {{"curve", std::move(curve)},
            {"growths", std::move(growths)},
            {"owners", std::move(owners)},
            {"sale",
             {{"prompt", harvest.sale.prompt},
              {"answer", harvest.sale.paid.text},
              {"voucher", harvest.sale.paid.authorization},
              {"channel", receipt.reference.hex()},
              {"cost", std::to_string(receipt.cost.value)},
              {"spent", std::to_string(receipt.spent.value)},
              {"settlement", harvest.sale.settlement},
              {"parts", std::move(parts)},
              {"exact", true}}}};
}

}  // namespace dure::tools
