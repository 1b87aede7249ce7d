"""Row 25: additive attention, with its shapes and what its weights are.

The score of a step with a query is V tanh(W1 q + W2 v); a softmax over the steps of a sequence
makes weights of the scores, and the context is the sum of the steps, each with its weight. There
is nothing to train here: the text prints the two shapes.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from unspool.chapter.experiment import Order, Outcome, Procedure
from unspool.layers import AdditiveAttention

BATCH, TIME, FEATURES, UNITS = 32, 10, 64, 10


def run(order: Order) -> Outcome:
    """One query a sequence, over ten steps of 64 features; and over the first four of them."""
    own, asked, stands = jax.random.split(jax.random.key(order.seed), 3)
    attention = AdditiveAttention(FEATURES, FEATURES, UNITS, key=own)
    query = jax.random.normal(asked, (BATCH, 1, FEATURES))
    values = jax.random.normal(stands, (BATCH, TIME, FEATURES))
    context, weights = attention(query, values)
    total = np.asarray(weights).sum(axis=1)
    _, fewer = attention(query, values, lengths=jnp.full(BATCH, 4))
    past = np.asarray(fewer)[:, 4:].max()
    # Without the layer as model: it remembers nothing over time that `look` could draw.
    return Outcome(
        figure=None,
        inputs=np.asarray(values),
        predictions=np.asarray(weights),
        findings=(
            f"a query {query.shape} and values {values.shape}: context {context.shape}, "
            f"weights {weights.shape}",
            f"the weights of a sequence sum to {total.min():.6f} at least, {total.max():.6f} at "
            "most",
            f"with lengths of 4, the weights of steps 5 to 10 are {past:g}",
        ),
    )


experiment = Procedure(run)
