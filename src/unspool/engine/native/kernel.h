// What a kernel does: the steps of one part of a batch, forward or backward, for one instruction set.
//
// The same source (kernel.inc) is compiled for every instruction set, number type and number of
// vectors in a row; engine.cpp picks one when the library is loaded.
#pragma once

#include "program.h"

namespace unspool {

// The arrays of one call and one model. Inputs are read only; no output overlaps another array.
// Layouts are row-major. batch, time: the program's. parts: shares of the batch, each summed apart.
struct Arrays {
  const void* const* streams;        // of each stream (batch, time, size)
  const void* const* states;         // of each state (batch, size), before the first step
  const int32_t* lengths;            // (batch,), or null: all steps of every row
  // With lengths: the rows of the batch, lane after lane in the order in which a lane takes them,
  // (batch,), and where each lane's begin, (blocks x lanes + 1,). Without, a lane has the row of its number.
  const int32_t *queued, *queues;
  const void* const* vectors;        // of each vector (size,)
  const void* const* packed;         // of each packed matrix, as `pack` wrote it
  void* slots;                       // (blocks, slots_of_a_block, slot_rows, lanes): written forward, read backward
  // Forward.
  void* output;                      // (batch, time, size)
  void* const* final_states;         // of each state (batch, size), after each row's last step
  // Backward.
  const void* output_gradient;       // (batch, time, size)
  const void* const* final_gradients;  // of each state (batch, size)
  void* const* stream_gradients;     // of each wanted stream (batch, time, size)
  void* const* state_gradients;      // of each state (batch, size)
  void* vector_sums;                 // (parts, all vectors' sizes together)
  void* matrix_sums;                 // (parts, sum_size): each product's gradient, panels of (columns, vectors)
};

struct Kernel {
  const char* name;      // of the instruction set
  int item_bytes;        // 4 or 8
  int lanes;             // sequences in a block
  int64_t (*packed_size)(int rows, int columns);  // numbers in a packed (rows, columns) matrix
  void (*pack)(const void* matrix, int rows, int columns, bool transposed, void* packed);
  int64_t (*sum_size)(const Program&);            // numbers in one part of matrix_sums
  int64_t (*workspace_size)(const Program&);      // numbers that a task needs for itself
  void (*forward)(const Program&, const Arrays&, int part, void* workspace);
  void (*backward)(const Program&, const Arrays&, int part, void* workspace);
  // Adds the parts of one product's gradient, in their order, into (rows, columns), some rows of it.
  void (*gather)(const Program&, const void* matrix_sums, int matrix, int from_row, int to_row, void* gradient);
};

// The kernels of an instruction set: for float and double, a sequence alone, one and two vectors in a row.
struct KernelSet {
  const char* name;
  bool (*supported)();
  Kernel kernels[6];
};

extern const KernelSet kPortable;
#if defined(__x86_64__)
extern const KernelSet kAvx2, kAvx512;
#endif

}  // namespace unspool
