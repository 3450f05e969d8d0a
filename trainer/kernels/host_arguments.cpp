#include "trainer/kernels/host_arguments.h"

#include <algorithm>
#include <vector>

#include "trainer/kernels/device.h"

namespace dure::trainer {
namespace {

// The arguments of one call. Host arrays that begin at the same place are one array on the device, too.
class Call {
  public:
    explicit Call(Device& device) : device_(device) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() {
        for (const Argument& argument : arguments_) {
            if (argument.written != nullptr)
                device_.download(argument.written, argument.copy.data(), argument.bytes);
        }
    }

    template <class T>
    T* write(T* host, int64_t count) {
        return static_cast<T*>(find(host, host, static_cast<size_t>(count) * sizeof(T)));
    }
    template <class T>
    const T* read(const T* host, int64_t count) {
        return static_cast<const T*>(find(host, nullptr, static_cast<size_t>(count) * sizeof(T)));
    }

  private:
    struct Argument {
        const void* host;
        void* written;
        size_t bytes;
        DeviceArray<char> copy;
    };

    void* find(const void* host, void* written, size_t bytes) {
        if (host == nullptr) return nullptr;
        for (Argument& argument : arguments_) {
            if (argument.host != host || argument.bytes != bytes) continue;
            if (written != nullptr) argument.written = written;
            return argument.copy.data();
        }
        DeviceArray<char> copy(device_, std::max<size_t>(bytes, 1));
        if (bytes > 0) device_.upload(copy.data(), host, bytes);
        arguments_.push_back({host, written, bytes, std::move(copy)});
        return arguments_.back().copy.data();
    }

    Device& device_;
    std::vector<Argument> arguments_;
};

class HostArguments final : public Kernels {
  public:
    explicit HostArguments(const Kernels& to)
        : Kernels(to.isa(), to.executor()), to_(to), device_(to.device()) {}

    void matmul(float* out, const float* x, const float* w, int64_t T, int64_t N, int64_t K,
                Store store) const override {
        Call call(device_);
        to_.matmul(call.write(out, T * N), call.read(x, T * K), call.read(w, N * K), T, N, K, store);
    }
    void matmul_input_gradient(float* dx, const float* dy, const float* w, int64_t T, int64_t N, int64_t K,
                               Store store) const override {
        Call call(device_);
        to_.matmul_input_gradient(call.write(dx, T * K), call.read(dy, T * N), call.read(w, N * K), T, N, K,
                                  store);
    }
    void matmul_weight_gradient(float* dw, const float* dy, const float* x, int64_t T, int64_t N,
                                int64_t K) const override {
        Call call(device_);
        to_.matmul_weight_gradient(call.write(dw, N * K), call.read(dy, T * N), call.read(x, T * K), T, N, K);
    }
    void rms_norm(float* out, float* inverse_rms, const float* x, const float* gain, float epsilon, int64_t T,
                  int64_t C) const override {
        Call call(device_);
        to_.rms_norm(call.write(out, T * C), call.write(inverse_rms, T), call.read(x, T * C),
                     call.read(gain, C), epsilon, T, C);
    }
    void rms_norm_gradient(float* dx, float* dgain, const float* dy, const float* x, const float* gain,
                           const float* inverse_rms, int64_t T, int64_t C) const override {
        Call call(device_);
        to_.rms_norm_gradient(call.write(dx, T * C), call.write(dgain, C), call.read(dy, T * C),
                              call.read(x, T * C), call.read(gain, C), call.read(inverse_rms, T), T, C);
    }
    void rotate(float* x, const float* cosines, const float* sines, const int32_t* positions, int64_t T,
                int64_t heads, int64_t head_dim) const override {
        Call call(device_);
        const int64_t table = table_size(positions, T, head_dim);
        to_.rotate(call.write(x, T * heads * head_dim), call.read(cosines, table), call.read(sines, table),
                   call.read(positions, T), T, heads, head_dim);
    }
    void rotate_back(float* x, const float* cosines, const float* sines, const int32_t* positions, int64_t T,
                     int64_t heads, int64_t head_dim) const override {
        Call call(device_);
        const int64_t table = table_size(positions, T, head_dim);
        to_.rotate_back(call.write(x, T * heads * head_dim), call.read(cosines, table),
                        call.read(sines, table), call.read(positions, T), T, heads, head_dim);
    }
    void swiglu(float* out, const float* gate, const float* up, int64_t count) const override {
        Call call(device_);
        to_.swiglu(call.write(out, count), call.read(gate, count), call.read(up, count), count);
    }
    void swiglu_gradient(float* dgate, float* dup, const float* dout, const float* gate, const float* up,
                         int64_t count) const override {
        Call call(device_);
        to_.swiglu_gradient(call.write(dgate, count), call.write(dup, count), call.read(dout, count),
                            call.read(gate, count), call.read(up, count), count);
    }
    void attention(float* out, float* row_max, float* row_scale, const float* q, const float* k,
                   const float* v, const AttentionShape& shape) const override {
        Call call(device_);
        const Sizes n(shape);
        to_.attention(call.write(out, n.query), call.write(row_max, n.rows), call.write(row_scale, n.rows),
                      call.read(q, n.query), call.read(k, n.key), call.read(v, n.key), shape);
    }
    void attention_gradient(float* dq, float* dk, float* dv, const float* dout, const float* out,
                            const float* q, const float* k, const float* v, const float* row_max,
                            const float* row_scale, const AttentionShape& shape) const override {
        Call call(device_);
        const Sizes n(shape);
        to_.attention_gradient(call.write(dq, n.query), call.write(dk, n.key), call.write(dv, n.key),
                               call.read(dout, n.query), call.read(out, n.query), call.read(q, n.query),
                               call.read(k, n.key), call.read(v, n.key), call.read(row_max, n.rows),
                               call.read(row_scale, n.rows), shape);
    }
    void attention_cached(const CachedQueries* items, int64_t count, int64_t heads, int64_t kv_heads,
                          int64_t head_dim) const override {
        Call call(device_);
        std::vector<CachedQueries> moved(items, items + count);
        for (CachedQueries& item : moved) {
            const int64_t query = item.queries * heads * head_dim;
            const int64_t key = (item.first_position + item.queries) * kv_heads * head_dim;
            item.out = call.write(item.out, query);
            item.q = call.read(item.q, query);
            item.k = call.read(item.k, key);
            item.v = call.read(item.v, key);
        }
        to_.attention_cached(moved.data(), count, heads, kv_heads, head_dim);
    }
    void embedding(float* out, const float* table, const int32_t* ids, int64_t T, int64_t C) const override {
        Call call(device_);
        to_.embedding(call.write(out, T * C), call.read(table, rows_named(ids, T) * C), call.read(ids, T), T,
                      C);
    }
    void embedding_gradient(float* dtable, const float* dout, const int32_t* ids, int64_t T,
                            int64_t C) const override {
        Call call(device_);
        to_.embedding_gradient(call.write(dtable, rows_named(ids, T) * C), call.read(dout, T * C),
                               call.read(ids, T), T, C);
    }
    void softmax(float* out, const float* x, int64_t T, int64_t V, int64_t active) const override {
        Call call(device_);
        to_.softmax(call.write(out, T * V), call.read(x, T * V), T, V, active);
    }
    void cross_entropy(float* loss, float* dlogits, const float* logits, const int32_t* targets, int64_t T,
                       int64_t V, int64_t active, float scale) const override {
        Call call(device_);
        to_.cross_entropy(call.write(loss, T), call.write(dlogits, T * V), call.read(logits, T * V),
                          call.read(targets, T), T, V, active, scale);
    }
    void adamw(float* w, float* m, float* v, const float* g, int64_t count,
               const AdamWScalars& scalars) const override {
        Call call(device_);
        to_.adamw(call.write(w, count), call.write(m, count), call.write(v, count), call.read(g, count),
                  count, scalars);
    }
    void clip(float* numbers, const float* g, int64_t count, double limit) const override {
        Call call(device_);
        to_.clip(call.write(numbers, 2), call.read(g, count), count, limit);
    }
    void adamw_clipped(float* w, float* m, float* v, const float* g, int64_t count,
                       const AdamWScalars& scalars, const float* gradient_scale) const override {
        Call call(device_);
        to_.adamw_clipped(call.write(w, count), call.write(m, count), call.write(v, count),
                          call.read(g, count), count, scalars, call.read(gradient_scale, 1));
    }
    void add(float* out, const float* a, const float* b, int64_t count) const override {
        Call call(device_);
        to_.add(call.write(out, count), call.read(a, count), call.read(b, count), count);
    }
    void subtract(float* out, const float* a, const float* b, int64_t count) const override {
        Call call(device_);
        to_.subtract(call.write(out, count), call.read(a, count), call.read(b, count), count);
    }
    void scale(float* out, const float* x, float factor, int64_t count) const override {
        Call call(device_);
        to_.scale(call.write(out, count), call.read(x, count), factor, count);
    }
    float sum(const float* x, int64_t count) const override {
        Call call(device_);
        return to_.sum(call.read(x, count), count);
    }
    float sum_of_squares(const float* x, int64_t count) const override {
        Call call(device_);
        return to_.sum_of_squares(call.read(x, count), count);
    }
    bool all_finite(const float* x, int64_t count) const override {
        Call call(device_);
        return to_.all_finite(call.read(x, count), count);
    }
    void exp(float* out, const float* x, int64_t count) const override {
        Call call(device_);
        to_.exp(call.write(out, count), call.read(x, count), count);
    }
    void log(float* out, const float* x, int64_t count) const override {
        Call call(device_);
        to_.log(call.write(out, count), call.read(x, count), count);
    }
    void sigmoid(float* out, const float* x, int64_t count) const override {
        Call call(device_);
        to_.sigmoid(call.write(out, count), call.read(x, count), count);
    }
    void tanh(float* out, const float* x, int64_t count) const override {
        Call call(device_);
        to_.tanh(call.write(out, count), call.read(x, count), count);
    }

  private:
    struct Sizes {
        int64_t rows;
        int64_t query;
        int64_t key;
        explicit Sizes(const AttentionShape& shape)
            : rows(shape.sequences * shape.positions * shape.heads),
              query(rows * shape.head_dim),
              key(shape.sequences * shape.positions * shape.kv_heads * shape.head_dim) {}
    };

    static int64_t rows_named(const int32_t* ids, int64_t count) {
        return count == 0 ? 0 : int64_t{*std::max_element(ids, ids + count)} + 1;
    }
    static int64_t table_size(const int32_t* positions, int64_t count, int64_t head_dim) {
        return rows_named(positions, count) * (head_dim / 2);
    }

    const Kernels& to_;
    Device& device_;
};

}  // namespace

std::unique_ptr<Kernels> with_host_arguments(const Kernels& kernels) {
    return std::make_unique<HostArguments>(kernels);
}

}  // namespace dure::trainer
