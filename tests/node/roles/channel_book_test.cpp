#include "node/roles/channel_book.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "node/roles/channel_journal.h"
#include "node/roles/charge_journal.h"

namespace dure::node {
namespace {

const Hash k_chain = sha256(as_bytes("a chain"));
const Hash k_channel = sha256(as_bytes("a channel"));
const SecretKey k_payer = SecretKey::from_seed("payer");
const SecretKey k_server = SecretKey::from_seed("server");

ledger::ChannelRecord channel_of(std::uint64_t deposit, std::uint64_t settled = 0) {
    ledger::ChannelRecord record;
    record.payer = k_payer.account();
    record.server = k_server.account();
    record.deposit = Coin{deposit};
    record.settled = Coin{settled};
    return record;
}

Voucher voucher_of(std::uint64_t cumulative, const SecretKey& key = k_payer, const Hash& chain = k_chain,
                   const Hash& channel = k_channel) {
    return {k_channel, Coin{cumulative}, key.sign(ledger::voucher_digest(chain, channel, Coin{cumulative}))};
}

using Admitted = std::variant<ChannelBook::Reservation, VoucherProblem>;

std::optional<VoucherRefusal> refusal_of(const Admitted& admitted) {
    const auto* problem = std::get_if<VoucherProblem>(&admitted);
    if (problem == nullptr) return std::nullopt;
    EXPECT_FALSE(problem->message.empty());
    return problem->refusal;
}

TEST(ChannelBook, EachRefusalHasItsOwnName) {
    ChannelBook book(k_chain, k_server.account());
    const auto refused = [&](const Voucher& voucher, const std::optional<ledger::ChannelRecord>& record,
                             std::uint64_t cost) {
        return refusal_of(book.admit(voucher, record, Coin{cost}, Coin{cost}));
    };
    EXPECT_EQ(refused(voucher_of(100), std::nullopt, 10), VoucherRefusal::channel_unknown);

    ledger::ChannelRecord foreign = channel_of(1'000);
    foreign.server = k_payer.account();
    EXPECT_EQ(refused(voucher_of(100), foreign, 10), VoucherRefusal::wrong_server);

    ledger::ChannelRecord closing = channel_of(1'000);
    closing.withdrawable = protocol::Height{9};
    EXPECT_EQ(refused(voucher_of(100), closing, 10), VoucherRefusal::channel_closing);

    EXPECT_EQ(refused(voucher_of(1'001), channel_of(1'000), 10), VoucherRefusal::over_deposit);
    EXPECT_EQ(refused(voucher_of(100, k_server), channel_of(1'000), 10), VoucherRefusal::bad_signature);
    EXPECT_EQ(refused(voucher_of(100, k_payer, Hash{}), channel_of(1'000), 10), VoucherRefusal::bad_signature)
        << "of another chain";
    EXPECT_EQ(refused(voucher_of(100, k_payer, k_chain, Hash{}), channel_of(1'000), 10),
              VoucherRefusal::bad_signature)
        << "of another channel";
    EXPECT_EQ(refused(voucher_of(100), channel_of(1'000), 101), VoucherRefusal::not_enough_cover);

    const Admitted first = book.admit(voucher_of(100), channel_of(1'000), Coin{60}, Coin{60});
    ASSERT_FALSE(refusal_of(first));
    EXPECT_EQ(refused(voucher_of(100), channel_of(1'000), 1), VoucherRefusal::voucher_replayed);
    EXPECT_EQ(refused(voucher_of(99), channel_of(1'000), 1), VoucherRefusal::voucher_lowered);
    EXPECT_EQ(refused(voucher_of(110), channel_of(1'000), 51), VoucherRefusal::not_enough_cover)
        << "60 are reserved";
    book.charge(std::get<ChannelBook::Reservation>(first), Coin{20});
    EXPECT_FALSE(refusal_of(book.admit(voucher_of(110), channel_of(1'000), Coin{90}, Coin{90})));
}

TEST(ChannelBook, ARefusalChangesNothing) {
    ChannelBook book(k_chain, k_server.account());
    ASSERT_FALSE(refusal_of(book.admit(voucher_of(100), channel_of(1'000), Coin{50}, Coin{50})));
    const auto before = book.accounts();
    EXPECT_TRUE(refusal_of(book.admit(voucher_of(100), channel_of(1'000), Coin{1}, Coin{1})));
    EXPECT_TRUE(refusal_of(book.admit(voucher_of(400, k_server), channel_of(1'000), Coin{1}, Coin{1})));
    EXPECT_TRUE(refusal_of(book.admit(voucher_of(120), channel_of(1'000), Coin{500}, Coin{500})));
    EXPECT_EQ(book.accounts(), before);
    EXPECT_EQ(book.reserved(k_channel), Coin{50});
}

TEST(ChannelBook, WhatTheLedgerPaidOutCountsAsSpentEvenIfTheRecordsAreLost) {
    ChannelBook book(k_chain, k_server.account());
    EXPECT_EQ(refusal_of(book.admit(voucher_of(300), channel_of(1'000, 300), Coin{1}, Coin{1})),
              VoucherRefusal::voucher_replayed);
    EXPECT_EQ(refusal_of(book.admit(voucher_of(310), channel_of(1'000, 300), Coin{11}, Coin{11})),
              VoucherRefusal::not_enough_cover);
    EXPECT_FALSE(refusal_of(book.admit(voucher_of(310), channel_of(1'000, 300), Coin{10}, Coin{10})));
}

// A payer that sends anything, calls that end in any order: the book against the plain rules.
TEST(ChannelBook, NeverServesBeyondVoucherOrDepositAndNeverForgetsEarnings) {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        std::mt19937_64 random(seed);
        ChannelBook book(k_chain, k_server.account());
        const std::uint64_t deposit = 1'000 + random() % 1'000;
        std::uint64_t best = 0;
        std::uint64_t spent = 0;
        std::uint64_t reserved = 0;
        std::vector<ChannelBook::Reservation> open;
        for (int step = 0; step < 90; ++step) {
            if (!open.empty() && random() % 3 == 0) {
                const std::size_t pick = random() % open.size();
                const ChannelBook::Reservation reservation = open[pick];
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
                reserved -= reservation.amount.value;
                if (random() % 4 == 0) {
                    book.release(reservation);
                } else {
                    const Coin cost{random() % (reservation.amount.value + 1)};
                    spent += cost.value;
                    const ChannelAccount account = book.charge(reservation, cost);
                    EXPECT_EQ(account.spent.value, spent);
                    EXPECT_EQ(account.cumulative.value, best);
                    EXPECT_TRUE(verify(k_payer.account(),
                                       ledger::voucher_digest(k_chain, k_channel, account.cumulative),
                                       account.signature));
                }
            } else if (!open.empty() && random() % 4 == 0) {
                ChannelBook::Reservation& reservation = open[random() % open.size()];
                const std::uint64_t had = reservation.amount.value;
                const Coin least{had + random() % 40};
                const Coin most{least.value + random() % 40};
                const std::uint64_t free = best - spent - reserved;
                const Coin needed = book.needed(reservation, least);
                EXPECT_GE(needed.value, spent + reserved + least.value - had);
                EXPECT_GT(needed.value, best);
                ASSERT_EQ(book.extend(reservation, least, most), least.value - had <= free);
                EXPECT_LE(reservation.amount, most);
                reserved += reservation.amount.value - had;
            } else {
                const std::uint64_t cumulative = random() % 5 == 0 ? random() % 2'500 : best + random() % 60;
                const bool forged = random() % 8 == 0;
                const Voucher voucher = voucher_of(cumulative, forged ? k_server : k_payer);
                const bool good = !forged && cumulative > best && cumulative <= deposit;
                if (random() % 3 == 0) {
                    const bool again = !forged && best > 0 && cumulative == best;
                    ASSERT_EQ(!book.raise(voucher, channel_of(deposit)), good || again);
                    if (good) best = cumulative;
                } else {
                    const Coin least{random() % 80};
                    const Coin most{least.value + random() % 80};
                    const bool takes = good && spent + reserved + least.value <= cumulative;
                    const Admitted admitted = book.admit(voucher, channel_of(deposit), least, most);
                    ASSERT_EQ(!refusal_of(admitted), takes) << "seed " << seed << " step " << step;
                    if (takes) {
                        best = cumulative;
                        open.push_back(std::get<ChannelBook::Reservation>(admitted));
                        EXPECT_GE(open.back().amount, least);
                        EXPECT_LE(open.back().amount, most);
                        reserved += open.back().amount.value;
                    }
                }
            }
            EXPECT_LE(spent + reserved, best);
            EXPECT_LE(best, deposit);
            EXPECT_EQ(book.reserved(k_channel).value, reserved);
        }
    }
}

class ChannelJournalTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) /
                  ("channels-" + std::to_string(::getpid()) + "-" +
                   testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path file() const { return folder_ / "channels"; }

    static ChannelAccount account_of(std::uint8_t number, std::uint64_t spent) {
        ChannelAccount account;
        account.channel.bytes[0] = number;
        account.cumulative = Coin{spent + 100};
        account.spent = Coin{spent};
        return account;
    }

    std::filesystem::path folder_;
};

TEST_F(ChannelJournalTest, TheLastRecordOfAChannelCountsAfterReopening) {
    {
        auto opened = ChannelJournal::open(file(), k_chain);
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_TRUE(opened->accounts.empty());
        for (std::uint64_t spent = 0; spent < 5; ++spent) {
            ASSERT_TRUE(opened->journal.append(account_of(1, spent)));
            ASSERT_TRUE(opened->journal.append(account_of(2, 10 * spent)));
        }
    }
    auto opened = ChannelJournal::open(file(), k_chain);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->accounts, (std::vector{account_of(1, 4), account_of(2, 40)}));
    ASSERT_TRUE(opened->journal.rewrite(opened->accounts));
    ASSERT_TRUE(opened->journal.append(account_of(1, 7)));
    opened = ChannelJournal::open(file(), k_chain);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->accounts, (std::vector{account_of(1, 7), account_of(2, 40)}));
}

TEST_F(ChannelJournalTest, ATornEndLosesOnlyTheRecordThatWasBeingWritten) {
    {
        auto opened = ChannelJournal::open(file(), k_chain);
        ASSERT_TRUE(opened);
        ASSERT_TRUE(opened->journal.append(account_of(1, 1)));
        ASSERT_TRUE(opened->journal.append(account_of(1, 2)));
    }
    std::filesystem::resize_file(file(), std::filesystem::file_size(file()) - 3);
    const auto opened = ChannelJournal::open(file(), k_chain);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->accounts, std::vector{account_of(1, 1)});
}

// As a crash in the middle of a write leaves it: cut off anywhere, or of its full length with anything in the end of it.
void tear(const std::filesystem::path& file, std::uint64_t sound, std::uint64_t kept, std::uint64_t whole,
          bool filled) {
    std::filesystem::resize_file(file, kept);
    if (filled) std::filesystem::resize_file(file, whole);  // with zeros
    ASSERT_GE(kept, sound);
}

TEST_F(ChannelJournalTest, TornAtAnyByteItHasTheEntryOrNot) {
    std::uint64_t sound = 0;
    {
        auto opened = ChannelJournal::open(file(), k_chain);
        ASSERT_TRUE(opened);
        ASSERT_TRUE(opened->journal.append(account_of(1, 1)));
        sound = std::filesystem::file_size(file());
        ASSERT_TRUE(opened->journal.append(account_of(1, 2)));
    }
    const std::uint64_t whole = std::filesystem::file_size(file());
    const auto pristine = folder_ / "pristine";
    std::filesystem::copy_file(file(), pristine);
    for (std::uint64_t kept = sound; kept <= whole; ++kept) {
        for (const bool filled : {false, true}) {
            std::filesystem::copy_file(pristine, file(), std::filesystem::copy_options::overwrite_existing);
            tear(file(), sound, kept, whole, filled);
            auto opened = ChannelJournal::open(file(), k_chain);
            ASSERT_TRUE(opened) << "cut at " << kept << ": " << opened.error().message;
            ASSERT_EQ(opened->accounts.size(), 1U);
            const Coin spent = opened->accounts.front().spent;
            EXPECT_TRUE(spent == Coin{1} || spent == Coin{2});
            if (kept == whole) {
                EXPECT_EQ(spent, Coin{2});
            }
            // And it goes on from there.
            ASSERT_TRUE(opened->journal.append(account_of(1, 9)));
            opened = ChannelJournal::open(file(), k_chain);
            ASSERT_TRUE(opened);
            EXPECT_EQ(opened->accounts, std::vector{account_of(1, 9)});
        }
    }
}

TEST_F(ChannelJournalTest, ChargesTornAtAnyByteHaveTheCallOrNot) {
    const AnsweredCall before{sha256(as_bytes("before")), protocol::Height{5}};
    const AnsweredCall last{sha256(as_bytes("last")), protocol::Height{6}};
    const AnsweredCall next{sha256(as_bytes("next")), protocol::Height{7}};
    std::uint64_t sound = 0;
    {
        auto opened = ChargeJournal::open(file(), k_chain, {});
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE(opened->journal.append(before));
        sound = std::filesystem::file_size(file());
        ASSERT_TRUE(opened->journal.append(last));
    }
    const std::uint64_t whole = std::filesystem::file_size(file());
    const auto pristine = folder_ / "pristine";
    std::filesystem::copy_file(file(), pristine);
    for (std::uint64_t kept = sound; kept <= whole; ++kept) {
        for (const bool filled : {false, true}) {
            std::filesystem::copy_file(pristine, file(), std::filesystem::copy_options::overwrite_existing);
            tear(file(), sound, kept, whole, filled);
            auto opened = ChargeJournal::open(file(), k_chain, {});
            ASSERT_TRUE(opened) << "cut at " << kept << ": " << opened.error().message;
            EXPECT_TRUE(opened->answered.contains(before.call)) << "what was synced is never forgotten";
            const bool has_last = opened->answered.contains(last.call);
            EXPECT_EQ(opened->answered.size(), has_last ? 2U : 1U);
            if (kept == whole) {
                EXPECT_TRUE(has_last);
            }
            ASSERT_TRUE(opened->journal.append(next));
            opened = ChargeJournal::open(file(), k_chain, {});
            ASSERT_TRUE(opened);
            EXPECT_TRUE(opened->answered.contains(next.call));
            EXPECT_EQ(opened->answered.contains(last.call), has_last) << "and it stays so";
        }
    }
}

TEST_F(ChannelJournalTest, ChargesOfLongAgoAreForgotten) {
    {
        auto opened = ChargeJournal::open(file(), k_chain, {});
        ASSERT_TRUE(opened);
        for (const std::uint64_t height : {3U, 4U, 5U})
            ASSERT_TRUE(
                opened->journal.append({sha256(as_bytes(std::to_string(height))), protocol::Height{height}}));
    }
    const auto opened = ChargeJournal::open(file(), k_chain, protocol::Height{4});
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->answered.size(), 2U);
}

TEST_F(ChannelJournalTest, AnotherChainsRecordsAreRefused) {
    ASSERT_TRUE(ChannelJournal::open(file(), k_chain));
    EXPECT_FALSE(ChannelJournal::open(file(), Hash{}));
}

}  // namespace
}  // namespace dure::node
