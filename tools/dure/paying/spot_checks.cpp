#include "tools/dure/paying/spot_checks.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <deque>

#include "base/codec.h"
#include "node/api/base64url.h"
#include "node/blobs/offload.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t k_false_ones_shown = 50;

template <class T>
std::string base64url_of(const T& value) {
    return node::base64url_encode(as_text(encode(value)));
}

std::uint64_t seconds_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace

class SpotChecks::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Payer& payer, SpotCheckOptions options, SpotReplay replay,
         std::function<double()> draw)
        : io_(io),
          payer_(payer),
          options_(std::move(options)),
          replay_(std::move(replay)),
          draw_(std::move(draw)) {}

    void consider(const CallReport& report) {
        if (report.end != CallEnd::paid || options_.rate <= 0 || draw_() >= options_.rate) return;
        if (report.inference_receipt.empty()) {
            ++unsigned_;
            spdlog::warn("{} signed no receipt about its answer: nobody can check it", report.server.url);
            return;
        }
        if (waiting_ >= options_.waiting_max) {
            ++left_out_;
            return;
        }
        ++waiting_;
        SpotSample sample{report.server, report.path, report.body, report.inference_receipt};
        asio::co_spawn(
            io_, [self = shared_from_this(), drawn = std::move(sample)] { return self->check(drawn); },
            asio::detached);
    }

    void stop() {
        stopped_ = true;
        thread_.join();
    }

    std::size_t waiting() const { return waiting_; }

    json::object to_json() const {
        json::array different;
        for (const json::object& one : false_ones_)
            different.push_back(one);
        return {{"rate", options_.rate},
                {"same", same_},
                {"different", different_},
                {"waiting", waiting_},
                {"left_out", left_out_},
                {"not_judged", not_judged_},
                {"unsigned", unsigned_},
                {"last_trouble", trouble_},
                {"false_receipts", std::move(different)}};
    }

  private:
    asio::awaitable<void> check(SpotSample sample) {
        const auto self = shared_from_this();
        auto work = [self, sample]() -> Result<SpotVerdict> {
            if (self->stopped_) return Error{ErrorCode::unavailable, "the proxy is stopping"};
            return self->replay_(sample, [&self] { return !self->stopped_; });
        };
        auto replaying = node::offload(thread_, std::move(work));
        const Result<SpotVerdict> verdict = co_await std::move(replaying);
        if (stopped_) co_return;
        if (verdict && !verdict->is_true) {
            ++different_;
            auto convicting = convict(sample, *verdict);
            co_await std::move(convicting);
        } else if (verdict) {
            ++same_;
        } else {
            ++not_judged_;
            trouble_ = verdict.error().message;
            spdlog::warn("an answer of {} could not be checked: {}", sample.server.url, trouble_);
        }
        --waiting_;
    }

    asio::awaitable<void> convict(const SpotSample& sample, const SpotVerdict& verdict) {
        const std::string file = keep(sample, verdict);
        payer_.distrust(sample.server.server, "its answer was replayed and is false, see " + file);
        spdlog::error("FALSE ANSWER: {} ({}) signed what the model did not say: {}", sample.server.url,
                      sample.server.server.address(), verdict.sentence);
        spdlog::error("it is not asked again; its receipt is kept in {}{}", file,
                      verdict.request
                          ? "; to be refunded and have it punished: dure report " + file + " --reveal-prompt"
                          : "");
        json::object shown{{"time", seconds_now()},
                           {"server", sample.server.server.address()},
                           {"url", sample.server.url},
                           {"verdict", verdict.sentence},
                           {"file", file},
                           {"reported", nullptr}};
        if (verdict.receipt) shown["receipt"] = verdict.receipt->id().hex();
        auto saving = payer_.save_if_changed();
        static_cast<void>(co_await std::move(saving));  // the proxy says it if that goes on failing
        if (options_.report && verdict.receipt && verdict.request) {
            ledger::ReportReceipt evidence{*verdict.receipt, *verdict.request};
            auto reporting = report(std::move(evidence));
            const std::string said = co_await std::move(reporting);
            shown["reported"] = said;
        }
        false_ones_.push_front(std::move(shown));
        if (false_ones_.size() > k_false_ones_shown) false_ones_.pop_back();
    }

    /// The transaction's id, or why there is none.
    asio::awaitable<std::string> report(ledger::ReportReceipt evidence) {
        auto sending = payer_.send(std::move(evidence));
        const Result<Hash> sent = co_await std::move(sending);
        if (sent) {
            spdlog::warn("reported to the chain by transaction {}", sent->hex());
            co_return sent->hex();
        }
        spdlog::error("it could not be reported: {}", sent.error().message);
        co_return "no: " + sent.error().message;
    }

    /// Where the receipt lies with its request, as `dure report` reads them.
    std::string keep(const SpotSample& sample, const SpotVerdict& verdict) const {
        json::object kept{{"server", sample.server.server.address()},
                          {"url", sample.server.url},
                          {"verdict", verdict.sentence},
                          {"receipt", sample.receipt},
                          {"body", sample.body}};
        if (verdict.request) kept["request"] = base64url_of(*verdict.request);
        const std::string name =
            verdict.receipt ? verdict.receipt->id().hex() : sha256(as_bytes(sample.receipt)).hex();
        const std::filesystem::path file = options_.folder / (name + ".json");
        std::error_code error;
        std::filesystem::create_directories(options_.folder, error);
        const Status written = replace_private_file(file, json::serialize(kept));
        if (!written) spdlog::error("a false receipt could not be kept: {}", written.error().message);
        return file.string();
    }

    asio::io_context& io_;
    Payer& payer_;
    const SpotCheckOptions options_;
    const SpotReplay replay_;
    const std::function<double()> draw_;
    std::size_t waiting_ = 0;
    std::uint64_t same_ = 0;
    std::uint64_t different_ = 0;
    std::uint64_t left_out_ = 0;
    std::uint64_t not_judged_ = 0;
    std::uint64_t unsigned_ = 0;
    std::string trouble_;
    std::deque<json::object> false_ones_;
    std::atomic<bool> stopped_ = false;
    asio::thread_pool thread_{1};
};

SpotChecks::SpotChecks(asio::io_context& io, Payer& payer, SpotCheckOptions options, SpotReplay replay,
                       std::function<double()> draw)
    : core_(std::make_shared<Core>(io, payer, std::move(options), std::move(replay), std::move(draw))) {}
SpotChecks::~SpotChecks() {
    core_->stop();
}
void SpotChecks::consider(const CallReport& report) {
    core_->consider(report);
}
std::size_t SpotChecks::waiting() const {
    return core_->waiting();
}
json::object SpotChecks::json() const {
    return core_->to_json();
}

}  // namespace dure::tools
