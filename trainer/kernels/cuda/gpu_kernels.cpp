#include "trainer/kernels/cuda/gpu_kernels.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "trainer/kernels/cuda/launch.h"

namespace dure::trainer::DURE_GPU {
namespace {

class GpuKernels final : public Kernels {
  public:
    GpuKernels(std::unique_ptr<GpuDevice> device, std::unique_ptr<Kernels> host)
        : Kernels(host->isa(), host->executor()),
          device_(std::move(device)),
          host_(std::move(host)),
          stream_(device_->stream()),
          number_(*device_, 1),
          found_(*device_, 1) {}

    Device& device() const override { return *device_; }
    const Kernels& host() const override { return *host_; }

    void matmul(float* out, const float* x, const float* w, int64_t T, int64_t N, int64_t K,
                Store store) const override {
        require({out, x, w});
        const Product p{x, w, out, T, N, K, true, true, store == Store::add};
        if (T <= k_few_rows) {
            product_few_rows(stream_, p);
        } else {
            product(stream_, p);
        }
    }
    void matmul_input_gradient(float* dx, const float* dy, const float* w, int64_t T, int64_t N, int64_t K,
                               Store store) const override {
        require({dx, dy, w});
        product(stream_, {dy, w, dx, T, K, N, true, false, store == Store::add});
    }
    void matmul_weight_gradient(float* dw, const float* dy, const float* x, int64_t T, int64_t N,
                                int64_t K) const override {
        require({dw, dy, x});
        const Product p{dy, x, dw, N, K, T, false, false, true};
        const int64_t room = chunk_sums_wanted(stream_, p);
        product_in_chunks(stream_, p, scratch(room), room);
    }
    void rms_norm(float* out, float* inverse_rms, const float* x, const float* gain, float epsilon, int64_t T,
                  int64_t C) const override {
        require({out, inverse_rms, x, gain});
        DURE_GPU::rms_norm(stream_, out, inverse_rms, x, gain, epsilon, T, C);
    }
    void rms_norm_gradient(float* dx, float* dgain, const float* dy, const float* x, const float* gain,
                           const float* inverse_rms, int64_t T, int64_t C) const override {
        require({dx, dgain, dy, x, gain, inverse_rms});
        DURE_GPU::rms_norm_gradient(stream_, dx, dgain, dy, x, gain, inverse_rms, T, C,
                                    scratch(ceil_divide(T, k_token_chunk) * C));
    }
    void rotate(float* x, const float* cosines, const float* sines, const int32_t* positions, int64_t T,
                int64_t heads, int64_t head_dim) const override {
        require({x, cosines, sines, positions});
        DURE_GPU::rotate(stream_, x, cosines, sines, positions, T, heads, head_dim, false);
    }
    void rotate_back(float* x, const float* cosines, const float* sines, const int32_t* positions, int64_t T,
                     int64_t heads, int64_t head_dim) const override {
        require({x, cosines, sines, positions});
        DURE_GPU::rotate(stream_, x, cosines, sines, positions, T, heads, head_dim, true);
    }
    void swiglu(float* out, const float* gate, const float* up, int64_t count) const override {
        require({out, gate, up});
        DURE_GPU::swiglu(stream_, out, gate, up, count);
    }
    void swiglu_gradient(float* dgate, float* dup, const float* dout, const float* gate, const float* up,
                         int64_t count) const override {
        require({dgate, dup, dout, gate, up});
        DURE_GPU::swiglu_gradient(stream_, dgate, dup, dout, gate, up, count);
    }
    void attention(float* out, float* row_max, float* row_scale, const float* q, const float* k,
                   const float* v, const AttentionShape& shape) const override {
        require({out, row_max, row_scale, q, k, v});
        DURE_GPU::attention(stream_, out, row_max, row_scale, q, k, v, shape);
    }
    void attention_gradient(float* dq, float* dk, float* dv, const float* dout, const float* out,
                            const float* q, const float* k, const float* v, const float* row_max,
                            const float* row_scale, const AttentionShape& shape) const override {
        require({dq, dk, dv, dout, out, q, k, v, row_max, row_scale});
        DURE_GPU::attention_gradient(stream_, dq, dk, dv, dout, out, q, k, v, row_max, row_scale, shape,
                                     scratch(shape.sequences * shape.positions * shape.heads));
    }
    void attention_cached(const CachedQueries* items, int64_t count, int64_t heads, int64_t kv_heads,
                          int64_t head_dim) const override {
        CachedAttention attention{nullptr, count, 0, 0, heads, kv_heads, head_dim};
        for (int64_t i = 0; i < count; ++i) {
            const CachedQueries& item = items[i];
            require({item.out, item.q, item.k, item.v});
            attention.most_queries = std::max(attention.most_queries, item.queries);
            attention.most_keys = std::max(attention.most_keys, item.first_position + item.queries);
        }
        const auto size = static_cast<size_t>(count);
        if (items_.size() < size) items_ = DeviceArray<CachedQueries>(*device_, size);
        items_.upload({items, size});
        attention.items = items_.data();
        DURE_GPU::attention_cached(stream_, attention, scratch(attention_scores_wanted(attention)));
    }
    void embedding(float* out, const float* table, const int32_t* ids, int64_t T, int64_t C) const override {
        require({out, table, ids});
        DURE_GPU::embedding(stream_, out, table, ids, T, C);
    }
    void embedding_gradient(float* dtable, const float* dout, const int32_t* ids, int64_t T,
                            int64_t C) const override {
        require({dtable, dout, ids});
        DURE_GPU::embedding_gradient(stream_, dtable, dout, ids, T, C);
    }
    void softmax(float* out, const float* x, int64_t T, int64_t V, int64_t active) const override {
        require({out, x});
        DURE_GPU::softmax(stream_, out, x, T, V, active);
    }
    void cross_entropy(float* loss, float* dlogits, const float* logits, const int32_t* targets, int64_t T,
                       int64_t V, int64_t active, float scale) const override {
        require({loss, dlogits, logits, targets});
        DURE_GPU::cross_entropy(stream_, loss, dlogits, logits, targets, T, V, active, scale);
    }
    void adamw(float* w, float* m, float* v, const float* g, int64_t count,
               const AdamWScalars& scalars) const override {
        require({w, m, v, g});
        DURE_GPU::adamw(stream_, w, m, v, g, count, scalars, nullptr);
    }
    void clip(float* numbers, const float* g, int64_t count, double limit) const override {
        require({numbers, g});
        reduce_sum(stream_, numbers, g, count, true, scratch(reduction_levels_wanted(count)));
        clip_factor(stream_, numbers, limit);
    }
    void adamw_clipped(float* w, float* m, float* v, const float* g, int64_t count,
                       const AdamWScalars& scalars, const float* gradient_scale) const override {
        require({w, m, v, g, gradient_scale});
        DURE_GPU::adamw(stream_, w, m, v, g, count, scalars, gradient_scale);
    }
    void add(float* out, const float* a, const float* b, int64_t count) const override {
        require({out, a, b});
        DURE_GPU::add(stream_, out, a, b, count);
    }
    void subtract(float* out, const float* a, const float* b, int64_t count) const override {
        require({out, a, b});
        DURE_GPU::subtract(stream_, out, a, b, count);
    }
    void scale(float* out, const float* x, float factor, int64_t count) const override {
        require({out, x});
        DURE_GPU::scale(stream_, out, x, factor, count);
    }
    float sum(const float* x, int64_t count) const override { return reduced(x, count, false); }
    float sum_of_squares(const float* x, int64_t count) const override { return reduced(x, count, true); }
    bool all_finite(const float* x, int64_t count) const override {
        require({x});
        device_->zero(found_.data(), sizeof(int32_t));
        find_not_finite(stream_, found_.data(), x, count);
        int32_t found = 0;
        device_->download(&found, found_.data(), sizeof found);
        return found == 0;
    }
    void exp(float* out, const float* x, int64_t count) const override {
        apply(Elementary::exp, out, x, count);
    }
    void log(float* out, const float* x, int64_t count) const override {
        apply(Elementary::log, out, x, count);
    }
    void sigmoid(float* out, const float* x, int64_t count) const override {
        apply(Elementary::sigmoid, out, x, count);
    }
    void tanh(float* out, const float* x, int64_t count) const override {
        apply(Elementary::tanh, out, x, count);
    }

  private:
    // A pointer to the program's memory would be read by the GPU as its own.
    void require(std::initializer_list<const void*> pointers) const {
        for (const void* pointer : pointers) {
            if (pointer != nullptr && !device_->holds(pointer))
                throw DeviceError("an operator was given memory that is not of its device");
        }
    }

    // Contents last until the next operator: the stream runs them one after the other.
    float* scratch(int64_t count) const {
        const auto size = static_cast<size_t>(count);
        if (scratch_.size() < size) {
            scratch_ = {};  // before its successor, so that both need not fit
            scratch_ = DeviceArray<float>(*device_, size);
        }
        return scratch_.data();
    }

    float reduced(const float* x, int64_t count, bool squares) const {
        require({x});
        reduce_sum(stream_, number_.data(), x, count, squares, scratch(reduction_levels_wanted(count)));
        float result = 0;
        device_->download(&result, number_.data(), sizeof result);
        return result;
    }

    void apply(Elementary function, float* out, const float* x, int64_t count) const {
        require({out, x});
        elementary(stream_, function, out, x, count);
    }

    std::unique_ptr<GpuDevice> device_;
    std::unique_ptr<Kernels> host_;
    const Stream& stream_;
    mutable DeviceArray<float> number_;
    mutable DeviceArray<int32_t> found_;
    mutable DeviceArray<float> scratch_;
    mutable DeviceArray<CachedQueries> items_;
};

}  // namespace

std::unique_ptr<Kernels> make_gpu_kernels(std::unique_ptr<GpuDevice> device, std::unique_ptr<Kernels> host) {
    return std::make_unique<GpuKernels>(std::move(device), std::move(host));
}

}  // namespace dure::trainer::DURE_GPU
