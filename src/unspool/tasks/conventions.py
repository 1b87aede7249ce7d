"""scikit-learn's conventions of an estimator, without scikit-learn (docs/decisions/0005)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from unspool.errors import UsageError


class Estimator:
    """Constructor arguments that can be read and changed; what was fitted is told by `fitted_`.

    parameters: the names of the constructor's arguments, each an attribute. learned: attributes
    that `fit` sets and that are None before it, and again after a parameter was changed.
    """

    parameters: ClassVar[tuple[str, ...]]
    learned: ClassVar[tuple[str, ...]] = ("fitted_",)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments, as scikit-learn asks for them."""
        return {name: getattr(self, name) for name in self.parameters}

    def set_params(self, **given: Any) -> Self:
        """Change constructor arguments, as scikit-learn does; what was fitted is forgotten."""
        for name in given:
            if name not in self.parameters:
                raise UsageError(f"no parameter {name!r}; there are {', '.join(self.parameters)}")
        type(self)(**{**self.get_params(), **given})  # all of it is right, or nothing is changed
        for name, value in given.items():
            setattr(self, name, value)
            for learned in self.learned:
                setattr(self, learned, None)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` was called, as scikit-learn asks for it."""
        return getattr(self, self.learned[0]) is not None

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({given})"
