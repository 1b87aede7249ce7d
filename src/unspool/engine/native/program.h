// A cell's step as data: what engine/encoding.py writes and the kernels run.
//
// A value is a range of rows. A row has `lanes` numbers, one for each sequence of the block that a
// task works on. Rows lie in the workspace, which a task has for itself, or in the slot of a time
// step, which holds the state before that step and what the backward pass wants from the forward
// one. A state may be a line: its newest entry lies in the step's own slot, the one before that in
// the slot before, and so on; the gradients of its entries lie likewise, one step's behind the
// other's, in the workspace of the backward pass.
//
// An address a >= 0 is row a of the workspace. Below, the bits of -1 - a say where: the lowest 20
// are the row, the next 10 how many steps back (1023: the step after), and the highest one is set for
// gradients of lines.
#pragma once

#include <cstdint>
#include <type_traits>

namespace unspool {

struct Instruction {
  int32_t operation;
  int32_t rows;         // of the result; of an operand in a reduction
  int32_t to;           // address of the result
  int32_t operand[3];   // addresses; in a product: source, starting value, index of the packed matrix;
                        // of one that was computed ahead: its index in that list
  int32_t stride[3];    // 1 = row after row, 0 = the same row again; in a product stride[1] = 0: from zero
};
static_assert(sizeof(Instruction) == 9 * sizeof(int32_t), "an instruction is nine words");

struct Literal { int32_t row, low, high; };              // a double's two halves, spread over a row
struct Vector { int32_t row, size; };                    // a parameter, each element spread over a row
struct Matrix { int32_t rows, columns; };
struct Packed { int32_t matrix, transposed; };
struct Stream { int32_t size, row; };                    // row in the workspace, -1 = is not read
struct Copy { int32_t from, rows, to; };
struct State { int32_t address, rows, depth; };          // depth > 1: a line of so many entries of `rows`
struct Outer { int32_t matrix, gradient, value; };       // gradient of a product, and what it multiplied
struct Range { int32_t address, rows; };
// The gradient of a stream: its rows, or with packed >= 0 what that matrix is multiplied by for it.
struct StreamGradient { int32_t address, rows, packed; };
// A product of a stream, computed for some steps before they run, from `start` (stride as above) on.
struct Ahead { int32_t stream, packed, start, stride; };
struct Output { int32_t address, rows, used; };

template <typename Item>
struct List {
  const Item* items;
  int32_t count;
  const Item* begin() const { return items; }
  const Item* end() const { return items + count; }
  const Item& operator[](int index) const { return items[index]; }
};

struct Program {
  int32_t version, batch, time, lanes, parts, has_lengths, slot_rows, work_rows, keeps_slots;
  int32_t kept_row;            // rows for the gradients of states that wait for their row's end
  int32_t history;             // slots before the first step's, for the older entries of lines
  int32_t line_rows;           // rows of the gradients of lines for a step
  int32_t blocks;              // fewer than the batch fills: lanes take several sequences, one after the other
  List<Literal> literals;
  List<Vector> vectors;
  List<Matrix> matrices;
  List<Packed> packed;
  List<Stream> streams;
  List<State> states;          // address: the first row of the state in the slot
  List<Instruction> instructions;
  List<Output> output;         // one: what the step gives out; backward: where its gradient is put
  List<Copy> next;             // new states to rows of the next slot; backward: gradients of states to theirs
  // Backward only.
  List<State> state_gradients; // address: of the workspace; of a line, among the gradients of lines
  List<StreamGradient> stream_gradients;  // rows 0 = is not wanted
  List<Range> vector_gradients;  // rows of sums over time; address -1 - i: the gradient that outer i has
  List<Outer> outers;
  // Forward only.
  List<Ahead> ahead;

  static constexpr int32_t kVersion = 7;
  static constexpr int kHead = 13;  // words before the lists
  int64_t all_lanes() const { return int64_t(blocks) * lanes; }
  // The most sequences that a lane takes. A slot lies behind the last step of each, for its final state.
  int64_t sequences_of_a_lane() const { return all_lanes() ? (batch + all_lanes() - 1) / all_lanes() : 0; }
  int64_t slots_of_a_block() const { return history + sequences_of_a_lane() * (int64_t(time) + 1); }
  // A line's older entries, and steps whose products are computed together, would be of another
  // sequence; and one that is alone has no steps to wait in.
  bool can_run() const {
    if (blocks < 0 || lanes < 1 || (all_lanes() < batch && !has_lengths)) return false;
    bool one_each = lanes == 1 || history > 0 || ahead.count > 0;
    for (const StreamGradient& gradient : stream_gradients) one_each |= gradient.packed >= 0;
    return !one_each || all_lanes() >= batch;
  }
};

// Reads the words that encoding.py wrote. False if there are too few, too many, or of another version.
inline bool read_program(const int32_t* words, int64_t count, Program* program) {
  const int32_t* at = words;
  const int32_t* end = words + count;
  int32_t* head = &program->version;
  if (count < Program::kHead) return false;
  for (int i = 0; i < Program::kHead; ++i) head[i] = *at++;
  if (program->version != Program::kVersion) return false;
  auto list = [&](auto* into) {
    using Item = typename std::remove_reference<decltype(*into->items)>::type;
    constexpr int64_t size = sizeof(Item) / sizeof(int32_t);
    if (at == nullptr || at >= end || *at < 0 || end - at - 1 < *at * size) {
      at = nullptr;
      return;
    }
    into->count = *at++;
    into->items = reinterpret_cast<const Item*>(at);
    at += into->count * size;
  };
  list(&program->literals);
  list(&program->vectors);
  list(&program->matrices);
  list(&program->packed);
  list(&program->streams);
  list(&program->states);
  list(&program->instructions);
  list(&program->output);
  list(&program->next);
  list(&program->state_gradients);
  list(&program->stream_gradients);
  list(&program->vector_gradients);
  list(&program->outers);
  list(&program->ahead);
  return at == end;
}

}  // namespace unspool
