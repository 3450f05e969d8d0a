// Why somebody was paid, over HTTP: what the routes say is what lies in the ledger, page by page.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include "ledger/earnings.h"
#include "node/api/routes.h"
#include "tests/ledger/harness.h"

namespace dure::node {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
namespace testing = ledger::testing;

class ReceiptRoutes : public ::testing::Test {
  protected:
    ReceiptRoutes() {
        add_receipt_routes(
            router_, [this]() -> const ledger::StateReader& { return chain_.state(); }, chain_.genesis());
        chain_.add_data(8, "a text");
        for (int i = 0; i < 400 && ledger::head(chain_.state()).finished.value < 3; ++i)
            chain_.work();
        chain_.pay(1'000'000);
    }

    HttpResponse get(const std::string& target) {
        const Result<Target> parsed = parse_target(target);
        EXPECT_TRUE(parsed) << target;
        HttpRequest request;
        request.method = "GET";
        request.path = parsed->path;
        request.query = parsed->query;
        const Router::Match match = router_.match(request);
        if (match.route == nullptr) return match.refusal;
        HttpResponse response;
        auto answer = [&]() -> asio::awaitable<void> { response = co_await match.route->handler(request); };
        asio::io_context io;
        asio::co_spawn(io, std::move(answer), asio::detached);
        io.run();
        return response;
    }
    json::object get_json(const std::string& target) {
        const HttpResponse response = get(target);
        EXPECT_EQ(response.status, 200U) << target << ": " << response.body;
        return json::parse(response.body).as_object();
    }

    testing::Harness chain_;
    Router router_;
};

std::string text_at(const json::object& object, const char* name) {
    return std::string(object.at(name).as_string());
}
Shares shares_at(const json::object& object, const char* name) {
    return Shares{std::stoull(text_at(object, name))};
}

TEST_F(ReceiptRoutes, AReceiptGivesEachShareMintedAndTheNumbersItFollowsFrom) {
    const json::object receipt = get_json("/v1/rounds/1/receipt");
    const ledger::RoundView round = *ledger::round(chain_.state(), protocol::Round{1});
    EXPECT_EQ(receipt.at("phase").as_string(), "decided");
    EXPECT_EQ(receipt.at("held_out_loss_before").to_number<std::uint64_t>(), 9'000'000U);
    EXPECT_EQ(receipt.at("held_out_loss_after").to_number<std::uint64_t>(), 8'900'000U);
    EXPECT_EQ(receipt.at("units").as_array().size(), round.units.size());
    for (const json::value& unit : receipt.at("units").as_array()) {
        const json::object& audit = unit.at("audits").at(0).as_object();
        EXPECT_TRUE(audit.at("same").as_bool());
        EXPECT_TRUE(Account::from_address(text_at(audit, "auditor")));
    }
    const ledger::Parameters parameters = ledger::parameters(chain_.state());
    EXPECT_EQ(receipt.at("formula").at("target_units").to_number<std::uint32_t>(), parameters.target_units);
    Shares sum;
    bool has_data = false;
    const json::array& minted = receipt.at("minted").as_array();
    ASSERT_EQ(minted.size(), round.minted.size());
    for (std::size_t line = 0; line < minted.size(); ++line) {
        const json::object& row = minted[line].as_object();
        EXPECT_EQ(row.at("line").to_number<std::size_t>(), line);
        EXPECT_EQ(text_at(row, "contributor"), round.minted[line].contributor.address());
        sum += shares_at(row, "amount");
        if (row.at("kind").as_string() != "data") continue;
        has_data = true;
        EXPECT_EQ(row.at("license").as_string(), "CC0-1.0");
        EXPECT_EQ(row.at("tokens_used").to_number<std::uint64_t>(),
                  64 * row.at("windows").to_number<std::uint64_t>());
    }
    EXPECT_TRUE(has_data);
    EXPECT_EQ(sum, round.record.mint->minted);
    EXPECT_EQ(shares_at(receipt.at("mint").as_object(), "minted"), sum);
}

TEST_F(ReceiptRoutes, AnUnfinishedRoundHasNoReceipt) {
    const std::uint64_t live = ledger::head(chain_.state()).live.value;
    EXPECT_EQ(get("/v1/rounds/" + std::to_string(live) + "/receipt").status, 404U);
    EXPECT_EQ(get("/v1/rounds/99999/receipt").status, 404U);
    EXPECT_EQ(get("/v1/rounds/last/receipt").status, 400U);
    EXPECT_EQ(get("/v1/rounds/1/receipt?limit=1").status, 400U) << "it has no pages";
}

TEST_F(ReceiptRoutes, EarningsComePageByPageAndSumToWhatIsOwned) {
    const Account account = testing::account_of(0);
    const std::string path = "/v1/accounts/" + account.address() + "/earnings";
    const json::object first = get_json(path + "?limit=1");
    const ledger::AccountView owned = ledger::account(chain_.state(), account);
    EXPECT_EQ(shares_at(first, "total"), owned.total);
    const json::object& flows = first.at("flows").as_object();
    EXPECT_EQ(shares_at(first, "minted") + shares_at(flows, "founded"), owned.total);
    EXPECT_EQ(first.at("fees").at("settlements").as_array().size(), 1U);

    Shares sum;
    std::size_t pages = 0;
    json::object page = first;
    while (true) {
        ++pages;
        for (const json::value& row : page.at("items").as_array())
            sum += shares_at(row.as_object(), "amount");
        if (page.at("next").is_null()) break;
        page = get_json(path + "?limit=1&cursor=" + text_at(page, "next"));
        EXPECT_FALSE(page.contains("total")) << "only the first page explains";
    }
    EXPECT_EQ(sum, shares_at(first, "minted"));
    EXPECT_EQ(pages, get_json(path).at("items").as_array().size());
    EXPECT_GE(pages, 6U) << "compute and blocks of three rounds";
}

TEST_F(ReceiptRoutes, EarningsOfNobodyAreNothingAndOfNonsenseAnError) {
    const json::object nobody = get_json("/v1/accounts/" + testing::account_of(10).address() + "/earnings");
    EXPECT_TRUE(nobody.at("items").as_array().empty());
    const std::string path = "/v1/accounts/" + testing::account_of(0).address() + "/earnings";
    EXPECT_EQ(get(path + "?cursor=1").status, 400U);
    EXPECT_EQ(get(path + "?cursor=1.99999999999").status, 400U);
    EXPECT_EQ(get(path + "?limit=0").status, 400U);
    EXPECT_EQ(get("/v1/accounts/dure1nobody/earnings").status, 400U);
}

TEST_F(ReceiptRoutes, RecordsAreTheWholeStatePageByPage) {
    std::vector<std::pair<std::string, std::string>> all;
    chain_.state().scan({}, {}, [&](ByteView key, ByteView value) {
        all.emplace_back(to_hex(key), to_hex(value));
        return true;
    });
    std::vector<std::pair<std::string, std::string>> paged;
    std::string from;
    while (true) {
        const json::object page = get_json("/v1/records?limit=7" + (from.empty() ? "" : "&from=" + from));
        for (const json::value& record : page.at("items").as_array())
            paged.emplace_back(text_at(record.as_object(), "key"), text_at(record.as_object(), "value"));
        if (page.at("next").is_null()) break;
        from = text_at(page, "next");
    }
    EXPECT_EQ(paged, all);
    const std::string prefix = all.front().first.substr(0, 2);
    const json::object of_one_table = get_json("/v1/records?prefix=" + prefix);
    for (const json::value& record : of_one_table.at("items").as_array())
        EXPECT_EQ(text_at(record.as_object(), "key").substr(0, 2), prefix);
    EXPECT_EQ(get("/v1/records?prefix=zz").status, 400U);
    EXPECT_EQ(get("/v1/records?limit=1001").status, 400U);
}

TEST_F(ReceiptRoutes, GenesisIsItsBytes) {
    const HttpResponse response = get("/v1/genesis");
    const auto genesis = decode<ledger::Genesis>(as_bytes(response.body));
    ASSERT_TRUE(genesis);
    EXPECT_EQ(genesis->chain_id(), chain_.genesis().chain_id());
}

}  // namespace
}  // namespace dure::node
