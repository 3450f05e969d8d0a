// /metrics of a node that trains and sells, around a paid call; and the dashboard, which may only name what is there.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <thread>

#include "tests/support/metrics_text.h"
#include "tests/tools/seller.h"
#include "tools/dure/paying.h"

namespace dure::tools {
namespace {

namespace json = boost::json;
using test::MetricsReader;

class MetricsOfSeller : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        seller = new Seller([](node::NodeConfig& config) { config.trainer = true; });
        EXPECT_TRUE(comes_to("dure_chain_height", 1));
    }
    static void TearDownTestSuite() {
        delete seller;
        seller = nullptr;
    }
    static std::map<std::string, test::MetricsFamily> metrics() {
        Api api = *Api::open(seller->url());
        const auto answer = api.exchange(boost::beast::http::verb::get, "/metrics");
        EXPECT_TRUE(answer);
        EXPECT_EQ(answer->status, 200U);
        EXPECT_EQ(answer->header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        return MetricsReader::read(answer->body);
    }
    static double value(const std::string& sample) {
        const auto families = metrics();
        const auto family = families.find(sample.substr(0, sample.find('{')));
        if (family == families.end()) {
            ADD_FAILURE() << sample << " is not there";
            return 0;
        }
        return family->second.samples.at(sample);
    }
    static bool comes_to(const std::string& sample, double least) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (value(sample) < least && std::chrono::steady_clock::now() < limit)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return value(sample) >= least;
    }
    static inline Seller* seller = nullptr;
};

TEST_F(MetricsOfSeller, APaidCallIsCountedFromItsVoucherToItsSettlement) {
    const double settled = value("dure_fees_settled_grain_total");
    const double answered = value("dure_http_responses_total{code=\"2xx\"}");
    ChannelBook book = *ChannelBook::open(seller->wallet(0));
    book.budget.for_run = BudgetLimits{Coin{10'000'000}, Coin{k_grain_per_dure}};
    PayerOptions options;
    options.node = *Url::parse(seller->url());
    options.deposit = Coin{20'000'000};
    Buyer buyer(book, customer_key(0), options);
    const json::object request{{"prompt", "농부가 논에서"}, {"max_tokens", 12}, {"seed", 5}};
    auto paid = buyer.ask("/v1/completions", request);
    while (!paid && paid.error().code == ErrorCode::unavailable) {  // no checkpoint loaded yet
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        paid = buyer.ask("/v1/completions", request);
    }
    ASSERT_TRUE(paid) << paid.error().message;
    EXPECT_EQ(value("dure_answers_paid_total"), 1);
    EXPECT_EQ(value("dure_answers_input_tokens_total"), static_cast<double>(paid->receipt.input_tokens));
    EXPECT_EQ(value("dure_answers_output_tokens_total"), static_cast<double>(paid->receipt.output_tokens));
    EXPECT_EQ(value("dure_answers_earned_grain_total"), static_cast<double>(paid->receipt.cost.value));
    EXPECT_EQ(value("dure_answers_under_way"), 0);
    EXPECT_GE(value("dure_payments_vouchers_total{outcome=\"accepted\"}"), 1);
    EXPECT_EQ(value("dure_payments_channels"), 1);
    EXPECT_GT(value("dure_http_responses_total{code=\"2xx\"}"), answered);
    EXPECT_GE(value("dure_http_responses_total{code=\"4xx\"}"), 1) << "the 402 that said what the call costs";
    EXPECT_TRUE(comes_to("dure_payments_settlements_total{outcome=\"final\"}", 1));
    EXPECT_TRUE(
        comes_to("dure_fees_settled_grain_total", settled + static_cast<double>(paid->receipt.cost.value)));
    EXPECT_EQ(value("dure_payments_settlements_total{outcome=\"failed\"}"), 0);
    EXPECT_GT(value("dure_storage_chain_bytes"), 0);
    EXPECT_GT(value("dure_blobs_stored_bytes"), 0);
    EXPECT_EQ(value("dure_http_failures_total"), 0);
}

/// Every name in an expression of PromQL that stands for a metric: labels, functions and strings aside.
std::set<std::string> names_in(const std::string& expression) {
    static const std::regex name("(?:dure|process)_[a-z0-9_]+");
    std::set<std::string> names;
    for (std::sregex_iterator one(expression.begin(), expression.end(), name), end; one != end; ++one)
        names.insert(one->str());
    return names;
}

void collect(const json::value& part, std::set<std::string>& names) {
    if (part.is_array()) {
        for (const json::value& one : part.as_array())
            collect(one, names);
    } else if (part.is_object()) {
        for (const auto& [key, one] : part.as_object()) {
            if ((key == "expr" || key == "query") && one.is_string())
                names.merge(names_in(std::string(one.as_string())));
            collect(one, names);
        }
    }
}

std::string file_text(const std::string& name) {
    std::ifstream in(std::string(DURE_OPERATING_DOCS) + "/" + name);
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(MetricsOfSeller, TheDashboardNamesOnlyWhatIsThere) {
    const auto families = metrics();
    std::set<std::string> samples;
    for (const auto& [name, family] : families) {
        samples.insert(name);
        for (const auto& [sample, number] : family.samples)
            samples.insert(sample.substr(0, sample.find('{')));
    }
    std::set<std::string> named;
    collect(json::parse(file_text("grafana.json")), named);
    EXPECT_GT(named.size(), 15U);
    for (const std::string& name : named)
        EXPECT_TRUE(samples.contains(name)) << name;
}

TEST_F(MetricsOfSeller, ThePageOnRunningNodesExplainsEachAndNoOther) {
    std::set<std::string> explained;
    for (const std::string& name : names_in(file_text("running.md")))
        explained.insert(name);
    for (const auto& [name, family] : metrics())
        EXPECT_TRUE(explained.erase(name) == 1 || name.starts_with("process_"))
            << name << " is not in running.md";
    std::erase_if(explained, [](const std::string& name) { return name.starts_with("process_"); });
    EXPECT_EQ(explained, std::set<std::string>());
}

}  // namespace
}  // namespace dure::tools
