// The kernels on small programs, compared with plain loops: every instruction set that the processor
// has, both number types, rows of one number and of one and two vectors. Needs neither Python nor XLA,
// so that it can be built with sanitizers and for other processors: scripts/sanitize.sh,
// scripts/neon.sh.
//
// Every array is as long as kernel.h says and not a number longer, and what must not be read is NaN.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "kernel.h"
#include "operations.h"

using namespace unspool;

namespace {

long compared = 0, failed = 0;

void check(bool holds, const std::string& where, const char* what) {
  ++compared;
  if (!holds && ++failed <= 20) std::printf("FAILED: %s %s\n", where.c_str(), what);
}

template <typename T> void check_close(T found, long double expected, long double tolerance, const std::string& where, const char* what) {
  long double rounded = T(expected);
  bool same = (std::isnan(found) && std::isnan(rounded)) || found == rounded;
  // The kernels take numbers below the normal range for zero.
  long double error = std::fabs(found - rounded), tiny = 4 * std::numeric_limits<T>::min();
  bool close = same || error <= tolerance + tiny;
  check(close, where, what);
  if (!close && failed <= 20) std::printf("        %.17g, not %.17g\n", double(found), double(rounded));
}

// A program as words, list by list in the order of program.h.
enum { kLiterals, kVectors, kMatrices, kPackedMatrices, kStreams, kStates, kInstructions, kOutput, kNext,
       kStateGradients, kStreamGradients, kVectorGradients, kOuters, kAhead, kLists };

struct Words {
  int batch, time, lanes, parts = 1, has_lengths = 0, slot_rows = 0, work_rows = 0, keeps_slots = 0, kept_row = 0, history = 0, line_rows = 0;
  int blocks = (batch + lanes - 1) / lanes;
  std::vector<std::vector<int>> lists[kLists] = {};

  void instruction(Operation operation, int rows, int to, int a, int b = 0, int c = 0, int sa = 1, int sb = 1, int sc = 1) {
    lists[kInstructions].push_back({int(operation), rows, to, a, b, c, sa, sb, sc});
  }
  std::vector<int32_t> flat() const {
    std::vector<int32_t> words = {Program::kVersion, batch, time, lanes, parts, has_lengths, slot_rows, work_rows, keeps_slots, kept_row, history, line_rows, blocks};
    for (const auto& list : lists) {
      words.push_back(int(list.size()));
      for (const auto& item : list) words.insert(words.end(), item.begin(), item.end());
    }
    return words;
  }
};

int slot(int row) { return -1 - row; }

// Which rows of a batch the lanes take: these, dealt out to them in turn.
struct Queues {
  std::vector<int32_t> queued, queues{0};
  Queues(const std::vector<int32_t>& rows, int lanes) {
    for (int lane = 0; lane < lanes; ++lane) {
      for (size_t i = lane; i < rows.size(); i += lanes) queued.push_back(rows[i]);
      queues.push_back(int32_t(queued.size()));
    }
  }
};
std::vector<int32_t> in_order(int count) {
  std::vector<int32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

std::mt19937 generator(7);
template <typename T> std::vector<T> draw(size_t count, double largest = 1) {
  std::uniform_real_distribution<double> between(-largest, largest);
  std::vector<T> numbers(count);
  for (T& number : numbers) number = T(between(generator));
  return numbers;
}
template <typename T> std::vector<T> nothing(size_t count) { return std::vector<T>(count, std::numeric_limits<T>::quiet_NaN()); }

template <typename T> std::vector<T> packed(const Kernel& kernel, const std::vector<T>& matrix, int rows, int columns, bool transposed) {
  std::vector<T> result(kernel.packed_size(rows, columns));
  kernel.pack(matrix.data(), rows, columns, transposed, result.data());
  return result;
}

// ---- One operation at a time -----------------------------------------------------------------------

using Number = long double;
struct Known {
  Operation operation;
  const char* name;
  int operands;
  std::function<Number(Number, Number, Number)> value;
  // The size of the largest intermediate result, whose rounding counts; 0 if that is the result's own.
  std::function<Number(Number, Number, Number)> largest;
};

Number maximum(Number x, Number y) { return std::isnan(x) ? x : std::isnan(y) ? y : std::max(x, y); }
Number minimum(Number x, Number y) { return std::isnan(x) ? x : std::isnan(y) ? y : std::min(x, y); }

const std::vector<Known>& known() {
#define KNOWN(name, operands, expression, largest) \
  {Operation::name, #name, operands, [](Number x, Number y, Number z) -> Number { (void)y, (void)z; return expression; }, \
   [](Number x, Number y, Number z) -> Number { (void)x, (void)y, (void)z; return largest; }}
  static const std::vector<Known> all = {
      KNOWN(copy, 1, x, 0), KNOWN(neg, 1, -x, 0), KNOWN(exp, 1, std::exp(x), 0),
      KNOWN(expm1, 1, std::expm1(x), 0), KNOWN(log, 1, std::log(x), 0),
      KNOWN(log1p, 1, std::log1p(x), 0), KNOWN(tanh, 1, std::tanh(x), 0),
      KNOWN(logistic, 1, 1 / (1 + std::exp(-x)), 0), KNOWN(sqrt, 1, std::sqrt(x), 0),
      KNOWN(rsqrt, 1, 1 / std::sqrt(x), 0), KNOWN(abs, 1, std::fabs(x), 0),
      KNOWN(sign, 1, x > 0 ? 1 : x < 0 ? -1 : x, 0), KNOWN(square, 1, x * x, 0), KNOWN(not_, 1, 1 - x, 0),
      KNOWN(add, 2, x + y, 0), KNOWN(sub, 2, x - y, 0), KNOWN(mul, 2, x * y, 0), KNOWN(div, 2, x / y, 0),
      KNOWN(max, 2, maximum(x, y), 0), KNOWN(min, 2, minimum(x, y), 0), KNOWN(lt, 2, x < y, 0),
      KNOWN(le, 2, x <= y, 0), KNOWN(gt, 2, x > y, 0), KNOWN(ge, 2, x >= y, 0), KNOWN(eq, 2, x == y, 0),
      KNOWN(ne, 2, x != y, 0), KNOWN(and_, 2, x != 0 && y != 0, 0), KNOWN(or_, 2, x != 0 || y != 0, 0),
      KNOWN(tanh_gradient, 2, x * (1 - y * y), std::fabs(x) * (1 + y * y)), KNOWN(logistic_gradient, 2, x * (y * (1 - y)), std::fabs(x * y) * (1 + std::fabs(y))),
      KNOWN(select, 3, x != 0 ? y : z, 0), KNOWN(multiply_add, 3, x * y + z, std::fabs(x * y) + std::fabs(z)),
      KNOWN(multiply_subtract, 3, x * y - z, std::fabs(x * y) + std::fabs(z)), KNOWN(multiply_tanh_gradient, 3, x * y * (1 - z * z), std::fabs(x * y) * (1 + z * z)),
      KNOWN(multiply_logistic_gradient, 3, x * y * (z * (1 - z)), std::fabs(x * y * z) * (1 + std::fabs(z)))};
#undef KNOWN
  return all;
}

bool is_logical(Operation operation, int operand) {
  return operation == Operation::not_ || operation == Operation::and_ || operation == Operation::or_ ||
         (operation == Operation::select && operand == 0);
}

// Streams (batch, 2, rows of each) through `words`, which writes `output_rows` rows -> (batch, 2, output_rows).
template <typename T>
std::vector<T> through(const Kernel& kernel, Words words, const std::vector<std::vector<T>>& streams,
                       const std::vector<std::vector<T>>& packed_matrices, int output_rows) {
  std::vector<int32_t> flat = words.flat();
  Program program;
  check(read_program(flat.data(), int64_t(flat.size()), &program), kernel.name, "cannot read a program");
  std::vector<const void*> stream_pointers, packed_pointers;
  for (const auto& stream : streams) stream_pointers.push_back(stream.data());
  for (const auto& matrix : packed_matrices) packed_pointers.push_back(matrix.data());
  std::vector<T> output = nothing<T>(size_t(words.batch) * words.time * output_rows);
  std::vector<T> workspace = nothing<T>(kernel.workspace_size(program));
  Arrays arrays{};
  arrays.streams = stream_pointers.data();
  arrays.packed = packed_pointers.data();
  arrays.output = output.data();
  for (int part = 0; part < words.parts; ++part) kernel.forward(program, arrays, part, workspace.data());
  return output;
}

template <typename T> void test_pointwise(const Kernel& kernel) {
  const Number eps = std::numeric_limits<T>::epsilon(), infinity = std::numeric_limits<T>::infinity();
  const int rows = 21, batch = kernel.lanes + 3, time = 2;
  const std::vector<T> special = {0, -T(0), 1, -1, T(infinity), -T(infinity), std::numeric_limits<T>::quiet_NaN(),
                                  100, -100, T(1e-3), T(-1e-10), std::numeric_limits<T>::max()};
  for (const Known& one : known())
    for (int strides = 0; strides < 1 << one.operands; ++strides) {
      Words words{batch, time, kernel.lanes};
      std::vector<std::vector<T>> streams;
      int stride[3] = {1, 1, 1}, at[3] = {0, 0, 0};
      for (int i = 0; i < one.operands; ++i) {
        stride[i] = strides >> i & 1;
        at[i] = i * rows;
        words.lists[kStreams].push_back({rows, at[i]});
        streams.push_back(draw<T>(size_t(batch) * time * rows, 6));
        for (size_t j = 0; j < streams[i].size(); ++j) {
          if (is_logical(one.operation, i)) streams[i][j] = streams[i][j] > 0;
          else if (one.operands < 3 && j % (i ? 2 : 3) == 0) streams[i][j] = special[j / 3 % special.size()];
        }
      }
      words.work_rows = 4 * rows;
      words.instruction(one.operation, rows, 3 * rows, at[0], at[1], at[2], stride[0], stride[1], stride[2]);
      words.lists[kOutput].push_back({3 * rows, rows, 1});
      std::vector<T> output = through(kernel, words, streams, {}, rows);
      for (size_t j = 0; j < output.size(); ++j) {
        Number x[3] = {0, 0, 0};
        for (int i = 0; i < one.operands; ++i) x[i] = streams[i][stride[i] ? j : j / rows * rows];
        Number expected = one.value(x[0], x[1], x[2]);
        Number scale = std::max(std::fabs(expected), one.largest(x[0], x[1], x[2]));
        check_close(output[j], expected, std::isfinite(scale) ? 4 * eps * scale : 0, kernel.name, one.name);
      }
    }
}

template <typename T> void test_reductions(const Kernel& kernel) {
  const Number eps = std::numeric_limits<T>::epsilon();
  const int batch = 3, time = 2;
  for (int rows : {1, 2, 3, 7, 8, 9, 15, 40})
    for (Operation operation : {Operation::reduce_sum, Operation::reduce_max, Operation::reduce_min, Operation::reduce_dot}) {
      Words words{batch, time, kernel.lanes};
      words.lists[kStreams].push_back({rows, 0});
      words.work_rows = rows + 1;
      words.instruction(operation, rows, rows, 0);
      words.lists[kOutput].push_back({rows, 1, 1});
      std::vector<T> stream = draw<T>(size_t(batch) * time * rows);
      std::vector<T> output = through<T>(kernel, words, {stream}, {}, 1);
      for (int j = 0; j < batch * time; ++j) {
        const bool dot = operation == Operation::reduce_dot;  // of the rows with themselves
        Number expected = stream[size_t(j) * rows] * (dot ? stream[size_t(j) * rows] : 1);
        for (int r = 1; r < rows; ++r) {
          Number next = stream[size_t(j) * rows + r];
          expected = dot ? expected + next * next : operation == Operation::reduce_sum ? expected + next : operation == Operation::reduce_max ? maximum(expected, next) : minimum(expected, next);
        }
        check_close(output[j], expected, rows * eps, kernel.name, "reduction");
      }
    }
}

template <typename T> void test_products(const Kernel& kernel) {
  const Number eps = std::numeric_limits<T>::epsilon();
  const int batch = kernel.lanes + 1, time = 2;
  for (int N : {1, 2, 5, 12, 13, 29, 57})
    for (int K : {1, 3, 16, 31})
      for (bool transposed : {false, true})
        for (int start : {-1, 0, 1}) {  // from zero, from one row, from a row each
          Words words{batch, time, kernel.lanes};
          words.lists[kStreams] = {{K, 0}, {N, K}};
          words.lists[kMatrices].push_back({transposed ? K : N, transposed ? N : K});
          words.lists[kPackedMatrices].push_back({0, transposed});
          words.work_rows = K + 2 * N;
          words.instruction(Operation::product, N, K + N, 0, K, 0, 1, start);
          words.lists[kOutput].push_back({K + N, N, 1});
          std::vector<T> matrix = draw<T>(size_t(N) * K), in = draw<T>(size_t(batch) * time * K), from = draw<T>(size_t(batch) * time * N);
          std::vector<T> output = through<T>(kernel, words, {in, from}, {packed(kernel, matrix, transposed ? K : N, transposed ? N : K, transposed)}, N);
          for (int j = 0; j < batch * time; ++j)
            for (int n = 0; n < N; ++n) {
              Number expected = start < 0 ? 0 : from[size_t(j) * N + start * n];
              for (int k = 0; k < K; ++k) expected += Number(matrix[transposed ? size_t(k) * N + n : size_t(n) * K + k]) * in[size_t(j) * K + k];
              check_close(output[size_t(j) * N + n], expected, (K + 2) * eps, kernel.name, transposed ? "transposed product" : "product");
            }
        }
}

// ---- A whole cell: h' = tanh(W x + U h + b), forward and backward ----------------------------------

template <typename T> struct Recurrence {
  int H, I, batch, time;
  std::vector<int32_t> lengths;
  bool at_once;  // products with x are computed for some steps at once
  std::vector<T> W, U, b, x, first, output_gradient, final_gradient;
  // What is computed.
  std::vector<T> output, final_state, dW, dU, db, dx, dfirst;
  std::vector<int32_t> order = {};  // in which the lanes take the rows, as they come where it is empty
  int blocks = 0;                   // of lanes, which then take several rows; 0: as many as they fill

  int steps(int sequence) const { return lengths.empty() ? time : std::clamp(lengths[sequence], 0, time); }

  Words forward(int lanes, int parts, bool keeps) const {
    Words words{batch, time, lanes, parts, !lengths.empty(), keeps ? 2 * H : H, 2 * H + I + (keeps ? 0 : H), keeps};
    if (blocks) words.blocks = blocks;
    const int bias = 0, input = H, sum = H + I, kept = keeps ? slot(H) : sum + H;
    words.lists[kVectors].push_back({bias, H});
    words.lists[kMatrices] = {{H, I}, {H, H}};
    words.lists[kPackedMatrices] = {{0, 0}, {1, 0}};
    words.lists[kStreams].push_back({I, at_once ? -1 : input});
    words.lists[kStates].push_back({0, H, 1});
    if (at_once) words.lists[kAhead].push_back({0, 0, bias, 1}), words.instruction(Operation::ahead, H, sum, 0);
    else words.instruction(Operation::product, H, sum, input, bias, 0);
    words.instruction(Operation::product, H, sum, slot(0), sum, 1);
    words.instruction(Operation::tanh, H, kept, sum);
    words.lists[kOutput].push_back({kept, H, 1});
    words.lists[kNext].push_back({kept, H, 0});
    return words;
  }

  Words backward(int lanes, int parts) const {
    Words words{batch, time, lanes, parts, !lengths.empty(), 2 * H, 6 * H + 2 * I, 1, 5 * H + 2 * I};
    if (blocks) words.blocks = blocks;
    const int total = 0, given = H, state = 2 * H, sum = 3 * H, next = 4 * H, input = 5 * H, input_gradient = 5 * H + I;
    words.lists[kMatrices] = {{H, I}, {H, H}};
    words.lists[kVectors].push_back({-1, H});
    words.lists[kPackedMatrices] = {{0, 1}, {1, 1}};
    words.lists[kStreams].push_back({I, input});
    words.lists[kStates].push_back({0, H, 1});
    words.instruction(Operation::add, H, sum, given, state);
    words.instruction(Operation::tanh_gradient, H, sum, sum, slot(H));
    words.instruction(Operation::add, H, total, total, sum);
    words.instruction(Operation::product, H, next, sum, 0, 1, 1, -1);
    if (!at_once) words.instruction(Operation::product, I, input_gradient, sum, 0, 0, 1, -1);
    words.lists[kOutput].push_back({given, H, 1});
    words.lists[kNext].push_back({next, H, state});
    words.lists[kStateGradients].push_back({state, H, 1});
    words.lists[kStreamGradients].push_back({at_once ? sum : input_gradient, I, at_once ? 0 : -1});
    words.lists[kVectorGradients].push_back({total, H});
    words.lists[kOuters] = {{0, sum, input}, {1, sum, slot(0)}};
    return words;
  }

  void run(const Kernel& kernel, int parts, bool keeps, bool last_part_first) {
    std::vector<int32_t> there = forward(kernel.lanes, parts, keeps).flat(), back = backward(kernel.lanes, parts).flat();
    Program program;
    check(read_program(there.data(), int64_t(there.size()), &program), kernel.name, "cannot read the forward program");
    check(program.can_run(), kernel.name, "refuses the forward program");
    std::vector<T> slots = nothing<T>(keeps ? program.blocks * program.slots_of_a_block() * program.slot_rows * kernel.lanes : 0);
    const Queues queues(order.empty() ? in_order(batch) : order, int(program.all_lanes()));
    std::vector<T> packed_W = packed(kernel, W, H, I, false), packed_U = packed(kernel, U, H, H, false);
    output = nothing<T>(size_t(batch) * time * H);
    final_state = nothing<T>(size_t(batch) * H);
    const void *streams[] = {x.data()}, *states[] = {first.data()}, *vectors[] = {b.data()}, *matrices[] = {packed_W.data(), packed_U.data()};
    void* final_states[] = {final_state.data()};
    Arrays arrays{};
    arrays.streams = streams;
    arrays.states = states;
    arrays.lengths = lengths.empty() ? nullptr : lengths.data();
    arrays.queued = lengths.empty() ? nullptr : queues.queued.data();
    arrays.queues = lengths.empty() ? nullptr : queues.queues.data();
    arrays.vectors = vectors;
    arrays.packed = matrices;
    arrays.slots = slots.data();
    arrays.output = output.data();
    arrays.final_states = final_states;
    auto every_part = [&](auto run) {
      for (int i = 0; i < parts; ++i) {
        std::vector<T> workspace = nothing<T>(kernel.workspace_size(program));
        run(program, arrays, last_part_first ? parts - 1 - i : i, workspace.data());
      }
    };
    every_part(kernel.forward);
    if (!keeps) return;

    check(read_program(back.data(), int64_t(back.size()), &program), kernel.name, "cannot read the backward program");
    packed_W = packed(kernel, W, H, I, true);
    packed_U = packed(kernel, U, H, H, true);
    const void *back_matrices[] = {packed_W.data(), packed_U.data()}, *final_gradients[] = {final_gradient.data()};
    dx = nothing<T>(x.size());
    dfirst = nothing<T>(first.size());
    std::vector<T> vector_sums = nothing<T>(size_t(parts) * H), matrix_sums = nothing<T>(size_t(parts) * kernel.sum_size(program));
    void *stream_gradients[] = {dx.data()}, *state_gradients[] = {dfirst.data()};
    arrays.states = nullptr;
    arrays.packed = back_matrices;
    arrays.output = nullptr;
    arrays.final_states = nullptr;
    arrays.output_gradient = output_gradient.data();
    arrays.final_gradients = final_gradients;
    arrays.stream_gradients = stream_gradients;
    arrays.state_gradients = state_gradients;
    arrays.vector_sums = vector_sums.data();
    arrays.matrix_sums = matrix_sums.data();
    every_part(kernel.backward);
    db.assign(H, 0);
    for (int part = 0; part < parts; ++part)
      for (int h = 0; h < H; ++h) db[h] += vector_sums[size_t(part) * H + h];
    dW = nothing<T>(W.size());
    dU = nothing<T>(U.size());
    kernel.gather(program, matrix_sums.data(), 0, 0, H, dW.data());
    // In two goes, as threads share it.
    const int some = H > 64 ? 64 : 0;
    kernel.gather(program, matrix_sums.data(), 1, 0, some, dU.data());
    kernel.gather(program, matrix_sums.data(), 1, some, H, dU.data());
  }

  // The same by plain loops, in the type's own precision or better.
  void compare(const std::string& what, bool keeps) const {
    std::vector<Number> gW(W.size()), gU(U.size()), gb(H);
    const Number tolerance = 40 * std::numeric_limits<T>::epsilon() * (1 + time);
    for (int s = 0; s < batch; ++s) {
      std::vector<std::vector<Number>> h(1, std::vector<Number>(first.begin() + s * H, first.begin() + (s + 1) * H));
      for (int t = 0; t < steps(s); ++t) {
        h.emplace_back(H);
        for (int i = 0; i < H; ++i) {
          Number sum = b[i];
          for (int j = 0; j < I; ++j) sum += Number(W[i * I + j]) * x[(size_t(s) * time + t) * I + j];
          for (int j = 0; j < H; ++j) sum += Number(U[i * H + j]) * h[t][j];
          h[t + 1][i] = std::tanh(sum);
        }
      }
      for (int t = 0; t < time; ++t)
        for (int i = 0; i < H; ++i) check_close(output[(size_t(s) * time + t) * H + i], t < steps(s) ? h[t + 1][i] : 0, tolerance, what, "output");
      for (int i = 0; i < H; ++i) check_close(final_state[s * H + i], h.back()[i], tolerance, what, "final state");
      if (!keeps) continue;
      std::vector<Number> g(final_gradient.begin() + s * H, final_gradient.begin() + (s + 1) * H);
      for (int t = time - 1; t >= 0; --t) {
        std::vector<Number> p(H), below(H);
        bool goes = t < steps(s);
        for (int i = 0; goes && i < H; ++i) p[i] = (g[i] + output_gradient[(size_t(s) * time + t) * H + i]) * (1 - h[t + 1][i] * h[t + 1][i]);
        for (int j = 0; j < I; ++j) {
          Number sum = 0;
          for (int i = 0; i < H; ++i) sum += W[i * I + j] * p[i];
          check_close(dx[(size_t(s) * time + t) * I + j], sum, H * tolerance, what, "gradient of the input");
          for (int i = 0; goes && i < H; ++i) gW[i * I + j] += p[i] * x[(size_t(s) * time + t) * I + j];
        }
        if (!goes) continue;
        for (int i = 0; i < H; ++i) {
          gb[i] += p[i];
          for (int j = 0; j < H; ++j) gU[i * H + j] += p[i] * h[t][j], below[j] += U[i * H + j] * p[i];
        }
        g = below;
      }
      for (int i = 0; i < H; ++i) check_close(dfirst[s * H + i], g[i], H * tolerance, what, "gradient of the first state");
    }
    if (!keeps) return;
    for (size_t i = 0; i < gW.size(); ++i) check_close(dW[i], gW[i], batch * H * tolerance, what, "gradient of W");
    for (size_t i = 0; i < gU.size(); ++i) check_close(dU[i], gU[i], batch * H * tolerance, what, "gradient of U");
    for (int i = 0; i < H; ++i) check_close(db[i], gb[i], batch * H * tolerance, what, "gradient of b");
  }
};

template <typename T> bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <typename T> void test_recurrence(const Kernel& kernel) {
  const int lanes = kernel.lanes;
  const int sizes[][2] = {{1, 1}, {2, 3}, {5, 0}, {7, 17}, {33, 2}};
  for (const auto& [H, I] : sizes)
    for (int batch : {1, lanes, 3 * lanes - 1})
      for (int time : {0, 1, 19, 70})
        for (int how : {0, 1, 2, 3}) {
          const bool with_lengths = how & 1, at_once = how & 2;
          if ((time > 20 && H > 5) || (at_once && H > 7)) continue;
          size_t steps = size_t(batch) * time;
          double scale = 1 / std::sqrt(double(H));
          Recurrence<T> one{H, I, batch, time, {}, at_once, draw<T>(size_t(H) * I), draw<T>(size_t(H) * H, scale), draw<T>(H), draw<T>(steps * I),
                            draw<T>(size_t(batch) * H), draw<T>(steps * H), draw<T>(size_t(batch) * H), {}, {}, {}, {}, {}, {}, {}};
          if (with_lengths)
            for (int s = 0; s < batch; ++s) {
              one.lengths.push_back(int(generator() % unsigned(time + 3)) - 1);  // below zero and above time too
              for (int t = one.steps(s); t < time; ++t) {
                // What lies past a sequence's end must reach nothing.
                for (int j = 0; j < I; ++j) one.x[(size_t(s) * time + t) * I + j] = std::numeric_limits<T>::quiet_NaN();
                for (int i = 0; i < H; ++i) one.output_gradient[(size_t(s) * time + t) * H + i] = std::numeric_limits<T>::quiet_NaN();
              }
            }
          std::string what = std::string(kernel.name) + (sizeof(T) == 4 ? " float" : " double") + " H=" + std::to_string(H) + " I=" + std::to_string(I) +
                             " batch=" + std::to_string(batch) + " time=" + std::to_string(time) + (with_lengths ? " lengths" : "") + (at_once ? " at once" : "");
          int blocks = (batch + lanes - 1) / lanes;
          for (int parts : {1, 2, 3}) {
            if (parts > blocks) continue;
            one.order.clear();
            one.blocks = 0;
            one.run(kernel, parts, false, false);
            one.compare(what + " without slots", false);
            if (with_lengths) {
              one.order = in_order(batch);
              std::shuffle(one.order.begin(), one.order.end(), generator);
              // Steps that are computed together are of one sequence, and so is one alone.
              if (!at_once && lanes > 1) one.blocks = parts;
              one.run(kernel, parts, false, false);
              one.compare(what + " in turn, without slots", false);
            }
            one.run(kernel, parts, true, false);
            one.compare(what, true);
            Recurrence<T> again = one;
            again.run(kernel, parts, true, true);
            check(same_bits(one.output, again.output) && same_bits(one.dW, again.dW) && same_bits(one.dU, again.dU) &&
                      same_bits(one.db, again.db) && same_bits(one.dx, again.dx),
                  what, "depends on the order of the parts");
          }
        }
}

// ---- A line: y_t = x_t + x_{t - depth}, forward and backward ------------------------------------------

int earlier(int row, int steps, bool gradient = false) { return -1 - (row | steps << 20 | (gradient ? 1 << 30 : 0)); }

template <typename T> void test_line(const Kernel& kernel, int C, int depth, int batch, int time, bool with_lengths, bool keeps) {
  std::string what = std::string(kernel.name) + (sizeof(T) == 4 ? " float" : " double") + " line C=" + std::to_string(C) + " depth=" + std::to_string(depth) +
                     " batch=" + std::to_string(batch) + " time=" + std::to_string(time) + (with_lengths ? " lengths" : "") + (keeps ? "" : " without slots");
  const size_t steps = size_t(batch) * time, state = size_t(batch) * depth * C;
  std::vector<T> x = draw<T>(steps * C), first = draw<T>(state), gradient = draw<T>(steps * C), final_gradient = draw<T>(state);
  std::vector<int32_t> lengths;
  for (int s = 0; with_lengths && s < batch; ++s) lengths.push_back(int(generator() % unsigned(time + 1)));

  Words there{batch, time, kernel.lanes, 1, with_lengths, C, 2 * C, keeps, 0, depth - 1, 0};
  there.lists[kStreams].push_back({C, 0});
  there.lists[kStates].push_back({0, C, depth});
  there.instruction(Operation::add, C, C, 0, earlier(0, depth - 1));
  there.lists[kOutput].push_back({C, C, 1});
  there.lists[kNext].push_back({0, C, 0});
  Words back{batch, time, kernel.lanes, 1, with_lengths, C, 3 * C, 1, 3 * C, depth - 1, C};
  back.lists[kStreams].push_back({C, -1});
  back.lists[kStates].push_back({0, C, depth});
  back.instruction(Operation::add, C, 2 * C, C, earlier(0, 0, true));
  back.lists[kOutput].push_back({C, C, 1});
  back.lists[kNext].push_back({C, C, earlier(0, depth, true)});
  back.lists[kStateGradients].push_back({0, C, depth});
  back.lists[kStreamGradients].push_back({2 * C, C, -1});

  std::vector<int32_t> words = there.flat();
  Program program;
  check(read_program(words.data(), int64_t(words.size()), &program), what, "cannot read the forward program");
  std::vector<T> slots = nothing<T>(keeps ? program.blocks * program.slots_of_a_block() * C * kernel.lanes : 0);
  std::vector<T> output = nothing<T>(steps * C), final_state = nothing<T>(state), dx = nothing<T>(steps * C), dfirst = nothing<T>(state);
  const void *streams[] = {x.data()}, *states[] = {first.data()}, *final_gradients[] = {final_gradient.data()};
  void *final_states[] = {final_state.data()}, *stream_gradients[] = {dx.data()}, *state_gradients[] = {dfirst.data()};
  Arrays arrays{};
  arrays.streams = streams;
  arrays.states = states;
  const Queues queues(in_order(batch), int(program.all_lanes()));
  arrays.lengths = with_lengths ? lengths.data() : nullptr;
  arrays.queued = queues.queued.data();
  arrays.queues = queues.queues.data();
  arrays.slots = slots.data();
  arrays.output = output.data();
  arrays.final_states = final_states;
  std::vector<T> workspace = nothing<T>(kernel.workspace_size(program));
  kernel.forward(program, arrays, 0, workspace.data());
  if (keeps) {
    words = back.flat();
    check(read_program(words.data(), int64_t(words.size()), &program), what, "cannot read the backward program");
    T none = 0;
    arrays.states = nullptr;
    arrays.output_gradient = gradient.data();
    arrays.final_gradients = final_gradients;
    arrays.stream_gradients = stream_gradients;
    arrays.state_gradients = state_gradients;
    arrays.vector_sums = arrays.matrix_sums = &none;
    workspace = nothing<T>(kernel.workspace_size(program));
    kernel.backward(program, arrays, 0, workspace.data());
  }

  for (int s = 0; s < batch; ++s) {
    const int length = with_lengths ? lengths[s] : time;
    for (int c = 0; c < C; ++c) {
      // All that was ever written to the line, the first entries first; and the gradients of that.
      std::vector<T> line, gradients(depth + length, T(0));
      for (int entry = 0; entry < depth; ++entry) line.push_back(first[(size_t(s) * depth + entry) * C + c]);
      for (int t = 0; t < length; ++t) line.push_back(x[(size_t(s) * time + t) * C + c]);
      for (int entry = 0; entry < depth; ++entry) gradients[length + entry] += final_gradient[(size_t(s) * depth + entry) * C + c];
      for (int t = 0; t < length; ++t) {
        gradients[t] += gradient[(size_t(s) * time + t) * C + c];
        gradients[depth + t] += gradient[(size_t(s) * time + t) * C + c];
      }
      for (int t = 0; t < time; ++t) {
        const size_t at = (size_t(s) * time + t) * C + c;
        check_close(output[at], t < length ? line[depth + t] + line[t] : T(0), 0, what, "output");
        if (keeps) check_close(dx[at], t < length ? gradients[depth + t] : T(0), 4 * std::numeric_limits<T>::epsilon(), what, "gradient of x");
      }
      for (int entry = 0; entry < depth; ++entry) {
        const size_t at = (size_t(s) * depth + entry) * C + c;
        check_close(final_state[at], line[length + entry], 0, what, "final state");
        if (keeps) check_close(dfirst[at], gradients[entry], 4 * std::numeric_limits<T>::epsilon(), what, "gradient of the first state");
      }
    }
  }
}

template <typename T> void test_lines(const Kernel& kernel) {
  for (int C : {1, 3, 17})
    for (int depth : {2, 3, 9, 40})
      for (int batch : {1, 2 * kernel.lanes - 1})
        for (int time : {0, 1, 2, 25, 90})
          for (bool with_lengths : {false, true})
            for (bool keeps : {false, true})
              if (C < 17 || time < 30) test_line<T>(kernel, C, depth, batch, time, with_lengths, keeps);
}

void test_what_cannot_run() {
  auto can_run = [](Words words) {
    const std::vector<int32_t> flat = words.flat();
    Program program;
    check(read_program(flat.data(), int64_t(flat.size()), &program), "in turn", "cannot be read");
    return program.can_run();
  };
  Words words{9, 5, 4};
  check(can_run(words), "in turn", "refuses blocks enough");
  words.blocks = 2;
  check(!can_run(words), "in turn", "accepts too few blocks without lengths");
  words.has_lengths = 1;
  check(can_run(words), "in turn", "refuses lanes of several sequences");
  Words line = words, together = words, behind = words, alone = words;
  line.history = 1;
  together.lists[kAhead].push_back({0, 0, 0, 1});
  behind.lists[kStreamGradients].push_back({0, 1, 0});
  alone.lanes = 1;
  for (const Words& changed : {line, together, behind, alone}) check(!can_run(changed), "in turn", "accepts what needs a lane for each sequence");
}

void test_reading() {
  Recurrence<float> one{3, 2, 4, 5, {}, false, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  std::vector<int32_t> words = one.backward(4, 1).flat();
  Program program;
  for (size_t count = 0; count < words.size(); ++count) {
    std::vector<int32_t> fewer(words.begin(), words.begin() + count);
    check(!read_program(fewer.data(), int64_t(count), &program), "reading", "accepts too few words");
  }
  std::vector<int32_t> changed = words;
  changed.push_back(0);
  check(!read_program(changed.data(), int64_t(changed.size()), &program), "reading", "accepts too many words");
  changed = words;
  ++changed[0];
  check(!read_program(changed.data(), int64_t(changed.size()), &program), "reading", "accepts another version");
  for (int32_t count : {-1, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min()}) {
    changed = words;
    changed[Program::kHead] = count;
    check(!read_program(changed.data(), int64_t(changed.size()), &program), "reading", "accepts a list that is longer than the words");
  }
}

// A task computes with denormals as zero, and leaves the thread's own setting as it was.
template <typename T> void test_denormals(const Kernel& kernel) {
  volatile T tiny = std::numeric_limits<T>::min();
  Words words{1, 1, kernel.lanes};
  words.lists[kStreams].push_back({1, 0});
  words.work_rows = 2;
  words.instruction(Operation::mul, 1, 1, 0, 0);
  words.lists[kOutput].push_back({1, 1, 1});
  T root = std::sqrt(std::numeric_limits<T>::min()) / 8;
  check(through<T>(kernel, words, {{root}}, {}, 1)[0] == 0, kernel.name, "keeps denormals");
  check(tiny / 2 > 0, kernel.name, "leaves denormals flushed");
}

template <typename T> void test(const Kernel& kernel) {
  test_pointwise<T>(kernel);
  test_reductions<T>(kernel);
  test_products<T>(kernel);
  test_recurrence<T>(kernel);
  test_lines<T>(kernel);
  test_denormals<T>(kernel);
}

}  // namespace

int main() {
  const KernelSet* const sets[] = {
#if defined(__x86_64__) && !defined(UNSPOOL_PORTABLE_ALONE)
      &kAvx512, &kAvx2,
#endif
      &kPortable,
  };
  test_reading();
  test_what_cannot_run();
  for (const KernelSet* set : sets) {
    if (!set->supported()) {
      std::printf("%s: this processor lacks it\n", set->name);
      continue;
    }
    long before = compared;
    for (const Kernel& kernel : set->kernels) {
      if (kernel.item_bytes == 4) test<float>(kernel);
      else test<double>(kernel);
    }
    std::printf("%s: %ld comparisons\n", set->name, compared - before);
  }
  std::printf("%ld of %ld comparisons failed\n", failed, compared);
  return failed ? 1 : 0;
}
