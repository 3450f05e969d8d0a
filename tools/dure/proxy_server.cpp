#include "tools/dure/proxy_server.h"

#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <chrono>
#include <deque>

#include "tools/dure/api.h"
#include "tools/dure/paying.h"

namespace dure::tools {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

constexpr std::size_t k_max_body_bytes = std::size_t{1} << 20;
constexpr std::size_t k_reports_kept = 50;

/// An error as OpenAI's clients expect it.
json::object error_object(const std::string& message, const std::string& type, const std::string& code) {
    return {{"error", {{"message", message}, {"type", type}, {"param", nullptr}, {"code", code}}}};
}

node::HttpResponse refuse(unsigned status, const std::string& message, const std::string& type,
                          const std::string& code) {
    return node::respond(json::value(error_object(message, type, code)), status);
}

struct Said {
    unsigned status;
    const char* type;
    const char* code;
};

Said said_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::insufficient:
            return {402, "insufficient_quota", "budget_exceeded"};
        case ErrorCode::unavailable:
            return {503, "server_error", "no_server"};
        case ErrorCode::malformed:
        case ErrorCode::out_of_range:
            return {400, "invalid_request_error", "invalid_request"};
        case ErrorCode::not_found:
            return {404, "invalid_request_error", "not_found"};
        default:
            return {502, "server_error", name_of(error.code)};
    }
}

json::object error_object(const Error& error) {
    const Said said = said_of(error);
    return error_object(error.message, said.type, said.code);
}

/// What the server says about the request, in OpenAI's form if it is in another.
node::HttpResponse pass_on(const HttpResponse& answer) {
    node::HttpResponse response;
    response.status = answer.status;
    boost::system::error_code bad;
    const json::value value = json::parse(answer.body, bad);
    if (!bad && find_at(value, "error") != nullptr) {
        response.body = answer.body;
    } else if (!bad && find_at(value, "detail") != nullptr) {
        response.body = json::serialize(
            error_object(text_at(value, "detail"), "invalid_request_error", text_at(value, "code")));
    } else {
        response.body = json::serialize(error_object(
            "the server answered with status " + std::to_string(answer.status), "server_error", ""));
    }
    return response;
}

std::string utc_day(Day day) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(static_cast<int>(day)))};
    const auto two = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) +
           "-" + two(static_cast<unsigned>(date.day()));
}

void put(json::object& object, const std::string& name, Coin amount) {
    object[name] = std::to_string(amount.value);
    object[name + "_dure"] = to_text(amount);
}

}  // namespace

class ProxyServer::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(Payer& payer, ProxyServerOptions options, SpotChecks* checks)
        : payer_(payer),
          checks_(checks),
          options_(std::move(options)),
          began_(std::chrono::system_clock::now()) {
        payer_.on_report([this](const CallReport& report) { take(report); });
    }

    asio::awaitable<node::HttpResponse> complete(std::string path, node::HttpRequest request);
    asio::awaitable<node::HttpResponse> models(std::string target, node::HttpRequest request);
    bool admitted(const node::HttpRequest& request) const {
        return options_.token.empty() || request.authorization == "Bearer " + options_.token;
    }
    static node::HttpResponse not_admitted() {
        return refuse(401, "this proxy wants its token as the API key (Authorization: Bearer ...)",
                      "invalid_request_error", "invalid_api_key");
    }
    json::object spending() const;
    /// No more is heard of the payer: calls may end later.
    void leave() { payer_.on_report({}); }

  private:
    struct Slot {
        explicit Slot(std::size_t& count) : count_(count) { ++count_; }
        ~Slot() { --count_; }
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;
        std::size_t& count_;
    };

    class PassedStream final : public node::BodySource {
      public:
        PassedStream(std::shared_ptr<Core> core, std::unique_ptr<PaidCall> call, std::unique_ptr<Slot> slot)
            : core_(std::move(core)), slot_(std::move(slot)), call_(std::move(call)) {}

        asio::awaitable<std::optional<std::string>> next() override {
            if (ended_) co_return std::nullopt;
            Result<std::optional<std::string>> part = co_await call_->next();
            if (part && *part) co_return *std::move(part);
            ended_ = true;
            if (part) co_return std::nullopt;
            // Too late for another server: what came is kept, and the client is told.
            co_return "data: " + json::serialize(error_object(part.error())) + "\n\n";
        }

      private:
        std::shared_ptr<Core> core_;
        std::unique_ptr<Slot> slot_;
        std::unique_ptr<PaidCall> call_;
        bool ended_ = false;
    };

    void take(const CallReport& report);
    json::object report_json(const CallReport& report) const;

    Payer& payer_;
    SpotChecks* const checks_;
    const ProxyServerOptions options_;
    const std::chrono::system_clock::time_point began_;
    std::size_t running_ = 0;
    std::map<std::string, std::uint64_t> ends_;
    Coin cost_;
    std::uint64_t input_tokens_ = 0;
    std::uint64_t output_tokens_ = 0;
    std::deque<json::object> latest_;
};

void ProxyServer::Core::take(const CallReport& report) {
    ++ends_[name_of(report.end)];
    const std::string where = report.server.url + report.path;
    if (report.end == CallEnd::paid) {
        cost_ += report.cost;
        input_tokens_ += report.input_tokens;
        output_tokens_ += report.output_tokens;
        spdlog::info(
            "paid {} DURE for {} + {} tokens at {} ({} ms to the first, {} ms in all); {} DURE left today",
            to_text(report.cost), report.input_tokens, report.output_tokens, where, report.first.count(),
            report.whole.count(), to_text(payer_.book().budget.left(today_by_clock())));
    } else if (report.end == CallEnd::cheated) {
        spdlog::error("{} is not asked again: {}", where, report.detail);
    } else if (report.end == CallEnd::lost) {
        spdlog::warn("no receipt from {}, up to {} DURE may have been spent: {}", where,
                     to_text(report.cover), report.detail);
    } else {
        spdlog::warn("no answer from {}: {}", where, report.detail);
    }
    if (checks_ != nullptr) checks_->consider(report);
    latest_.push_front(report_json(report));
    if (latest_.size() > k_reports_kept) latest_.pop_back();
}

json::object ProxyServer::Core::report_json(const CallReport& report) const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    json::object object{{"time", std::chrono::duration_cast<std::chrono::seconds>(now).count()},
                        {"server", report.server.server.address()},
                        {"url", report.server.url},
                        {"path", report.path},
                        {"end", name_of(report.end)},
                        {"input_tokens", report.input_tokens},
                        {"output_tokens", report.output_tokens},
                        {"first_ms", report.first.count()},
                        {"whole_ms", report.whole.count()}};
    put(object, "cost", report.cost);
    if (!report.detail.empty()) object["detail"] = report.detail;
    if (!report.inference_receipt.empty()) object["inference_receipt"] = report.inference_receipt;
    return object;
}

json::object ProxyServer::Core::spending() const {
    const ChannelBook& book = payer_.book();
    const Budget& budget = book.budget;
    const Day today = today_by_clock();
    const bool same_day = budget.day() >= today;
    json::object limits{{"day", utc_day(std::max(today, budget.day()))}};
    put(limits, "per_call", budget.limits().per_call);
    put(limits, "per_day", budget.limits().per_day);
    put(limits, "spent", same_day ? budget.spent() : Coin{});
    put(limits, "held", same_day ? budget.held() : Coin{});
    put(limits, "left", budget.left(today));
    json::object calls{{"running", running_}, {"paid", 0}, {"lost", 0}, {"refused", 0}, {"cheated", 0}};
    for (const auto& [end, count] : ends_)
        calls[end] = count;
    json::object total{{"input_tokens", input_tokens_}, {"output_tokens", output_tokens_}};
    put(total, "cost", cost_);
    json::array channels;
    for (const OwnChannel& channel : book.channels()) {
        json::object entry{{"channel", channel.id.hex()},
                           {"server", channel.server.address()},
                           {"payer", channel.payer.address()},
                           {"opening", channel.opens_until.has_value()},
                           {"closing", channel.closing}};
        put(entry, "deposit", channel.deposit);
        put(entry, "spent", channel.spent);
        put(entry, "promised", channel.promised);
        put(entry, "uncertain", channel.uncertain);
        channels.push_back(std::move(entry));
    }
    json::array servers;
    const auto now = std::chrono::steady_clock::now();
    for (const auto& [account, record] : payer_.market().records()) {
        json::object entry{
            {"server", account.address()},
            {"url", record.offer.url},
            {"answered", record.answered},
            {"failed", record.failed},
            {"latency_ms", record.latency_ms < 0 ? json::value(nullptr)
                                                 : json::value(static_cast<std::int64_t>(record.latency_ms))},
            {"last_failure", record.last_failure}};
        put(entry, "price_per_input_token", record.offer.price_per_input_token);
        put(entry, "price_per_output_token", record.offer.price_per_output_token);
        const auto back = std::chrono::duration_cast<std::chrono::milliseconds>(record.back - now).count();
        entry["asked_again_in_ms"] = back > 0 ? back : 0;
        servers.push_back(std::move(entry));
    }
    json::object distrusted;
    for (const auto& [account, why] : book.distrusted)
        distrusted[account.address()] = why;
    json::array latest;
    for (const json::object& report : latest_)
        latest.push_back(report);
    const auto since = std::chrono::duration_cast<std::chrono::seconds>(began_.time_since_epoch()).count();
    return {{"account", payer_.account().address()},
            {"since", since},
            {"budget", std::move(limits)},
            {"calls", std::move(calls)},
            {"total", std::move(total)},
            {"channels", std::move(channels)},
            {"servers", std::move(servers)},
            {"checks", checks_ != nullptr ? json::value(checks_->json()) : json::value(nullptr)},
            {"distrusted", std::move(distrusted)},
            {"latest", std::move(latest)}};
}

asio::awaitable<node::HttpResponse> ProxyServer::Core::complete(std::string path, node::HttpRequest request) {
    const std::shared_ptr<Core> self = shared_from_this();
    if (!admitted(request)) co_return not_admitted();
    const Result<json::object> body = node::parse_json_object(request.body);
    if (!body) {
        const Said said = said_of(body.error());
        co_return refuse(said.status, body.error().message, said.type, said.code);
    }
    if (running_ >= options_.max_calls) {
        node::HttpResponse busy =
            refuse(429, "this proxy has " + std::to_string(running_) + " calls under way already",
                   "rate_limit_error", "too_many_calls");
        busy.headers.emplace_back("Retry-After", "1");
        co_return busy;
    }
    auto slot = std::make_unique<Slot>(running_);
    PaidRequest paid{std::move(path), std::move(request.body), {}};
    paid.size = size_of(*body, paid.body.size());
    auto beginning = payer_.begin(std::move(paid));
    Result<Payer::Outcome> outcome = co_await std::move(beginning);
    if (!outcome) {
        const Said said = said_of(outcome.error());
        node::HttpResponse refusal = refuse(said.status, outcome.error().message, said.type, said.code);
        if (said.status == 503) {
            const auto wait = std::chrono::ceil<std::chrono::seconds>(payer_.next_chance());
            refusal.headers.emplace_back("Retry-After",
                                         std::to_string(std::max<std::int64_t>(1, wait.count())));
        }
        spdlog::warn("not answered: {}", outcome.error().message);
        co_return refusal;
    }
    if (const auto* refusal = std::get_if<HttpResponse>(&*outcome)) co_return pass_on(*refusal);
    std::unique_ptr<PaidCall> call = std::move(std::get<std::unique_ptr<PaidCall>>(*outcome));
    node::HttpResponse response;
    response.status = call->head().status;
    response.content_type = std::string(call->head().header("content-type"));
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Dure-Server", call->server().server.address());
    if (call->streamed()) {
        response.source = std::make_shared<PassedStream>(self, std::move(call), std::move(slot));
        co_return response;
    }
    while (true) {
        Result<std::optional<std::string>> part = co_await call->next();
        if (!part) {
            const Said said = said_of(part.error());
            co_return refuse(said.status, part.error().message, said.type, said.code);
        }
        if (!*part) break;
        response.body += **part;
    }
    response.headers.emplace_back("Payment-Receipt", std::string(call->head().header("payment-receipt")));
    co_return response;
}

asio::awaitable<node::HttpResponse> ProxyServer::Core::models(std::string target, node::HttpRequest request) {
    const std::shared_ptr<Core> self = shared_from_this();
    if (!admitted(request)) co_return not_admitted();
    auto asking = payer_.ask_freely(std::move(target));
    const Result<HttpResponse> answer = co_await std::move(asking);
    if (!answer) {
        const Said said = said_of(answer.error());
        co_return refuse(said.status, answer.error().message, said.type, said.code);
    }
    if (answer->status >= 400) co_return pass_on(*answer);
    node::HttpResponse response;
    response.status = answer->status;
    response.body = answer->body;
    co_return response;
}

ProxyServer::ProxyServer(asio::io_context& io, Payer& payer, ProxyServerOptions options, SpotChecks* checks)
    : listen_(options.listen), has_token_(!options.token.empty()) {
    node::HttpServerConfig config;
    config.listen = options.listen;
    config.origins = options.origins;
    core_ = std::make_shared<Core>(payer, std::move(options), checks);
    node::Router router;
    for (const char* path : {"/v1/chat/completions", "/v1/completions"}) {
        router.add("POST", path, {}, k_max_body_bytes,
                   [core = core_, path = std::string(path)](node::HttpRequest request) {
                       return core->complete(path, std::move(request));
                   });
    }
    router.add("GET", "/v1/models", {}, 0, [core = core_](node::HttpRequest request) {
        return core->models("/v1/models", std::move(request));
    });
    router.add("GET", "/v1/models/{model}", {}, 0, [core = core_](node::HttpRequest request) {
        return core->models("/v1/models/" + request.parameters.at("model"), std::move(request));
    });
    router.add("GET", "/dure/spending", {}, 0,
               [core = core_](node::HttpRequest request) -> asio::awaitable<node::HttpResponse> {
                   if (!core->admitted(request)) co_return Core::not_admitted();
                   co_return node::respond(json::value(core->spending()));
               });
    http_ = std::make_unique<node::HttpServer>(io, std::move(config), std::move(router));
}

ProxyServer::~ProxyServer() {
    core_->leave();
}

Status ProxyServer::start() {
    DURE_TRY(const auto address, node::parse_listen_address(listen_));
    if (!address.address().is_loopback() && !has_token_) {
        return Error{ErrorCode::invalid,
                     "at " + listen_ +
                         " other machines would reach this proxy, and everybody who reaches it spends your "
                         "coins; set a token that they must know, or listen on 127.0.0.1"};
    }
    return http_->start();
}

void ProxyServer::stop() {
    http_->stop();
}

std::string ProxyServer::endpoint() const {
    return http_->endpoint();
}

json::object ProxyServer::spending() const {
    return core_->spending();
}

}  // namespace dure::tools
