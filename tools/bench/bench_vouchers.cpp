// How many vouchers a server's book accepts in a second (channel, deposit, order, signature, the new best one kept) ÷ how
// many signatures the same core verifies, keys parsed before. Beside it stands the same from the Authorization header on:
// base64, JSON, the challenge's HMAC. All are timed in turn, in batches of the thread's own time, and their medians compared.
//
// usage: bench_vouchers [--json FILE]
#include <cstdint>
#include <iostream>
#include <vector>

#include "ledger/records/channel.h"
#include "node/api/challenge_mint.h"
#include "node/api/payment.h"
#include "node/roles/channel_book.h"
#include "tools/bench/figures.h"
#include "tools/bench/timing.h"

namespace dure::node {
namespace {

constexpr std::int64_t k_now = 1'795'000'000;
constexpr std::size_t k_channels = 50;
constexpr std::size_t k_vouchers = 400;  ///< of one batch
constexpr std::size_t k_batches = 41;

struct Channel {
    Hash id;
    SecretKey payer;
    VerifyingKey key;
    ledger::ChannelRecord record;
};

struct Promise {
    std::size_t channel;
    Hash digest;
    Signature signature;
    std::string header;
    Voucher voucher;
};

int run(int argc, const char* const* argv) {
    bench::Figures figures("vouchers", argc, argv);
    const Hash chain = sha256(as_bytes("a chain"));
    const SecretKey server = SecretKey::from_seed("server");
    const ChallengeMint mint(ChallengeMint::Key{7}, "dure", 600);
    std::vector<Channel> channels;
    for (std::size_t i = 0; i < k_channels; ++i) {
        const SecretKey payer = SecretKey::from_seed("payer " + std::to_string(i));
        ledger::ChannelRecord record;
        record.payer = payer.account();
        record.server = server.account();
        record.deposit = Coin{1'000'000'000};
        channels.push_back({sha256(as_bytes("channel " + std::to_string(i))), payer,
                            *VerifyingKey::parse(payer.account()), record});
    }
    const SessionTerms terms{chain,   server.account(), Coin{20},       Coin{60},
                             Coin{1}, Coin{12'345},     Coin{1'000'000}};
    const PaymentChallenge challenge =
        mint.issue(k_intent_session, encode_terms(terms), body_digest("{}"), k_now);
    ChannelBook from_header(chain, server.account());
    ChannelBook decoded(chain, server.account());
    bench::Numbers raw;
    bench::Numbers accepted;
    bench::Numbers in_book;
    std::uint64_t next = 0;
    for (std::size_t batch = 0; batch < k_batches; ++batch) {
        std::vector<Promise> promises;
        for (std::size_t i = 0; i < k_vouchers; ++i) {
            const Channel& channel = channels[++next % k_channels];
            const Coin cumulative{next};
            const Hash digest = ledger::voucher_digest(chain, channel.id, cumulative);
            const Signature signature = channel.payer.sign(digest);
            promises.push_back({next % k_channels,
                                digest,
                                signature,
                                encode_credential({challenge, channel.payer.account(),
                                                   VoucherPayload{channel.id, cumulative, signature}}),
                                {channel.id, cumulative, signature}});
        }
        std::size_t good = 0;
        raw.add(bench::thread_cpu_seconds_of([&] {
            for (const Promise& promise : promises)
                good +=
                    channels[promise.channel].key.verify(ByteView(promise.digest.bytes), promise.signature)
                        ? 1U
                        : 0U;
        }));
        accepted.add(bench::thread_cpu_seconds_of([&] {
            for (const Promise& promise : promises) {
                const auto shown = decode_credential(promise.header);
                if (!shown || mint.check(shown->challenge, k_now)) continue;
                const auto& voucher = std::get<VoucherPayload>(shown->payload);
                const auto problem =
                    from_header.raise({voucher.channel, voucher.cumulative, voucher.signature},
                                      channels[promise.channel].record);
                good += problem ? 0U : 1U;
            }
        }));
        in_book.add(bench::thread_cpu_seconds_of([&] {
            for (const Promise& promise : promises)
                good += decoded.raise(promise.voucher, channels[promise.channel].record) ? 0U : 1U;
        }));
        if (good != 3 * k_vouchers) {
            std::cerr << "a voucher was refused\n";
            return 1;
        }
    }
    const double count = k_vouchers;
    figures.add("vouchers_per_verification", raw.median() / in_book.median(), "ratio", bench::Bar::at_least,
                0.9);
    figures.detail("from_header_per_verification", raw.median() / accepted.median());
    figures.detail("verifications_per_second", count / raw.median());
    figures.detail("accepted_from_header_per_second", count / accepted.median());
    figures.detail("accepted_per_second", count / in_book.median());
    return figures.finish();
}

}  // namespace
}  // namespace dure::node

int main(int argc, char** argv) {
    return dure::node::run(argc, argv);
}
