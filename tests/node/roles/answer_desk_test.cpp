#include "node/roles/answer_desk.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <functional>
#include <future>

#include "tests/trainer/inference/sample_tokenizer.h"
#include "tests/trainer/support.h"

namespace dure::node {
namespace {

namespace asio = boost::asio;
using trainer::Float32;
using trainer::testing::sample_tokenizer;

AnswerModel make_model(std::uint64_t seed) {
    trainer::ModelConfig config = trainer::testing::tiny_model();
    config.vocab = config.active_vocab = sample_tokenizer().size();
    auto checkpoint = trainer::initial_checkpoint(config, seed);
    EXPECT_TRUE(checkpoint);
    trainer::testing::Numbers numbers(seed);
    for (float& p : checkpoint->parameters)
        p += 0.5F * numbers.unit();
    AnswerModel model;
    model.checkpoint = std::make_shared<const trainer::Checkpoint>(std::move(*checkpoint));
    model.tokenizer = Library::TokenizerPtr(&sample_tokenizer(), [](const trainer::Tokenizer*) {});
    model.record.round = protocol::Round{seed};
    return model;
}

trainer::AnswerRequest request_of(std::uint64_t seed, std::uint32_t max_tokens = 30) {
    trainer::AnswerRequest request;
    request.tokens.prompt = {trainer::k_begin_token};
    const auto words = sample_tokenizer().encode("농부가 논에서");
    request.tokens.prompt.insert(request.tokens.prompt.end(), words.begin(), words.end());
    request.tokens.params.max_tokens = max_tokens;
    request.tokens.params.seed = seed;
    request.tokens.params.stop_tokens.clear();
    return request;
}

/// The answer of the engine alone.
std::string alone(const AnswerModel& model, trainer::AnswerRequest request) {
    const auto machine = trainer::testing::fastest_machine();
    auto engine = trainer::AnswerEngine::create(*machine.kernels, model.checkpoint->config,
                                                model.checkpoint->parameters, *model.tokenizer, {});
    EXPECT_TRUE(engine->add(std::move(request)));
    std::string text;
    while (!engine->engine().idle()) {
        for (const auto& part : engine->step())
            text += part.text;
    }
    return text;
}

struct Gathered {
    std::string text;
    std::uint64_t tokens = 0;
    std::size_t ends = 0;
    std::optional<Error> error;
    bool done = false;
};

asio::awaitable<void> gather(AnswerRun* run, Gathered* all) {
    while (true) {
        auto part = co_await run->next();
        if (!part) all->error = part.error();
        if (!part || !*part) break;
        all->text += (*part)->text;
        all->tokens += (*part)->tokens.size();
        if ((*part)->finish) ++all->ends;
    }
    all->done = true;
}

class AnswerDeskTest : public testing::Test {
  protected:
    AnswerDeskTest() : workshop_(io_, {}) {}

    AnswerDesk& desk(trainer::EngineLimits limits = {}) {
        return desk_.emplace(io_, workshop_, AnswerDeskConfig{limits, 4});
    }
    std::unique_ptr<AnswerRun> begin(std::vector<trainer::AnswerRequest> requests,
                                     const Account& payer = {}) {
        auto run = desk_->begin(std::move(requests), payer);
        EXPECT_TRUE(run) << run.error().message;
        return std::move(*run);
    }
    void start(AnswerRun& run, Gathered& all) { asio::co_spawn(io_, gather(&run, &all), asio::detached); }
    void run_until(const std::function<bool()>& condition) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition() && std::chrono::steady_clock::now() < limit)
            io_.run_one_for(std::chrono::milliseconds(10));
        ASSERT_TRUE(condition());
    }

    asio::io_context io_;
    WorkshopThread workshop_;
    std::optional<AnswerDesk> desk_;
};

TEST_F(AnswerDeskTest, EachRunGetsItsOwnAnswersWhateverElseRuns) {
    const AnswerModel model = make_model(1);
    desk();
    EXPECT_EQ(desk_->begin({request_of(1)}, {}).error().code, ErrorCode::unavailable) << "no model yet";
    desk_->use(model);
    std::vector<std::unique_ptr<AnswerRun>> runs;
    std::vector<Gathered> gathered(8);
    for (std::uint64_t i = 0; i < gathered.size(); ++i) {
        runs.push_back(begin({request_of(i)}));
        start(*runs[i], gathered[i]);
    }
    auto both = begin({request_of(100), request_of(101)});
    Gathered choices;
    start(*both, choices);
    run_until([&] {
        return choices.done &&
               std::all_of(gathered.begin(), gathered.end(), [](const auto& g) { return g.done; });
    });
    for (std::uint64_t i = 0; i < gathered.size(); ++i) {
        EXPECT_FALSE(gathered[i].error);
        EXPECT_EQ(gathered[i].text, alone(model, request_of(i)));
        EXPECT_EQ(gathered[i].tokens, 30U);
    }
    EXPECT_EQ(choices.ends, 2U);
    EXPECT_EQ(choices.tokens, 60U);
    EXPECT_EQ(desk_->under_way(), 0U);
}

TEST_F(AnswerDeskTest, ARunThatNobodyTakesFromWaitsAndHoldsUpNobody) {
    const AnswerModel model = make_model(1);
    trainer::EngineLimits limits;
    limits.max_running = 1;  // so that it would hold up the other if it ran
    desk(limits).use(model);
    auto slow = begin({request_of(1, 50)});
    auto quick = begin({request_of(2, 50)});
    Gathered of_quick;
    start(*quick, of_quick);
    run_until([&] { return of_quick.done; });
    EXPECT_EQ(of_quick.text, alone(model, request_of(2, 50)));
    EXPECT_EQ(desk_->under_way(), 1U) << "the slow one has not gone on to its end";
    Gathered of_slow;
    start(*slow, of_slow);
    run_until([&] { return of_slow.done; });
    EXPECT_EQ(of_slow.text, alone(model, request_of(1, 50)));
    EXPECT_EQ(of_slow.tokens, 50U);
}

TEST_F(AnswerDeskTest, ADroppedRunEndsAndMakesRoom) {
    trainer::EngineLimits limits;
    limits.max_running = 1;
    limits.max_waiting = 1;
    desk(limits).use(make_model(1));
    auto first = begin({request_of(1)});
    auto second = begin({request_of(2)});
    const auto refused = desk_->begin({request_of(3)}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    first.reset();
    second.reset();
    EXPECT_EQ(desk_->under_way(), 0U);
    auto third = begin({request_of(3)});
    Gathered all;
    start(*third, all);
    run_until([&] { return all.done; });
    EXPECT_EQ(all.tokens, 30U);
}

TEST_F(AnswerDeskTest, ARunEndsWithTheModelThatItBeganWith) {
    const AnswerModel one = make_model(1);
    const AnswerModel two = make_model(2);
    const AnswerModel three = make_model(3);
    desk().use(one);
    auto first = begin({request_of(7)});
    desk_->use(two);
    EXPECT_EQ(desk_->model()->record.round, two.record.round);
    auto second = begin({request_of(7)});
    desk_->use(three);
    EXPECT_EQ(desk_->model()->record.round, two.record.round) << "not while two models are at work";
    auto third = begin({request_of(7)});
    Gathered a;
    Gathered b;
    Gathered c;
    start(*first, a);
    start(*second, b);
    start(*third, c);
    run_until([&] { return a.done && b.done && c.done; });
    EXPECT_EQ(desk_->model()->record.round, three.record.round);
    EXPECT_EQ(a.text, alone(one, request_of(7)));
    EXPECT_EQ(b.text, alone(two, request_of(7)));
    EXPECT_EQ(c.text, b.text);
    EXPECT_NE(a.text, b.text);
}

// One answer at a time, so that the order in which they end is the order of the turns.
TEST_F(AnswerDeskTest, TurnsGoRoundAmongPayersWhoeverAskedForMost) {
    desk({.max_running = 1, .max_waiting = 64}).use(make_model(1));
    const std::vector<std::size_t> asked{7, 1, 3, 2};  // by payer
    std::vector<std::unique_ptr<AnswerRun>> runs;
    std::vector<Gathered> gathered(13);
    std::vector<std::size_t> payer_of;
    for (std::size_t payer = 0; payer < asked.size(); ++payer) {
        const Account account = SecretKey::from_seed("payer " + std::to_string(payer)).account();
        for (std::size_t i = 0; i < asked[payer]; ++i) {
            runs.push_back(begin({request_of(i, 4)}, account));
            start(*runs.back(), gathered[payer_of.size()]);
            payer_of.push_back(payer);
        }
    }
    std::vector<std::size_t> served(asked.size());
    std::vector<bool> counted(gathered.size());
    for (std::size_t turns = 0; turns < gathered.size(); ++turns) {
        std::size_t now = gathered.size();
        run_until([&] {
            for (std::size_t i = 0; i < gathered.size(); ++i)
                if (gathered[i].done && !counted[i]) now = i;
            return now < gathered.size();
        });
        ASSERT_LT(now, gathered.size());
        counted[now] = true;
        const std::size_t payer = payer_of[now];
        for (std::size_t other = 0; other < asked.size(); ++other) {
            if (served[other] < asked[other]) {
                EXPECT_LE(served[payer], served[other])
                    << "payer " << payer << " got a turn more while payer " << other << " waited";
            }
        }
        ++served[payer];
    }
    EXPECT_EQ(served, asked);
}

TEST_F(AnswerDeskTest, ARunWhoseTurnDoesNotComeInTimeEndsAndIsForgotten) {
    desk_.emplace(io_, workshop_,
                  AnswerDeskConfig{{.max_running = 1, .max_waiting = 4}, 4, std::chrono::milliseconds(50)});
    desk_->use(make_model(1));
    // Somebody else has the workshop.
    std::promise<void> over;
    auto wait = [end = over.get_future().share()](const trainer::Kernels&, const Cancelled&) -> Result<int> {
        end.wait();
        return 0;
    };
    const auto occupy = [](WorkshopThread* workshop, decltype(wait) work) -> asio::awaitable<void> {
        static_cast<void>(co_await workshop->run(0, nullptr, std::move(work)));
    };
    asio::co_spawn(io_, occupy(&workshop_, wait), asio::detached);
    auto first = begin({request_of(1)}, SecretKey::from_seed("a").account());
    auto second = begin({request_of(2), request_of(3)}, SecretKey::from_seed("b").account());
    Gathered one;
    Gathered two;
    start(*first, one);
    start(*second, two);
    run_until([&] { return one.done && two.done; });
    for (const Gathered* all : {&one, &two}) {
        ASSERT_TRUE(all->error);
        EXPECT_EQ(all->error->code, ErrorCode::unavailable);
        EXPECT_NE(all->error->message.find("Nothing was charged"), std::string::npos);
        EXPECT_EQ(all->tokens, 0U);
    }
    EXPECT_EQ(desk_->under_way(), 0U);
    EXPECT_EQ(desk_->waiting(), 0U);
    over.set_value();
    auto next = begin({request_of(4, 2)});
    Gathered later;
    start(*next, later);
    run_until([&] { return later.done; });
    EXPECT_FALSE(later.error) << "and leaves room for others";
}

TEST_F(AnswerDeskTest, ClosingLetsEverybodyGo) {
    desk().use(make_model(1));
    auto run = begin({request_of(1, 50)});
    Gathered all;
    start(*run, all);
    run_until([&] { return all.tokens > 0; });
    desk_->close();
    run_until([&] { return all.done; });
    ASSERT_TRUE(all.error);
    EXPECT_EQ(all.error->code, ErrorCode::unavailable);
    EXPECT_FALSE(desk_->begin({request_of(1)}, {}));
}

TEST_F(AnswerDeskTest, ARequestThatCannotBeAnsweredFailsAloneAndSaysWhy) {
    desk().use(make_model(1));
    trainer::AnswerRequest wrong = request_of(1);
    wrong.tokens.prompt = {1'000'000};
    auto bad = begin({std::move(wrong)});
    auto good = begin({request_of(1)});
    Gathered of_bad;
    Gathered of_good;
    start(*bad, of_bad);
    start(*good, of_good);
    run_until([&] { return of_bad.done && of_good.done; });
    ASSERT_TRUE(of_bad.error);
    EXPECT_EQ(of_bad.error->code, ErrorCode::invalid);
    EXPECT_EQ(of_good.tokens, 30U);
    EXPECT_EQ(desk_->under_way(), 0U);
}

}  // namespace
}  // namespace dure::node
