#include "tests/ledger/chaos.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/ownership/slashing.h"

namespace dure::ledger::testing {

namespace {

constexpr std::size_t k_persons = 16;
constexpr std::size_t k_validators = 5;

}  // namespace

ChainOptions chaos_options() {
    ChainOptions options;
    options.validators = k_validators;
    options.persons = k_persons;
    options.coins = Coin{100'000 * k_grain_per_dure};
    options.parameters.shard_deposit = Coin{1'000'000};
    options.parameters.round_interval = 2;
    options.parameters.show_blocks = 16;
    options.parameters.scoring_blocks = 10;
    options.parameters.scoring_open_blocks = 10;
    options.held_out_tokens = 1'000;
    return options;
}

void Chaos::submit_one() {
    const std::size_t person = any_person();
    const std::optional<std::size_t> sponsor =
        random_.one_in(12) ? std::optional((person + 1) % k_persons) : std::nullopt;
    switch (random_.below(23)) {
        case 0:
        case 1:
            send(person, Transfer{.to = account_of(any_person()), .amount = Coin{1 + random_.skewed(42)}},
                 sponsor);
            break;
        case 2:
            send(person,
                 TransferShares{.to = account_of(any_person()), .amount = Shares{1 + random_.skewed(33)}},
                 sponsor);
            break;
        case 3:
            send(person, Bond{.amount = Shares{1 + random_.skewed(30)}}, sponsor);
            break;
        case 4:
            send(person, Unbond{.amount = Shares{1 + random_.skewed(28)}}, sponsor);
            break;
        case 5:
            register_peer(person);
            break;
        case 6:
            offer(person, sponsor);
            break;
        case 7:
        case 8:
            attest_data(person);
            break;
        case 9:
            send(person,
                 JoinRound{.round = joining_round(chain_.state()).number,
                           .units = 1 + static_cast<std::uint32_t>(random_.below(4))},
                 sponsor);
            break;
        case 10:
            work(person);
            break;
        case 11:
            open_channel(person);
            break;
        case 12:
        case 13:
        case 14:
            settle(person);
            break;
        case 15:
            change_channel(person);
            break;
        case 16:
            send(person, ClaimRewards{}, sponsor);
            break;
        case 17:
            send(person, PostDeposit{.amount = Coin{1 + random_.skewed(30)}}, sponsor);
            break;
        case 18:
            send(person, WithdrawDeposit{.account = account_of(any_person())});
            break;
        case 19:
            change_server_bond(person);
            break;
        case 20:
            report_receipt(person, sponsor);
            break;
        case 21:
            judge_receipts();
            break;
        default:
            work(static_cast<std::size_t>(random_.below(k_validators)));
            break;
    }
}

void Chaos::change_server_bond(std::size_t person) {
    switch (random_.below(3)) {
        case 0:
            send(person, BondServer{.amount = Coin{1 + random_.skewed(36)}});
            break;
        case 1:
            send(person, UnbondServer{.amount = Coin{1 + random_.skewed(34)}});
            break;
        default:
            send(person, WithdrawServerBond{});
            break;
    }
}

void Chaos::report_receipt(std::size_t person, std::optional<std::size_t> sponsor) {
    const std::size_t server = any_person();
    InferenceRequest request;
    request.prompt = {1, 2};
    request.max_tokens = 4;
    InferenceReceipt receipt;
    InferenceStatement& said = receipt.statement;
    said.chain_id = chain_.chain_id();
    said.server = account_of(server);
    said.payer = account_of(any_person());
    said.prompt = request.prompt_hash();
    said.sampling = request.sampling();
    said.round = head(chain_.state()).checkpoint.round;
    said.checkpoint = random_.one_in(8) ? hash_of("another") : head(chain_.state()).checkpoint.root;
    said.outcome = InferenceOutcome::of(
        {{.tokens = {static_cast<std::uint32_t>(random_.below(3))}, .text = "a", .end = AnswerEnd::stop}});
    said.input_tokens = 2;
    said.output_tokens = 1;
    said.cost = Coin{random_.skewed(36)};
    said.height = chain_.height();
    receipt.signature = key_of(server).sign(receipt.id());
    send(person, ReportReceipt{.receipt = receipt, .request = request}, sponsor);
}

void Chaos::judge_receipts() {
    const Hash truth = InferenceOutcome::of({{.tokens = {1}, .text = "a", .end = AnswerEnd::stop}}).hash();
    for (std::size_t person = 0; person < k_persons; ++person) {
        const Account& who = account_of(person);
        for (const ReceiptCaseView& turn : receipt_turns_of(chain_.state(), who)) {
            const Hash found = turn.receipt.bytes[0] % 16 == person ? Hash{} : truth;
            const Hash salt = hash_of("salt");
            if (turn.record.stage == CaseStage::opening) {
                send(person, JudgeReceipt{.receipt = turn.receipt, .move = VerdictOpening{found, salt}});
            } else {
                const Hash commitment = receipt_verdict_commitment(who, turn.receipt, found, salt);
                send(person, JudgeReceipt{.receipt = turn.receipt, .move = Commit{commitment}});
            }
        }
    }
}

void Chaos::punish_one() {
    const Parameters& parameters = chain_.genesis().parameters;
    const Account offender = account_of(any_person());
    const std::optional<Account> prover =
        random_.one_in(3) ? std::nullopt : std::optional(account_of(any_person()));
    const auto cause = static_cast<SlashCause>(random_.below(3));
    const Shares at_most{random_.skewed(30)};
    const std::uint64_t kind = random_.below(4);
    chain_.act([&](Overlay& state, Events& events) {
        if (kind > 0) {
            const Shares locked = locked_stake(state, parameters, offender);
            const SlashResult taken =
                slash(state, parameters, offender, prover, cause, chain_.height(), events);
            const Shares shares = taken.bonded + taken.unbonding + taken.unvested;
            EXPECT_EQ(shares, taken.burned + taken.rewarded);
            EXPECT_LE(taken.rewarded.value * 10, shares.value);
            if (cause == SlashCause::dispute) {
                EXPECT_EQ(shares, locked);
            }
            slashed += shares.is_zero() ? 0U : 1U;
        } else {
            EXPECT_LE(claw_back_compute(state, parameters, offender, at_most, chain_.height(), events),
                      at_most);
        }
    });
}

void Chaos::learn(const BlockOutcome& outcome) {
    for (const TransactionReceipt& receipt : outcome.receipts) {
        (receipt.ok ? succeeded : failed) += 1;
        for (const Event& event : receipt.events) {
            if (const auto* opened = std::get_if<ChannelOpened>(&event)) channels_.push_back(opened->channel);
        }
    }
    if (channels_.size() > 40) channels_.erase(channels_.begin(), channels_.begin() + 10);
}

std::size_t Chaos::any_person() {
    return static_cast<std::size_t>(random_.below(k_persons));
}

void Chaos::send(std::size_t person, const Payload& payload, std::optional<std::size_t> sponsor) {
    chain_.submit(person, payload, sponsor);
}

void Chaos::register_peer(std::size_t person) {
    if (!random_.one_in(4)) return;
    RegisterPeer payload;
    payload.roles = person < k_validators ? k_all_roles : static_cast<std::uint8_t>(random_.below(4));
    payload.endpoint = std::string("127.0.0.1:9");
    if (random_.one_in(2)) payload.service = std::string("http://127.0.0.1:8");
    if (random_.one_in(3)) payload.beneficiary = account_of(any_person());
    send(person, payload);
}

ShowData Chaos::shard_number(std::uint64_t number) {
    ShowData shown = show_of("shard " + std::to_string(number));
    if (number % 5 == 0) shown.sketch = sketch_of("shard " + std::to_string(number / 2));
    if (number % 2 == 0) shown.tags = Tags{std::string("even")};
    return shown;
}

void Chaos::offer(std::size_t person, std::optional<std::size_t> sponsor) {
    const ShowData shown = shard_number(random_.below(300));
    send(person, OfferData{offer_commitment(account_of(person), shown.salt, shown.shard)}, sponsor);
    if (!random_.one_in(6)) to_show_.emplace_back(person, shown);
}

void Chaos::show() {
    if (to_show_.empty()) return;
    const auto place = static_cast<std::ptrdiff_t>(random_.below(to_show_.size()));
    const auto [person, shown] = to_show_[static_cast<std::size_t>(place)];
    send(person, shown);
    if (!random_.one_in(3)) to_show_.erase(to_show_.begin() + place);
}

void Chaos::withdraw(std::size_t person) {
    const auto page = shards(chain_.state(), std::nullopt, 50);
    if (page.entries.empty() || !withdraws || !random_.one_in(20)) return;
    send(person, WithdrawData{random_.pick(page.entries).hash});
}

void Chaos::attest_data(std::size_t person) {
    const auto assigned = scorings_assigned_to(chain_.state(), account_of(person));
    for (const ShardView& one : assigned) {
        if (!random_.one_in(8)) score(person, one);
    }
    if (!assigned.empty()) return;
    if (random_.one_in(4)) send(person, AttestData{.shard = hash_of("shard 1"), .step = {}});
    show();
    withdraw(person);
}

void Chaos::score(std::size_t person, const ShardView& one) {
    ShardAnswer answer{.token_ids_hash = one.hash,
                       .tokens = 30 + one.hash.bytes[0] * 10U,
                       .text_bytes = 90 + one.hash.bytes[0] * 30U,
                       .score = one.hash.bytes[1] * 3U,
                       .sketch_hash = sketch_hash(Sketches::get(chain_.state(), one.hash))};
    if (one.hash.bytes[2] < 25) answer = {};
    // Some disagree, in commitment and opening alike.
    if ((one.hash.bytes[3] + person) % 7 == 0) answer.score += 1;
    const Hash salt = hash_of("salt");
    if (one.judging->phase == JudgingPhase::opening && !random_.one_in(10)) {
        send(person, AttestData{one.hash, OpenAnswer{answer, salt}});
    } else {
        send(person, AttestData{one.hash,
                                CommitAnswer{answer_commitment(account_of(person), one.hash, answer, salt)}});
    }
}

void Chaos::work(std::size_t person) {
    for (Payload& payload : honest_moves(chain_.state(), account_of(person))) {
        if (random_.one_in(12)) continue;
        lie(person, payload);
        send(person, payload);
    }
    if (random_.one_in(20)) send(person, nonsense());
}

void Chaos::lie(std::size_t person, Payload& payload) {
    const auto lies = [&](const auto& move, std::uint32_t odds) {
        return hash_of(std::to_string(person) + to_text(move.round) + std::to_string(move.unit)).bytes[0] %
                   odds ==
               0;
    };
    const auto blunders = [&] { return random_.one_in(40); };
    if (auto* submit = std::get_if<SubmitUpdate>(&payload); submit && lies(*submit, 6)) {
        submit->commitment = commitment_to(account_of(person), submit->round, submit->unit,
                                           honest_update(submit->round, submit->unit),
                                           false_states(submit->round, submit->unit));
    } else if (auto* open = std::get_if<OpenSegments>(&payload); open && lies(*open, 6)) {
        open->segments = false_states(open->round, open->unit);
    } else if (auto* audit = std::get_if<AuditUpdate>(&payload); audit && lies(*audit, 7)) {
        for (const bool opens : {false, true}) {
            for (const AssignedAudit& one : opens ? audit_openings_owed_by(chain_.state(), account_of(person))
                                                  : audits_assigned_to(chain_.state(), account_of(person))) {
                if (one.unit.unit != audit->unit || one.task != audit->task) continue;
                AuditOpening opening = honest_opening(one);
                opening.answer.states[0] = hash_of("a lie");
                payload = audit_move(account_of(person), one, opening, opens);
                return;
            }
        }
    } else if (auto* check = std::get_if<CheckUpdate>(&payload); check && blunders()) {
        check->same = false;
    } else if (auto* dispute = std::get_if<DisputeUpdate>(&payload); dispute && blunders()) {
        dispute->move = nonsense_move();
    }
}

DisputeMove Chaos::nonsense_move() {
    switch (random_.below(6)) {
        case 0:
            return ShowMiddle{hash_of("nothing")};
        case 1:
            return AnswerMiddle{random_.one_in(2)};
        case 2:
            return ServeStart{};
        case 3:
            return ShowNotFinite{1, Hash{}};
        case 4:
            return Commit{hash_of("nothing")};
        default:
            return VerdictOpening{hash_of("nothing"), Hash{}};
    }
}

Payload Chaos::nonsense() {
    const protocol::Round round{random_.below(current_round(chain_.state()).number.value + 2)};
    const auto unit = static_cast<std::uint32_t>(random_.below(6));
    switch (random_.below(8)) {
        case 0:
            return DisputeUpdate{.round = round, .unit = unit, .move = nonsense_move()};
        case 1:
            return AttestBlob{.round = round, .unit = unit};
        case 2:
            return OpenSegments{.round = round, .unit = unit, .segments = honest_states(round, unit)};
        case 3:
            return ServeSegments{.round = round, .unit = unit};
        case 4:
            return CheckUpdate{.round = round, .unit = unit, .same = true};
        case 5:
            return AuditUpdate{.round = round, .unit = unit, .move = Commit{hash_of("nothing")}};
        case 6:
            return AttestCheckpoint{.round = round, .move = AttestationOpening{}};
        default:
            return RevealUpdate{.round = round, .unit = unit, .update = {hash_of("nothing"), 1}};
    }
}

void Chaos::open_channel(std::size_t person) {
    send(person, OpenChannel{.server = account_of(static_cast<std::size_t>(random_.below(k_validators + 2))),
                             .deposit = Coin{1 + random_.skewed(36)}});
}

void Chaos::settle(std::size_t person) {
    if (channels_.empty() || random_.one_in(5)) {
        return send(person,
                    PayCall{.server = account_of(static_cast<std::size_t>(random_.below(k_validators + 2))),
                            .amount = Coin{1 + random_.skewed(36)},
                            .call = hash_of("a call")});
    }
    const Hash id = random_.pick(channels_);
    const auto record = channel(chain_.state(), id);
    if (!record)
        return send(person,
                    SettleChannel{.channel = id, .cumulative = Coin{9}, .signature = {}, .amount = Coin{9}});
    const Coin amount{record->settled.value + 1 +
                      random_.below(record->deposit.value - record->settled.value + 10)};
    const Coin cumulative{amount.value + random_.below(3)};
    SettleChannel payload{.channel = id, .cumulative = cumulative, .signature = {}, .amount = amount};
    payload.signature = signer_of(record->payer).sign(voucher_digest(chain_.chain_id(), id, cumulative));
    if (random_.one_in(20)) payload.signature.bytes[0] ^= 1;
    chain_.submit_as(random_.one_in(20) ? account_of(person) : record->server, payload);
}

void Chaos::change_channel(std::size_t person) {
    if (channels_.empty()) return;
    const Hash id = random_.pick(channels_);
    const auto record = channel(chain_.state(), id);
    const Account who = record && !random_.one_in(10) ? record->payer : account_of(person);
    switch (random_.below(3)) {
        case 0:
            chain_.submit_as(who, TopUpChannel{.channel = id, .amount = Coin{1 + random_.skewed(30)}});
            break;
        case 1:
            chain_.submit_as(who, CloseChannel{.channel = id});
            break;
        default:
            chain_.submit_as(who, WithdrawChannel{.channel = id});
            break;
    }
}

const SecretKey& Chaos::signer_of(const Account& account) {
    for (std::size_t i = 0; i < k_persons; ++i) {
        if (account_of(i) == account) return key_of(i);
    }
    return key_of(0);
}

}  // namespace dure::ledger::testing
