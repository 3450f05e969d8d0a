#include "trainer/model/recipe.h"

namespace dure::trainer {

Recipe default_devnet_recipe(std::uint32_t vocab) {
    Recipe recipe;
    ModelConfig& model = recipe.model;
    model.vocab = vocab;
    model.active_vocab = vocab;
    model.dim = 128;
    model.layers = 4;
    model.heads = 4;
    model.kv_heads = 2;
    model.head_dim = 32;
    model.ffn = 352;
    model.max_sequence = 128;
    model.tied = true;

    TrainConfig& train = recipe.train;
    train.steps = 64;
    train.batch = 4;
    train.sequence = 128;
    train.segment_steps = 8;
    train.warmup_steps = 4;
    train.learning_rate = Float32(2e-3F);
    train.learning_rate_floor = Float32(5e-4F);
    train.weight_decay = Float32(0.1F);
    train.clip_norm = Float32(1.0F);
    train.quant_block = 64;
    train.update_norm_max = Float32(64.0F);
    train.update_norm_refused = Float32(256.0F);
    train.outer_learning_rate = Float32(1.0F);
    train.outer_momentum = Float32(0.2F);
    train.held_out_windows = 64;
    train.score_windows = 32;
    train.score_step = Float32(0.01F);
    return recipe;
}

TrainConfig continued_training(const ModelConfig& model) {
    TrainConfig train = default_devnet_recipe(model.vocab).train;
    train.learning_rate = Float32(2e-4F);
    train.learning_rate_floor = Float32(5e-5F);
    while (train.sequence > model.max_sequence)
        train.sequence /= 2;
    return train;
}

}  // namespace dure::trainer
