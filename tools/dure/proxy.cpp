// dure proxy: an endpoint on this machine that speaks plain OpenAI to local programs and pays the servers for them.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <iostream>
#include <memory>
#include <random>

#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/paying/spot_replay.h"
#include "tools/dure/proxy_config.h"
#include "tools/dure/proxy_server.h"
#include "tools/dure/purse.h"

namespace dure::tools {

namespace {

namespace json = boost::json;
namespace asio = boost::asio;

constexpr std::chrono::seconds k_save_interval{2};
constexpr double k_check_rate = 0.01;
constexpr unsigned k_check_threads = 1;
constexpr const char* k_false_receipts_folder = "false-receipts";

struct ProxyOptions {
    std::string config_file;
    ProxyConfig config;  ///< what the command line says, in place of the file's
    double check_rate = 0;
    bool status = false;
    bool print_config = false;
};

/// The file's settings, with the command line's where it says something.
Result<ProxyConfig> settings(const ProxyOptions& options, const CLI::App& command,
                             const SharedOptions& shared) {
    ProxyConfig config;
    std::filesystem::path file = options.config_file;
    std::error_code error;
    if (file.empty()) file = std::filesystem::path(shared.wallet) / "proxy.toml";
    if (!options.config_file.empty() || std::filesystem::exists(file, error)) {
        DURE_TRY(config, load_proxy_config(file));
    }
    const ProxyConfig& said = options.config;
    const auto given = [&](const char* name) { return command.count(name) > 0; };
    if (given("--listen")) config.listen = said.listen;
    if (given("--token")) config.token = said.token;
    if (given("--server")) config.servers = said.servers;
    if (given("--from")) config.from = said.from;
    if (given("--per-call")) config.per_call = said.per_call;
    if (given("--per-day")) config.per_day = said.per_day;
    if (given("--deposit")) config.deposit = said.deposit;
    if (given("--check-rate")) config.check_rate = options.check_rate;
    if (given("--report")) config.report = said.report;
    return config;
}

Result<Purse> purse_of(const ProxyConfig& config, const SharedOptions& shared) {
    PayingOptions paying;
    paying.signing.from = config.from;
    paying.signing.fee = config.fee;
    paying.servers = config.servers;
    paying.deposit = config.deposit;
    paying.per_call = config.per_call;
    paying.per_day = config.per_day;
    auto advance = coin_from_text(config.advance);
    if (!advance) return with_context(advance.error(), "advance");
    DURE_TRY(Purse purse, open_purse(paying, shared, "dure proxy at http://" + config.listen));
    purse.options.advance = *advance;
    purse.options.attempts_max = config.attempts;
    purse.options.patience = std::chrono::seconds(config.patience_s);
    return purse;
}

/// What receipts said needs no hurry: it is written now and then.
asio::awaitable<void> keep_book(asio::io_context& io, Payer& payer) {
    asio::steady_timer timer(io);
    while (true) {
        timer.expires_after(k_save_interval);
        boost::system::error_code stopped;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
        auto saving = payer.save_if_changed();
        const Status saved = co_await std::move(saving);
        if (!saved) spdlog::error("{}", saved.error().message);
    }
}

/// A number from 0 up to 1.
double draw() {
    static std::mt19937_64 random{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(random);
}

SpotCheckOptions checks_of(const ProxyConfig& config, const Purse& purse, const SharedOptions& shared) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(purse.options.node.host, error);
    const bool is_here = purse.options.node.host == "localhost" || (!error && address.is_loopback());
    SpotCheckOptions checks;
    checks.rate = config.check_rate.value_or(is_here ? k_check_rate : 0);
    checks.report = config.report;
    checks.folder = std::filesystem::path(shared.wallet) / k_false_receipts_folder;
    return checks;
}

Status run_proxy(const ProxyConfig& config, const SharedOptions& shared) {
    DURE_TRY(const Purse purse, purse_of(config, shared));
    if (spdlog::get("proxy") == nullptr) spdlog::set_default_logger(spdlog::stderr_color_mt("proxy"));
    asio::io_context io(1);
    Payer payer(io, *purse.book, purse.key, purse.options);
    // The page of the node that one asks anyway may ask the model, too.
    std::vector<std::string> origins = config.origins;
    if (origins.empty())
        origins.push_back("http://" + purse.options.node.host + ":" + purse.options.node.port);
    SpotChecks checks(io, payer, checks_of(config, purse, shared),
                      replay_by_node(shared.node, k_check_threads), draw);
    ProxyServer server(io, payer, {config.listen, config.token, origins, config.max_calls}, &checks);
    DURE_CHECK(server.start());
    const std::string url = "http://" + server.endpoint();
    if (shared.json) {
        std::cout << json::serialize(
                         json::object{{"url", url + "/v1"}, {"account", payer.account().address()}})
                  << std::endl;
    } else {
        const BudgetLimits& limits = purse.book->budget.limits();
        std::cout << "OpenAI clients reach the model at " << url << "/v1 with "
                  << (config.token.empty() ? "any API key" : "the token as their API key") << "\n"
                  << "paid by " << payer.account().address() << ", at most " << to_text(limits.per_call)
                  << " DURE a call and " << to_text(limits.per_day) << " DURE a day\n"
                  << "spending: " << url << "/dure/spending, or dure proxy --status\nCtrl-C stops it"
                  << std::endl;
        const auto address = node::parse_listen_address(config.listen);
        if (address && !address->address().is_loopback()) {
            std::cerr
                << "dure: other machines reach this proxy at " << config.listen
                << ": whoever knows or overhears the token (this is plain HTTP) spends your coins, up to the "
                   "budget"
                << std::endl;
        }
    }
    asio::co_spawn(io, keep_book(io, payer), asio::detached);
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& error, int) {
        if (!error) io.stop();
    });
    io.run();
    server.stop();
    return payer.save();
}

Status show_status(const ProxyConfig& config, const SharedOptions& shared) {
    DURE_TRY(Api api, Api::open("http://" + config.listen));
    HttpClient::Headers headers;
    if (!config.token.empty()) headers.emplace_back("authorization", "Bearer " + config.token);
    auto answer = api.exchange(boost::beast::http::verb::get, "/dure/spending", {}, headers);
    if (!answer) {
        return Error{ErrorCode::unavailable,
                     "no proxy answers at http://" + config.listen + "; start it with: dure proxy"};
    }
    if (answer->status != 200) return error_of(*answer);
    boost::system::error_code bad;
    const json::value spending = json::parse(answer->body, bad);
    if (bad) return Error{ErrorCode::internal, "what answers at " + config.listen + " is no dure proxy"};
    if (shared.json) {
        std::cout << pretty(spending);
        return {};
    }
    const auto text = [&](const char* path) { return text_at(spending, path); };
    std::cout << "paid by " << text("account") << "\n"
              << text("budget.day") << ": " << text("budget.spent_dure") << " of "
              << text("budget.per_day_dure") << " DURE spent, " << text("budget.held_dure") << " held, "
              << text("budget.left_dure") << " left\n"
              << "since the start: " << text("total.cost_dure") << " DURE for " << text("total.input_tokens")
              << " + " << text("total.output_tokens") << " tokens; calls: " << text("calls.paid") << " paid, "
              << text("calls.running") << " under way, " << text("calls.lost") << " without a receipt, "
              << text("calls.refused") << " refused, " << text("calls.cheated")
              << " with a receipt that cannot be\n";
    std::cout << "answers replayed: " << text("checks.same") << " the same, " << text("checks.different")
              << " DIFFERENT, " << text("checks.not_judged") << " that could not be judged\n";
    for (const json::value& entry : list_at(spending, "checks.false_receipts")) {
        std::cout << "  FALSE: " << text_at(entry, "url") << ": " << text_at(entry, "verdict")
                  << "\n         " << text_at(entry, "file") << "\n";
    }
    std::cout << "\n";
    Table servers({"server", "at", "answered", "failed", "ms", "a token, in and out (DURE)"});
    for (const json::value& entry : list_at(spending, "servers")) {
        servers.row({shorten(text_at(entry, "server"), 12), text_at(entry, "url"), text_at(entry, "answered"),
                     text_at(entry, "failed"), text_at(entry, "latency_ms"),
                     text_at(entry, "price_per_input_token_dure") + "  " +
                         text_at(entry, "price_per_output_token_dure")});
    }
    std::cout << servers.text() << "\n";
    Table channels({"channel", "server", "deposit", "spent", "uncertain"});
    for (const json::value& entry : list_at(spending, "channels")) {
        channels.row({shorten(text_at(entry, "channel")), shorten(text_at(entry, "server"), 12),
                      text_at(entry, "deposit_dure"), text_at(entry, "spent_dure"),
                      text_at(entry, "uncertain_dure")});
    }
    std::cout << channels.text();
    const json::value* const distrusted = find_at(spending, "distrusted");
    if (distrusted != nullptr && distrusted->is_object()) {
        for (const auto& [server, why] : distrusted->get_object())
            std::cout << "\nnot asked again: " << std::string(server) << ": " << std::string(why.as_string())
                      << "\n";
    }
    return {};
}

}  // namespace

void add_proxy(Program& program) {
    const auto options = std::make_shared<ProxyOptions>();
    ProxyConfig& config = options->config;
    CLI::App& command = program.command(
        nullptr, "proxy", "an OpenAI endpoint on this machine that pays for what programs ask",
        {"dure proxy", "dure proxy --per-day 2 --listen 127.0.0.1:9000", "dure proxy --status"},
        "Point any OpenAI client at http://127.0.0.1:8787/v1; its API key may be anything. Chooses servers "
        "by price and\n"
        "speed, opens channels, pays within the budget (dure budget), tries another server where one fails, "
        "and shows\n"
        "what was spent. Settings are read from the wallet's proxy.toml, if there is one; --print-config "
        "prints one to\n"
        "start from. The wallet is unlocked once, at the start.");
    command.add_option("--listen", config.listen, "where local programs reach it")
        ->capture_default_str()
        ->type_name("HOST:PORT");
    command.add_option("--token", config.token, "programs must send this as their API key")
        ->type_name("TEXT");
    command
        .add_option("--server", config.servers, "ask only the server at this URL; may be given several times")
        ->allow_extra_args(false)
        ->type_name("URL");
    command.add_option("--from", config.from, "the wallet's key that pays (none: the default one)")
        ->type_name("NAME");
    command.add_option("--per-call", config.per_call, "what a call may cost at most, in DURE")
        ->type_name("AMOUNT");
    command.add_option("--per-day", config.per_day, "what a day may cost at most, in DURE")
        ->type_name("AMOUNT");
    command.add_option("--deposit", config.deposit, "what a new channel holds, in DURE")
        ->capture_default_str()
        ->type_name("AMOUNT");
    command
        .add_option("--check-rate", options->check_rate,
                    "replay this part of the answers and compare: 0.01 is one in a hundred, which is also "
                    "what is done "
                    "unless said where --node is on this machine")
        ->check(CLI::Range(0.0, 1.0))
        ->type_name("PART");
    command.add_flag("--report", config.report,
                     "tell the chain of a false answer at once, which publishes its prompt");
    command.add_option("--config", options->config_file, "read the settings from this file")
        ->type_name("FILE");
    command.add_flag("--status", options->status, "show what the running proxy spent");
    command.add_flag("--print-config", options->print_config, "print all settings with their defaults");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared, &command]() -> Status {
        if (options->print_config) {
            std::cout << default_proxy_config_text();
            return {};
        }
        DURE_TRY(const ProxyConfig wanted, settings(*options, command, shared));
        return options->status ? show_status(wanted, shared) : run_proxy(wanted, shared);
    });
}

}  // namespace dure::tools
