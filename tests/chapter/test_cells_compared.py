import re

from unspool.chapter import cells_compared
from unspool.chapter.experiment import Order


def test_the_figure_is_the_best_median_of_five_seeds(monkeypatch):
    kinds = {name: cells_compared.CELLS[name] for name in ("SimpleRNN", "GRU")}
    monkeypatch.setattr(cells_compared, "CELLS", kinds)
    outcome = cells_compared.experiment.run(Order(epochs=1, examples=64))
    found = [
        re.fullmatch(r"(\w+): median (\S+) of 5 seeds, from (\S+) to (\S+)", finding)
        for finding in outcome.findings
    ]
    assert [match[1] for match in found] == ["SimpleRNN", "GRU"]
    assert f"{outcome.figure:.2g}" == min((match[2] for match in found), key=float)
    assert all(float(match[3]) <= float(match[2]) <= float(match[4]) for match in found)
