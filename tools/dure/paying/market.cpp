#include "tools/dure/paying/market.h"

#include <algorithm>
#include <tuple>

namespace dure::tools {

namespace {

constexpr double k_smoothing = 0.3;      // of a new measurement in the latency
constexpr double k_funded_factor = 0.8;  // of the cost of a server with a channel
constexpr double k_second_costs = 1.0;   // a second of waiting counts as much as the price once more

}  // namespace

void Market::list(const std::vector<ServerOffer>& offers) {
    std::map<Account, Record> next;
    for (const ServerOffer& offer : offers) {
        const auto known = records_.find(offer.server);
        Record record = known == records_.end() ? Record{} : known->second;
        if (record.offer.url != offer.url) record.failures_in_row = 0, record.back = {};
        record.offer = offer;
        next[offer.server] = std::move(record);
    }
    records_ = std::move(next);
}

std::vector<ServerOffer> Market::ranked(Time now, const CallSize& size,
                                        const std::vector<Account>& funded) const {
    std::vector<std::tuple<double, Account, const ServerOffer*>> scored;
    for (const auto& [server, record] : records_) {
        if (record.back > now) continue;
        const double price = static_cast<double>(record.offer.price_per_input_token.value) *
                                 static_cast<double>(size.input_tokens) +
                             static_cast<double>(record.offer.price_per_output_token.value) *
                                 static_cast<double>(size.output_tokens);
        const double latency =
            record.latency_ms < 0 ? static_cast<double>(k_expected_latency.count()) : record.latency_ms;
        const bool has_channel = std::find(funded.begin(), funded.end(), server) != funded.end();
        scored.emplace_back(
            (price + 1) * (1 + k_second_costs * latency / 1'000) * (has_channel ? k_funded_factor : 1),
            server, &record.offer);
    }
    std::sort(scored.begin(), scored.end());
    std::vector<ServerOffer> best;
    for (const auto& [score, server, offer] : scored)
        best.push_back(*offer);
    return best;
}

Market::Time Market::next_back(Time now, const std::set<Account>& without) const {
    Time first = Time::max();
    for (const auto& [server, record] : records_)
        if (!without.contains(server)) first = std::min(first, std::max(now, record.back));
    return first;
}

void Market::answered(const Account& server, Milliseconds latency) {
    const auto found = records_.find(server);
    if (found == records_.end()) return;
    Record& record = found->second;
    const auto measured = static_cast<double>(latency.count());
    record.latency_ms =
        record.latency_ms < 0 ? measured : record.latency_ms + k_smoothing * (measured - record.latency_ms);
    ++record.answered;
    record.failures_in_row = 0;
    record.back = {};
    record.last_failure.clear();
}

void Market::failed(const Account& server, Time now, const std::string& why) {
    const auto found = records_.find(server);
    if (found == records_.end()) return;
    Record& record = found->second;
    constexpr unsigned k_max_doublings = 12;
    const unsigned doublings = std::min(record.failures_in_row, k_max_doublings);
    const auto own = std::min(Milliseconds(k_first_back_off.count() << doublings), k_back_off_max);
    record.back = std::max(record.back, now + own);
    ++record.failed;
    ++record.failures_in_row;
    record.last_failure = why;
}

void Market::busy(const Account& server, Time now, Milliseconds pause) {
    const auto found = records_.find(server);
    if (found == records_.end()) return;
    found->second.back = std::max(found->second.back, now + std::min(pause, k_back_off_max));
}

}  // namespace dure::tools
