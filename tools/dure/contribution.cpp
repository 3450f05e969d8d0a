#include <algorithm>
#include <chrono>
#include <thread>

#include "base/blob.h"
#include "tools/dure/contribute.h"
#include "tools/dure/labelled.h"
#include "trainer/text/examples.h"
#include "trainer/text/minhash.h"
#include "trainer/text/normalize.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

constexpr std::chrono::seconds k_show_patience{120};

Hash salt_of(const SecretKey& key, const Hash& shard) {
    static const TaggedHash hash("dure/offer/salt");
    return hash({ByteView(key.secret_bytes()), shard.bytes});
}

Hash commitment_of(const SecretKey& key, const Hash& shard) {
    return ledger::offer_commitment(key.account(), salt_of(key, shard), shard);
}

std::string offer_path(const SecretKey& key, const Hash& shard) {
    return "/v1/offers/" + key.account().address() + "/" + commitment_of(key, shard).hex();
}

Status require_fits(const char* option, std::size_t size, std::size_t most, const char* hint) {
    if (size <= most) return {};
    return Error{ErrorCode::out_of_range,
                 std::string(option) + " is longer than " + std::to_string(most) + " characters; " + hint};
}

Result<ledger::Tags> tags_of(std::vector<std::string> tags) {
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    if (tags.size() > ledger::Tags::k_max) {
        return Error{ErrorCode::out_of_range, std::to_string(tags.size()) + " tags; a shard has at most " +
                                                  std::to_string(ledger::Tags::k_max)};
    }
    ledger::Tags result;
    for (std::string& tag : tags) {
        DURE_CHECK(require_fits("--tag", tag.size(), ledger::Tag::k_max, "give a shorter word"));
        result.emplace_back(std::move(tag));
    }
    return result;
}

/// "\n" in a template given on the command line stands for a line feed.
std::string with_line_feeds(std::string_view pattern) {
    std::string result;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool is_feed = pattern[i] == '\\' && i + 1 < pattern.size() && pattern[i + 1] == 'n';
        result.push_back(is_feed ? '\n' : pattern[i]);
        if (is_feed) ++i;
    }
    return result;
}

struct Content {
    std::string bytes;
    std::string text;
};

Result<Content> examples_of(const std::string& name, std::string_view content, const std::string& pattern) {
    DURE_TRY(std::string table,
             name.ends_with(".jsonl") ? table_from_jsonl(content) : trainer::table_from_tsv(content));
    DURE_TRY(std::string text, trainer::render_examples(table, pattern));
    return Content{std::move(table), std::move(text)};
}

}  // namespace

Result<Contribution> make_contribution(const std::string& name, std::string_view content,
                                       const ContributionOptions& options) {
    DURE_CHECK(
        require_fits("--license", options.license.size(), ledger::License::k_max, "give an SPDX identifier"));
    DURE_CHECK(require_fits("--language", options.language.size(), ledger::Language::k_max,
                            "give a BCP 47 tag such as ko"));
    Contribution made;
    made.license = options.license;
    made.language = options.language;
    DURE_TRY(made.tags, tags_of(options.tags));
    std::string text;
    if (options.pattern.empty()) {
        if (name.ends_with(".jsonl"))
            return Error{ErrorCode::malformed,
                         "a .jsonl file holds examples; say with --template how each "
                         "becomes text, e.g. --template '{question}\\n{answer}'"};
        DURE_TRY(made.bytes, trainer::normalize_text(content));
        text = made.bytes;
    } else {
        const std::string pattern = with_line_feeds(options.pattern);
        DURE_CHECK(require_fits("--template", pattern.size(), ledger::k_max_template_bytes,
                                "leave to the table what differs from row to row"));
        DURE_TRY(Content examples, examples_of(name, content, pattern));
        made.bytes = std::move(examples.bytes);
        text = std::move(examples.text);
        ledger::Labelled labelled;
        labelled.pattern = pattern;
        made.kind = std::move(labelled);
    }
    if (text.empty()) return Error{ErrorCode::insufficient, "there is no text in it"};
    made.sketch = {trainer::sketch_bytes(trainer::sketch_of(text))};
    made.shard = blob_hash(as_bytes(made.bytes));
    return made;
}

Result<ContributionStage> stage_of(Api& api, const SecretKey& key, const Contribution& contribution) {
    const auto shard = api.get("/v1/shards/" + contribution.shard.hex());
    if (!shard && shard.error().code != ErrorCode::not_found) return shard.error();
    if (shard) {
        const std::string status = text_at(*shard, "status");
        const bool is_open = status == "rejected" || status == "lapsed" || status == "duplicate";
        if (!is_open) {
            if (text_at(*shard, "owner") == key.account().address()) return ContributionStage::shown;
            return Error{ErrorCode::duplicate, "the same text is there as shard " + contribution.shard.hex() +
                                                   " of " + text_at(*shard, "owner") + " (" + status +
                                                   "); the first offer counts"};
        }
    }
    const auto offer = api.get(offer_path(key, contribution.shard));
    if (offer) return ContributionStage::offered;
    if (offer.error().code != ErrorCode::not_found) return offer.error();
    return ContributionStage::fresh;
}

Result<std::string> offer_data(Api& api, const SecretKey& key, const Contribution& contribution, Coin fee) {
    return api.submit(key, ledger::OfferData{commitment_of(key, contribution.shard)}, fee);
}

Result<std::string> show_data(Api& api, const SecretKey& key, const Contribution& contribution, Coin fee) {
    const std::string path = offer_path(key, contribution.shard);
    const auto deadline = std::chrono::steady_clock::now() + k_show_patience;
    while (true) {
        DURE_TRY(const json::value offer, api.get(path));
        if (number_at(offer, "height") + 1 >= number_at(offer, "earliest")) break;
        if (std::chrono::steady_clock::now() > deadline)
            return Error{ErrorCode::unavailable,
                         "the chain stands still; the same command shows the offer later"};
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    DURE_TRY(const Hash shard, api.upload(as_bytes(contribution.bytes)));
    const ledger::ShowData show{.salt = salt_of(key, shard),
                                .shard = shard,
                                .bytes = contribution.bytes.size(),
                                .license = contribution.license,
                                .language = contribution.language,
                                .tags = contribution.tags,
                                .kind = contribution.kind,
                                .sketch = contribution.sketch};
    return api.submit(key, show, fee);
}

}  // namespace dure::tools
