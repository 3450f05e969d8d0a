// trainer: configs, updates, checkpoints, the tokenizer's model, texts.
#include <vector>

#include "tests/fuzz/target.h"
#include "trainer/eval/hangul.h"
#include "trainer/eval/korean_sets.h"
#include "trainer/eval/typos.h"
#include "trainer/model/config.h"
#include "trainer/rounds/arrays.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/rounds/update.h"
#include "trainer/text/examples.h"
#include "trainer/text/minhash.h"
#include "trainer/text/normalize.h"
#include "trainer/text/tokenizer.h"
#include "trainer/text/utf8.h"

namespace dure::fuzz {
namespace {

using namespace trainer;

DURE_FUZZ_TARGET(trainer_configs) {
    round_trip<ModelConfig>(input);
    round_trip<TrainConfig>(input);
    if (const auto model = decode<ModelConfig>(input); model && model->validate()) {
        require(model->parameter_count() <= k_max_parameters, "a validated model fits a blob");
    }
    if (const auto train = decode<TrainConfig>(input)) static_cast<void>(train->validate());
}

DURE_FUZZ_TARGET(update) {
    if (input.empty()) return;
    const std::uint64_t count = input[0] % 65 + 1;
    const std::uint32_t block = 1U << input[0] % 7;
    const ByteView bytes = input.subspan(1);
    const auto update = Update::decode(bytes, count, block);
    if (!update) return;
    require(update->encode() == to_bytes(bytes), "an update has one form");
    std::vector<float> values(count);
    update->dequantize(values);
    for (const float value : values)
        require(value - value == 0.0F, "an update is finite");
}

DURE_FUZZ_TARGET(training_array) {
    if (input.empty()) return;
    const ByteView bytes = input.subspan(1);
    const auto values = decode_array(bytes, input[0], "number");
    if (!values) return;
    require(values->size() == input[0] && to_bytes(array_bytes(*values)) == to_bytes(bytes),
            "an array has one form");
    for (const float value : *values)
        require(value - value == 0.0F, "an array is finite");
}

DURE_FUZZ_TARGET(checkpoint) {
    const auto checkpoint = Checkpoint::decode(input);
    if (!checkpoint) return;
    require(checkpoint->encode() == to_bytes(input), "a checkpoint has one form");
    static_cast<void>(checkpoint->root());
}

DURE_FUZZ_TARGET(tokenizer_model) {
    const auto tokenizer = Tokenizer::load(input);
    if (!tokenizer) return;
    const Tokens tokens = tokenizer->encode("두레 is a village custom");
    for (const Token token : tokens)
        require(token >= 0 && static_cast<std::uint32_t>(token) < tokenizer->size(),
                "tokens are in the vocabulary");
    static_cast<void>(tokenizer->decode(tokens));
}

DURE_FUZZ_TARGET(examples) {
    // A template, a zero byte, a table.
    const std::string_view text = as_text(input);
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos) return;
    const std::string_view table = text.substr(end + 1);
    const auto rendered = render_examples(table, text.substr(0, end));
    if (rendered) {
        require(check_table(table).has_value(), "what renders is a table");
        require(*normalize_text(*rendered) == *rendered, "what is rendered is in normal form");
    }
    if (const auto made = table_from_tsv(table)) {
        require(check_table(*made).has_value(), "what is made of a file is a table");
        require(*table_from_tsv(*made) == *made, "a table has one form");
    }
}

DURE_FUZZ_TARGET(sketch) {
    const Sketch sketch = sketch_of(as_text(input));
    require(equal_entries(sketch, sketch) == k_sketch_values, "a sketch is like itself");
    std::string twice(as_text(input));
    twice += "\n .,\n";
    require(sketch_of(twice) == sketch || !normalize_text(as_text(input)),
            "blanks and punctuation do not count");
}

DURE_FUZZ_TARGET(normalized_text) {
    const auto text = normalize_text(as_text(input));
    if (text) require(normalize_text(*text).value() == *text, "normalizing twice changes nothing");
}

DURE_FUZZ_TARGET(labelled_text) {
    static_cast<void>(read_nsmc(as_text(input)));
    static_cast<void>(read_klue_nli(as_text(input)));
    static_cast<void>(read_kobest_copa(as_text(input)));
    static_cast<void>(read_sae4k(as_text(input)));
    const auto examples = read_labelled_text(as_text(input));
    if (!examples) return;
    for (const Completion& example : *examples) {
        const auto again = read_labelled_text(labelled_line(example.question, example.answer));
        require(again && again->size() == 1 && again->front() == example, "a labelled line reads as it was");
        require(text_of(characters_of(example.answer)) == example.answer, "characters give the text back");
        const auto wrong = with_typo(example.answer, input.size());
        require(!wrong || characters_of(*wrong).size() == characters_of(example.answer).size(),
                "a typo keeps the number of characters");
    }
}

DURE_FUZZ_TARGET(whole_characters) {
    std::string pending(as_text(input));
    const std::string whole = take_whole_characters(pending);
    require(pending.size() <= 3, "at most one unfinished character is left");
    std::string again = whole;
    require(take_whole_characters(again) == whole && again.empty(), "what was taken is whole");
}

}  // namespace
}  // namespace dure::fuzz
