// dure model: a checkpoint to the files that other tools open and back, what it is, and a larger one from it.
#include <iostream>
#include <memory>

#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/model_folder.h"
#include "tools/dure/model_source.h"
#include "tools/dure/output.h"
#include "tools/dure/wallet.h"
#include "trainer/growth/grow.h"
#include "trainer/growth/widen.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

json::object described(const trainer::Checkpoint& checkpoint) {
    const trainer::ModelConfig& config = checkpoint.config;
    return {{"parameters", config.parameter_count()},
            {"root", checkpoint.root().hex()},
            {"layers", config.layers},
            {"dim", config.dim},
            {"heads", config.heads},
            {"kv_heads", config.kv_heads},
            {"head_dim", config.head_dim},
            {"ffn", config.ffn},
            {"vocab", config.vocab},
            {"active_vocab", config.active_vocab},
            {"max_sequence", config.max_sequence},
            {"tied", config.tied}};
}

/// The rows of described(), or JSON.
void print(const Model& model, bool as_json) {
    json::object what = described(model.checkpoint);
    if (!model.tokenizer.empty()) what["tokenizer_bytes"] = model.tokenizer.size();
    if (as_json) {
        std::cout << pretty(what);
        return;
    }
    Table table({"model", ""});
    for (const auto& [name, value] : what)
        table.row({std::string(name), text_at(value, "")});
    std::cout << table.text();
}

struct ExportOptions {
    std::string folder;
    std::string checkpoint;
    std::string tokenizer;
    std::string data;
};

Result<Model> model_to_export(const ExportOptions& options, const SharedOptions& shared) {
    if (!options.checkpoint.empty()) {
        DURE_TRY(Model model, read_model(options.checkpoint));
        if (!options.tokenizer.empty()) {
            DURE_TRY(const std::string bytes, read_file(options.tokenizer, trainer::k_max_tokenizer_bytes));
            model.tokenizer = to_bytes(as_bytes(bytes));
        }
        return model;
    }
    if (!options.data.empty()) return model_of_folder(options.data);
    DURE_TRY(Api api, Api::open(shared.node));
    return model_of_node(api);
}

void add_export(Program& program, CLI::App& parent) {
    const auto options = std::make_shared<ExportOptions>();
    CLI::App& command = program.command(
        &parent, "export", "write a model in the layout of Llama checkpoints",
        {"dure model export mymodel", "dure model export mymodel --data ~/.dure/node",
         "dure model export mymodel --checkpoint checkpoint.bin --tokenizer tokenizer.model"},
        "Without --checkpoint or --data: the newest attested model of the running node. Writes config.json,\n"
        "model.safetensors, tokenizer.model and, where it is not zero, outer_momentum.safetensors.");
    command.add_option("folder", options->folder, "the folder to write")->required();
    CLI::Option* const file =
        command
            .add_option("--checkpoint", options->checkpoint, "a checkpoint file or another model's folder")
            ->type_name("PATH");
    command.add_option("--tokenizer", options->tokenizer, "the tokenizer of that checkpoint file")
        ->needs(file)
        ->type_name("FILE");
    command.add_option("--data", options->data, "the folder of a node that is not running")
        ->excludes(file)
        ->type_name("FOLDER");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared]() -> Status {
        DURE_TRY(const Model model, model_to_export(*options, shared));
        DURE_CHECK(write_model_folder(options->folder, model));
        print(model, shared.json);
        return {};
    });
}

struct ImportCommandOptions {
    std::string folder;
    std::string file;
    trainer::ImportOptions import;
};

void add_import(Program& program, CLI::App& parent) {
    const auto options = std::make_shared<ImportCommandOptions>();
    CLI::App& command =
        program.command(&parent, "import", "make a checkpoint file of a Llama checkpoint's folder",
                        {"dure model import mymodel checkpoint.bin",
                         "dure model import foreign-llama checkpoint.bin --max-sequence 2048"},
                        "An unchanged export gives the checkpoint that it was made from, bit for bit.");
    command.add_option("folder", options->folder, "folder with config.json and model.safetensors")
        ->required();
    command.add_option("file", options->file, "the checkpoint file to write")->required();
    command.add_option("--max-sequence", options->import.max_sequence,
                       "take so many positions, fewer than the model has");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared]() -> Status {
        DURE_TRY(const Model model, read_model(options->folder, options->import));
        DURE_CHECK(write_checkpoint_file(options->file, model.checkpoint));
        print(model, shared.json);
        return {};
    });
}

void add_show(Program& program, CLI::App& parent) {
    const auto path = std::make_shared<std::string>();
    CLI::App& command = program.command(&parent, "show", "a model's shape, size and root",
                                        {"dure model show mymodel", "dure model show checkpoint.bin --json"});
    command.add_option("path", *path, "a checkpoint file or a model's folder")->required();
    const SharedOptions& shared = program.options();
    program.action(command, [path, &shared]() -> Status {
        DURE_TRY(const Model model, read_model(*path));
        print(model, shared.json);
        return {};
    });
}

struct GrowOptions {
    std::string from;
    std::string to;
    std::uint64_t seed = 0;
    // 0: as it is
    std::uint32_t layers = 0;
    std::uint32_t ffn = 0;
    std::uint32_t kv_heads = 0;
    std::uint32_t vocab = 0;
    std::uint32_t active_vocab = 0;
    std::uint32_t max_sequence = 0;
    std::uint32_t dim = 0;
};

trainer::ModelConfig grown_config(const GrowOptions& options, const trainer::ModelConfig& from) {
    trainer::ModelConfig to = from;
    const auto take = [](std::uint32_t& field, std::uint32_t value) {
        if (value != 0) field = value;
    };
    take(to.layers, options.layers);
    take(to.ffn, options.ffn);
    take(to.vocab, options.vocab);
    take(to.active_vocab, options.active_vocab);
    take(to.max_sequence, options.max_sequence);
    if (options.kv_heads != 0) {
        to.heads = from.heads / from.kv_heads * options.kv_heads;
        to.kv_heads = options.kv_heads;
    }
    return to;
}

Status grow_model(const GrowOptions& options, const SharedOptions& shared) {
    DURE_TRY(Model model, read_model(options.from));
    trainer::Checkpoint& checkpoint = model.checkpoint;
    const bool wider = options.dim != 0 && options.dim != checkpoint.config.dim;
    if (wider) {
        DURE_TRY(checkpoint, trainer::widen(checkpoint, options.dim, options.seed));
    }
    DURE_TRY(checkpoint, trainer::grow(checkpoint, grown_config(options, checkpoint.config), options.seed));
    DURE_CHECK(write_checkpoint_file(options.to, checkpoint));
    model.tokenizer.clear();
    print(model, shared.json);
    if (shared.json) return {};
    std::cout << (wider ? "The residual stream is wider: the logits are those of before to rounding.\n"
                        : "The logits are those of before, bit for bit.\n");
    return {};
}

void add_grow(Program& program, CLI::App& parent) {
    const auto options = std::make_shared<GrowOptions>();
    CLI::App& command = program.command(
        &parent, "grow", "make a larger model that says the same",
        {"dure model grow small.bin large.bin --layers 8 --ffn 704",
         "dure model grow small.bin large.bin --kv-heads 4 --vocab 4096 --seed 7"},
        "What is not named stays. All but --dim keep every bit of the logits; --dim keeps them to rounding.");
    command.add_option("from", options->from, "a checkpoint file or a model's folder")->required();
    command.add_option("to", options->to, "the checkpoint file to write")->required();
    command.add_option("--layers", options->layers, "layers");
    command.add_option("--ffn", options->ffn, "feed-forward units");
    command.add_option("--kv-heads", options->kv_heads, "key/value groups, each with its query heads");
    command.add_option("--vocab", options->vocab, "vocabulary rows; new ones are masked");
    command.add_option("--active-vocab", options->active_vocab, "vocabulary rows in use");
    command.add_option("--max-sequence", options->max_sequence, "positions");
    command.add_option("--dim", options->dim, "width of the residual stream");
    command.add_option("--seed", options->seed, "of the new parameters' start")->capture_default_str();
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return grow_model(*options, shared); });
}

}  // namespace

void add_model(Program& program) {
    CLI::App& model = program.command(nullptr, "model", "a model's files: export, import, show, grow",
                                      {"dure model export mymodel", "dure model show mymodel"});
    model.require_subcommand(1);
    add_export(program, model);
    add_import(program, model);
    add_show(program, model);
    add_grow(program, model);
}

}  // namespace dure::tools
