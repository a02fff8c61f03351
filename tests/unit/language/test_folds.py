from __future__ import annotations

import pytest

from bot.language import folds


@pytest.mark.parametrize("examples", [1, folds._MANY], ids=["here", "in processes"])
def test_results_come_in_the_order_of_the_jobs(examples):
    assert list(folds.fit_each(sum, [([1, 2],), ([3],), ([],), ([4, 5, 6],)], examples)) == [3, 3, 0, 15]


@pytest.mark.parametrize("examples", [1, folds._MANY], ids=["here", "in processes"])
def test_a_job_may_have_several_arguments(examples):
    assert list(folds.fit_each(pow, [(2, 3), (3, 2)], examples)) == [8, 9]


@pytest.mark.parametrize("examples", [1, folds._MANY], ids=["here", "in processes"])
def test_a_fault_of_a_job_is_raised(examples):
    with pytest.raises(TypeError):
        list(folds.fit_each(sum, [([1],), ([None],)], examples))
