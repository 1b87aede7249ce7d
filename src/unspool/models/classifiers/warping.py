"""Series drawn anew for each update of a training: steps moved a little, values changed a little.

A few dozen series are soon learned by heart. What their class does not depend on, when exactly
something happens and how large it is, is varied, so that only the rest is left to learn from
(Um et al. 2017, section 3.2: time-warping and magnitude-warping by smooth random curves).
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

# Cosine waves of a curve: of no, a half, one, … periods along a series.
WAVES = 5
# Values change by so many times as large a share as steps move.
SIZE = 2.5


class Warping(eqx.Module):
    """Series (batch, time, features) -> others like them, of the same shape and lengths.

        y_t = x_(t + m(t)) * (1 + c(t))

    m and c are curves of each series' own: m moves steps by typically `strength` of its length, c
    changes values by SIZE times that share. Between two steps x is interpolated linearly, and
    beyond its ends it stays as it is there. Only the first `channels` features change their size:
    those after them say what is missing, and move along.
    """

    strength: float = eqx.field(static=True)
    channels: int = eqx.field(static=True)

    def __call__(
        self,
        x: Float[Array, "batch time features"],
        lengths: Int[Array, " batch"] | None,
        key: PRNGKeyArray,
    ) -> Float[Array, "batch time features"]:
        """Warped series; what stands past a row's length means nothing, as before."""
        batch, time, features = x.shape
        moved_key, changed_key = jax.random.split(key)
        own = jnp.full(batch, time) if lengths is None else lengths
        last = jnp.maximum(own - 1, 0)[:, None]  # (batch, 1)
        steps = jnp.arange(time)
        along = steps / jnp.maximum(last, 1)  # (batch, time), 0 to 1 within a row
        places = steps + self.strength * own[:, None] * curve(along, moved_key)
        places = jnp.clip(places, 0, last)
        before = jnp.clip(jnp.floor(places).astype(int), 0, jnp.maximum(last - 1, 0))
        share = (places - before)[..., None]
        left = jnp.take_along_axis(x, before[..., None], axis=1)
        right = jnp.take_along_axis(x, jnp.minimum(before + 1, last)[..., None], axis=1)
        moved = left + share * (right - left)
        changed = 1 + SIZE * self.strength * curve(along, changed_key)
        is_value = jnp.arange(features) < self.channels
        return moved * jnp.where(is_value, changed[..., None], 1)


def curve(along: Float[Array, "batch time"], key: PRNGKeyArray) -> Float[Array, "batch time"]:
    """A smooth random curve for each row, with a mean square of 1, at places from 0 to 1.

    The sum of WAVES cosines of normal heights, the first one a constant.
    """
    heights = jax.random.normal(key, (along.shape[0], WAVES))
    # A constant has twice the mean square of a cosine.
    heights = heights * jnp.sqrt(jnp.where(jnp.arange(WAVES) == 0, 1, 2) / WAVES)
    waves = jnp.cos(jnp.pi * along[..., None] * jnp.arange(WAVES))  # (batch, time, waves)
    return jnp.einsum("btw,bw->bt", waves, heights)
