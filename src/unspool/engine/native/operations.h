// The operations of a program, by the names under which Python asks for them.
#pragma once

// Rows in, rows out, lane by lane: one, two or three operands.
#define UNSPOOL_UNARY(X)                                                                          \
  X(copy) X(neg) X(exp) X(expm1) X(log) X(log1p) X(tanh) X(logistic) X(sqrt) X(rsqrt) X(abs)      \
  X(sign) X(square) X(not_)
#define UNSPOOL_BINARY(X)                                                                         \
  X(add) X(sub) X(mul) X(div) X(max) X(min) X(lt) X(le) X(gt) X(ge) X(eq) X(ne) X(and_) X(or_)    \
  X(tanh_gradient) X(logistic_gradient)
#define UNSPOOL_TERNARY(X)                                                                        \
  X(select) X(multiply_add) X(multiply_subtract) X(multiply_tanh_gradient)                        \
  X(multiply_logistic_gradient)
// Many rows to one.
#define UNSPOOL_REDUCTION(X) X(reduce_sum) X(reduce_max) X(reduce_min) X(reduce_dot)
#define UNSPOOL_OPERATIONS(X)                                                                     \
  UNSPOOL_UNARY(X) UNSPOOL_BINARY(X) UNSPOOL_TERNARY(X) UNSPOOL_REDUCTION(X) X(product) X(ahead)

namespace unspool {
enum class Operation : int {
#define UNSPOOL_NAME(name) name,
  UNSPOOL_OPERATIONS(UNSPOOL_NAME)
#undef UNSPOOL_NAME
};
}  // namespace unspool
