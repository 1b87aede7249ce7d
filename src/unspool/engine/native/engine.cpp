// The two XLA calls: a program over all time steps, forward and backward.
//
// Inputs and results are described at `run_forward` and `run_backward`. Every array may have further
// leading axes, the same for all, for many models at once (`jax.vmap`); an input may lack them, by an
// axis of length 1, and is then shared by the models.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <numeric>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "kernel.h"
#include "operations.h"
#include "parallel.h"
#include "xla/ffi/api/ffi.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ffi = xla::ffi;

namespace unspool {
namespace {

const KernelSet* const kSets[] = {
#if defined(__x86_64__)
    &kAvx512, &kAvx2,
#endif
    &kPortable,
};
const KernelSet* selected = nullptr;

const Kernel* find_kernel(int item_bytes, int lanes) {
  if (selected == nullptr) return nullptr;
  for (const Kernel& kernel : selected->kernels)
    if (kernel.item_bytes == item_bytes && kernel.lanes == lanes) return &kernel;
  return nullptr;
}

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<char, Free>;

Memory allocate(int64_t bytes) { return Memory(static_cast<char*>(std::aligned_alloc(64, (bytes + 64) / 64 * 64))); }

// Asks for large pages where much memory is about to be written for the first time: a page fault every
// 4 KB otherwise takes a twentieth of a training step's time.
void expect_much([[maybe_unused]] char* memory, [[maybe_unused]] int64_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr int64_t page = 4096, large = 2 << 20;
  if (bytes < 2 * large) return;
  char* first = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page);
  madvise(first, (memory + bytes - first) / page * page, MADV_HUGEPAGE);  // advice: nothing is lost if refused
#endif
}

ffi::Error wrong(const std::string& what) { return ffi::Error(ffi::ErrorCode::kInvalidArgument, "unspool: " + what); }

// An array of a call, with where each model's part of it begins.
struct Argument {
  char* data = nullptr;
  std::vector<int64_t> offsets;
  void* of(int64_t model) const { return data + (offsets.empty() ? 0 : offsets[model]); }
};

// The leading axes of an array whose last ones hold `expected` numbers; false if none do.
bool leading(const ffi::AnyBuffer& array, int64_t expected, std::vector<int64_t>* axes) {
  const auto dimensions = array.dimensions();
  for (size_t count = 0; count <= dimensions.size(); ++count) {
    int64_t rest = 1;
    for (size_t i = count; i < dimensions.size(); ++i) rest *= dimensions[i];
    if (rest != expected) continue;
    axes->assign(dimensions.begin(), dimensions.begin() + count);
    return true;
  }
  return false;
}

// Reads arguments and results one after the other and finds the axes of the models.
struct Reader {
  Reader(ffi::RemainingArgs arguments, ffi::RemainingRets results) : arguments(arguments), results(results) {}
  ffi::RemainingArgs arguments;
  ffi::RemainingRets results;
  size_t argument = 0, result = 0;
  bool known = false;          // whether `axes` is
  std::vector<int64_t> axes;   // of the models, in the results
  int item_bytes = 0;
  std::string error;

  int64_t models() const {
    int64_t product = 1;
    for (int64_t size : axes) product *= size;
    return product;
  }

  // Where each model begins in an array with these leading axes: an axis that is missing, or of
  // length 1, is shared.
  std::vector<int64_t> offsets(const std::vector<int64_t>& own, int64_t bytes) {
    std::vector<int64_t> found(models());
    for (size_t i = 0; i < own.size(); ++i)
      if (own[i] != 1 && (i >= axes.size() || own[i] != axes[i])) error = "arrays differ in their number of models";
    if (!error.empty()) return found;
    for (int64_t model = 0; model < int64_t(found.size()); ++model) {
      int64_t rest = model, stride = bytes;
      // Both indices run fastest along the last axis; the own one only along those it has.
      for (size_t i = axes.size(); i-- > 0;) {
        int64_t at = rest % axes[i];
        rest /= axes[i];
        if (i >= own.size() || own[i] == 1) continue;
        found[model] += at * stride;
        stride *= own[i];
      }
    }
    return found;
  }

  Argument result_of(int64_t expected) {
    auto buffer = results.get<ffi::AnyBuffer>(result++);
    if (!buffer.has_value()) {
      error = "too few results";
      return {};
    }
    ffi::AnyBuffer array = **buffer;
    if (item_bytes == 0) item_bytes = int(ffi::ByteWidth(array.element_type()));
    std::vector<int64_t> own;
    if (expected == 0) return {static_cast<char*>(array.untyped_data()), {}};
    if (!leading(array, expected, &own)) error = "a result is not of the program's size";
    if (!known) axes = own;
    known = true;
    return {static_cast<char*>(array.untyped_data()), offsets(own, expected * item_bytes)};
  }

  Argument argument_of(int64_t expected, int bytes = 0) {
    auto buffer = arguments.get<ffi::AnyBuffer>(argument++);
    if (!buffer.has_value()) {
      error = "too few arguments";
      return {};
    }
    bytes = bytes ? bytes : item_bytes;
    if (int(ffi::ByteWidth(buffer->element_type())) != bytes) error = "arguments differ in their type";
    std::vector<int64_t> own;
    if (expected == 0) return {static_cast<char*>(buffer->untyped_data()), {}};
    if (!leading(*buffer, expected, &own)) error = "an argument is not of the program's size";
    return {static_cast<char*>(buffer->untyped_data()), offsets(own, expected * bytes)};
  }
};

std::vector<Argument> arguments_of(Reader& reader, int count, const std::vector<int64_t>& sizes) {
  std::vector<Argument> found(count);
  for (int i = 0; i < count; ++i) found[i] = reader.argument_of(sizes[i]);
  return found;
}
std::vector<Argument> results_of(Reader& reader, const std::vector<int64_t>& sizes) {
  std::vector<Argument> found(sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) found[i] = reader.result_of(sizes[i]);
  return found;
}

// What both directions share: the kernel, the packed matrices, the pointers of one model.
struct Call {
  Program program;
  const Kernel* kernel = nullptr;
  std::vector<int64_t> stream_sizes, state_sizes, vector_sizes, matrix_sizes, packed_offsets;
  int64_t packed_total = 0;
  std::vector<Argument> streams, states, vectors, matrices;
  Argument lengths;
  Memory packed;

  bool read(ffi::Span<const int32_t> words) {
    if (!read_program(words.begin(), int64_t(words.size()), &program) || !program.can_run()) return false;
    int64_t steps = int64_t(program.batch) * program.time;
    for (const Stream& stream : program.streams) stream_sizes.push_back(steps * stream.size);
    for (const State& state : program.states) state_sizes.push_back(int64_t(program.batch) * state.rows * state.depth);
    for (const Vector& vector : program.vectors) vector_sizes.push_back(vector.size);
    for (const Matrix& matrix : program.matrices) matrix_sizes.push_back(int64_t(matrix.rows) * matrix.columns);
    return true;
  }

  int64_t slots_size() const { return program.blocks * program.slots_of_a_block() * program.slot_rows * program.lanes; }

  bool find(Reader& reader) {
    kernel = find_kernel(reader.item_bytes, program.lanes);
    if (kernel == nullptr) return false;
    for (const Packed& one : program.packed) {
      packed_offsets.push_back(packed_total);
      // Each begins on a cache line.
      packed_total += (kernel->packed_size(program.matrices[one.matrix].rows, program.matrices[one.matrix].columns) + 15) / 16 * 16;
    }
    return true;
  }

  void pack(ffi::ThreadPool& pool, int64_t models) {
    packed = allocate(models * packed_total * kernel->item_bytes);
    int count = program.packed.count;
    auto one = [&](int64_t i) {
      const Packed& which = program.packed[int(i % count)];
      const Matrix& matrix = program.matrices[which.matrix];
      kernel->pack(matrices[which.matrix].of(i / count), matrix.rows, matrix.columns, which.transposed != 0,
                   packed.get() + ((i / count) * packed_total + packed_offsets[i % count]) * kernel->item_bytes);
    };
    // Small matrices are packed sooner than another thread wakes.
    if (packed_total * models > 1 << 16) parallel(pool, models * count, one);
    else for (int64_t i = 0; i < models * count; ++i) one(i);
  }

  static std::vector<void*> pointers(const std::vector<Argument>& arguments, int64_t model) {
    std::vector<void*> found;
    for (const Argument& argument : arguments) found.push_back(argument.of(model));
    return found;
  }

  // The rows of each model's batch as the lanes take them (Arrays): the longest first, each to the lane
  // that has the fewest steps so far. That stays within slots_of_a_block(): whenever a row comes, some
  // lane has fewer than sequences_of_a_lane(), and the one with the fewest steps has no more than it.
  struct Queues {
    std::vector<int32_t> queued, queues;
  };
  Queues queues_of(int64_t model) const {
    const int32_t* given = static_cast<int32_t*>(lengths.of(model));
    auto steps = [&](int32_t row) { return std::clamp(given[row], 0, program.time); };
    std::vector<int32_t> rows(program.batch), lane_of(program.batch);
    std::iota(rows.begin(), rows.end(), 0);
    std::stable_sort(rows.begin(), rows.end(), [&](int32_t a, int32_t b) { return steps(a) > steps(b); });
    using Lane = std::pair<int64_t, int32_t>;  // its steps, its number
    std::priority_queue<Lane, std::vector<Lane>, std::greater<Lane>> lanes;
    for (int32_t lane = 0; lane < program.all_lanes(); ++lane) lanes.push({0, lane});
    Queues found{std::vector<int32_t>(program.batch), std::vector<int32_t>(program.all_lanes() + 1)};
    for (int32_t row : rows) {
      auto [sum, lane] = lanes.top();
      lanes.pop();
      lanes.push({sum + steps(row) + 1, lane});
      lane_of[row] = lane;
      ++found.queues[lane + 1];
    }
    std::partial_sum(found.queues.begin(), found.queues.end(), found.queues.begin());
    std::vector<int32_t> next(found.queues.begin(), found.queues.end() - 1);
    for (int32_t row : rows) found.queued[next[lane_of[row]]++] = row;
    return found;
  }

  // Runs every part of every model; `of_model` completes the arrays with what only one direction has.
  template <typename Complete>
  void run(ffi::ThreadPool& pool, int64_t models, bool forward, const Complete& complete) {
    pack(pool, models);
    const int64_t workspace = kernel->workspace_size(program) * kernel->item_bytes;
    const int parts = program.parts;
    std::vector<Queues> queues;
    for (int64_t model = 0; program.has_lengths && model < models; ++model) queues.push_back(queues_of(model));
    parallel(pool, models * parts, [&](int64_t task) {
      int64_t model = task / parts;
      std::vector<void*> streams_ = pointers(streams, model), states_ = pointers(states, model),
                         vectors_ = pointers(vectors, model), packed_;
      for (int64_t offset : packed_offsets) packed_.push_back(packed.get() + (model * packed_total + offset) * kernel->item_bytes);
      Arrays arrays{};
      arrays.streams = streams_.data();
      arrays.states = states_.data();
      arrays.vectors = vectors_.data();
      arrays.packed = packed_.data();
      arrays.lengths = program.has_lengths ? static_cast<int32_t*>(lengths.of(model)) : nullptr;
      arrays.queued = program.has_lengths ? queues[model].queued.data() : nullptr;
      arrays.queues = program.has_lengths ? queues[model].queues.data() : nullptr;
      Memory own = allocate(workspace);
      complete(model, arrays, [&] {
        (forward ? kernel->forward : kernel->backward)(program, arrays, int(task % parts), own.get());
      });
    });
  }
};

// Arguments: streams, states, lengths (int32, if there are any), vectors, matrices.
// Results: the output, the final states, the slots (if they are kept).
ffi::Error run_forward(ffi::ThreadPool pool, ffi::RemainingArgs arguments, ffi::RemainingRets results, ffi::Span<const int32_t> words) {
  Call call;
  if (!call.read(words)) return wrong("the program cannot be read");
  const Program& program = call.program;
  Reader reader(arguments, results);
  Argument output = reader.result_of(int64_t(program.batch) * program.time * program.output[0].rows);
  std::vector<Argument> final_states = results_of(reader, call.state_sizes);
  Argument slots;
  if (program.keeps_slots) slots = reader.result_of(call.slots_size());
  const int64_t models = reader.models();
  call.streams = arguments_of(reader, program.streams.count, call.stream_sizes);
  call.states = arguments_of(reader, program.states.count, call.state_sizes);
  if (program.has_lengths) call.lengths = reader.argument_of(program.batch, 4);
  call.vectors = arguments_of(reader, program.vectors.count, call.vector_sizes);
  call.matrices = arguments_of(reader, program.matrices.count, call.matrix_sizes);
  if (!reader.error.empty()) return wrong(reader.error);
  if (!call.find(reader)) return wrong("no kernel for " + std::to_string(program.lanes) + " lanes");
  if (program.batch == 0) return ffi::Error::Success();
  if (program.keeps_slots) expect_much(slots.data, models * call.slots_size() * reader.item_bytes);
  call.run(pool, models, true, [&](int64_t model, Arrays& arrays, const auto& go) {
    std::vector<void*> final_ = Call::pointers(final_states, model);
    arrays.output = output.of(model);
    arrays.final_states = final_.data();
    arrays.slots = slots.data ? slots.of(model) : nullptr;
    go();
  });
  return ffi::Error::Success();
}

// Arguments: streams, lengths (if there are any), vectors, matrices, slots, gradient of the output,
// gradients of the final states. Results: gradients of the wanted streams, of the states before the
// first step, of the vectors that have one, of the matrices that have one.
ffi::Error run_backward(ffi::ThreadPool pool, ffi::RemainingArgs arguments, ffi::RemainingRets results, ffi::Span<const int32_t> words) {
  Call call;
  if (!call.read(words)) return wrong("the program cannot be read");
  const Program& program = call.program;
  Reader reader(arguments, results);
  int64_t steps = int64_t(program.batch) * program.time;
  std::vector<int64_t> wanted_sizes, vector_sizes, matrix_sizes;
  std::vector<int> matrices;
  for (const StreamGradient& gradient : program.stream_gradients)
    if (gradient.rows) wanted_sizes.push_back(steps * gradient.rows);
  for (const Range& gradient : program.vector_gradients)
    if (gradient.rows) vector_sizes.push_back(gradient.rows);
  for (int m = 0; m < program.matrices.count; ++m)
    for (const auto& outer : program.outers)
      if (outer.matrix == m) {
        matrices.push_back(m);
        matrix_sizes.push_back(call.matrix_sizes[m]);
        break;
      }
  std::vector<Argument> stream_gradients = results_of(reader, wanted_sizes);
  std::vector<Argument> state_gradients = results_of(reader, call.state_sizes);
  std::vector<Argument> vector_gradients = results_of(reader, vector_sizes);
  std::vector<Argument> matrix_gradients = results_of(reader, matrix_sizes);
  const int64_t models = reader.models();
  call.streams = arguments_of(reader, program.streams.count, call.stream_sizes);
  if (program.has_lengths) call.lengths = reader.argument_of(program.batch, 4);
  call.vectors = arguments_of(reader, program.vectors.count, call.vector_sizes);
  call.matrices = arguments_of(reader, program.matrices.count, call.matrix_sizes);
  Argument slots = reader.argument_of(call.slots_size());
  Argument output_gradient = reader.argument_of(steps * program.output[0].rows);
  std::vector<Argument> final_gradients = arguments_of(reader, program.states.count, call.state_sizes);
  if (!reader.error.empty()) return wrong(reader.error);
  if (!call.find(reader)) return wrong("no kernel for " + std::to_string(program.lanes) + " lanes");

  const int item = call.kernel->item_bytes;
  int64_t vector_total = 0, matrix_total = call.kernel->sum_size(program);
  for (int64_t size : vector_sizes) vector_total += size;
  const int64_t vector_bytes = vector_total * program.parts * item, matrix_bytes = matrix_total * program.parts * item;
  Memory vector_sums = allocate(models * vector_bytes), matrix_sums = allocate(models * matrix_bytes);
  if (program.batch > 0)
    call.run(pool, models, false, [&](int64_t model, Arrays& arrays, const auto& go) {
      std::vector<void*> streams_ = Call::pointers(stream_gradients, model), states_ = Call::pointers(state_gradients, model),
                         final_ = Call::pointers(final_gradients, model);
      arrays.slots = slots.of(model);
      arrays.output_gradient = output_gradient.of(model);
      arrays.final_gradients = final_.data();
      arrays.stream_gradients = streams_.data();
      arrays.state_gradients = states_.data();
      arrays.vector_sums = vector_sums.get() + model * vector_bytes;
      arrays.matrix_sums = matrix_sums.get() + model * matrix_bytes;
      go();
    });
  else {
    std::fill_n(vector_sums.get(), models * vector_bytes, 0);
    std::fill_n(matrix_sums.get(), models * matrix_bytes, 0);
  }

  // The parts are added in their order, whoever computed them: one thread gives what many give.
  auto gather_vectors = [&](int64_t model) {
    int64_t offset = 0;
    for (size_t v = 0; v < vector_sizes.size(); ++v) {
      auto add = [&](auto* to) {
        using T = std::remove_pointer_t<decltype(to)>;
        const T* from = reinterpret_cast<const T*>(vector_sums.get() + model * vector_bytes) + offset;
        for (int64_t i = 0; i < vector_sizes[v]; ++i) {
          T sum = 0;
          for (int part = 0; part < program.parts; ++part) sum += from[part * vector_total + i];
          to[i] = sum;
        }
      };
      if (item == 4) add(static_cast<float*>(vector_gradients[v].of(model)));
      else add(static_cast<double*>(vector_gradients[v].of(model)));
      offset += vector_sizes[v];
    }
  };
  struct Slice {
    int64_t model;
    int matrix, from_row, to_row;
  };
  constexpr int rows_at_once = 64;  // every vector's width divides it
  std::vector<Slice> slices;
  for (int64_t model = 0; model < models; ++model) {
    gather_vectors(model);
    for (int m = 0; m < int(matrices.size()); ++m)
      for (int row = 0, rows = program.matrices[matrices[m]].rows; row < rows; row += rows_at_once)
        slices.push_back({model, m, row, std::min(row + rows_at_once, rows)});
  }
  auto gather = [&](int64_t i) {
    const Slice& slice = slices[i];
    call.kernel->gather(program, matrix_sums.get() + slice.model * matrix_bytes, matrices[slice.matrix], slice.from_row,
                        slice.to_row, matrix_gradients[slice.matrix].of(slice.model));
  };
  // Few numbers are added sooner than another thread wakes.
  if (matrix_total * models > 1 << 16) parallel(pool, int64_t(slices.size()), gather);
  else for (size_t i = 0; i < slices.size(); ++i) gather(int64_t(i));
  return ffi::Error::Success();
}

}  // namespace
}  // namespace unspool

#define EXPORT __attribute__((visibility("default")))

extern "C" EXPORT XLA_FFI_Error* UnspoolForward(XLA_FFI_CallFrame*);
extern "C" EXPORT XLA_FFI_Error* UnspoolBackward(XLA_FFI_CallFrame*);

XLA_FFI_DEFINE_HANDLER_SYMBOL(
    UnspoolForward, unspool::run_forward,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().RemainingArgs().RemainingRets().Attr<ffi::Span<const int32_t>>("program"));
XLA_FFI_DEFINE_HANDLER_SYMBOL(
    UnspoolBackward, unspool::run_backward,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().RemainingArgs().RemainingRets().Attr<ffi::Span<const int32_t>>("program"));

extern "C" {
// Names of the operations in the order of their numbers, with spaces between.
EXPORT const char* unspool_operations() {
#define UNSPOOL_TEXT(name) #name " "
  return UNSPOOL_OPERATIONS(UNSPOOL_TEXT);
}

// Names of the instruction sets that this processor has, best first, with spaces between.
EXPORT const char* unspool_instruction_sets() {
  static const std::string names = [] {
    std::string found;
    for (const unspool::KernelSet* set : unspool::kSets)
      if (set->supported()) found += std::string(set->name) + " ";
    return found;
  }();
  return names.c_str();
}

// Chooses an instruction set by name for all later calls: 1, or 0 if this processor lacks it.
EXPORT int unspool_select(const char* name) {
  for (const unspool::KernelSet* set : unspool::kSets)
    if (name == std::string(set->name) && set->supported()) {
      unspool::selected = set;
      return 1;
    }
  return 0;
}

// Lanes of a row of so many vectors of numbers of so many bytes; of none, which is a sequence alone.
EXPORT int unspool_lanes(int item_bytes, int vectors) {
  int seen = 0;
  for (const unspool::Kernel& kernel : unspool::selected->kernels)
    if (kernel.item_bytes == item_bytes && seen++ == vectors) return kernel.lanes;
  return 0;
}
}
