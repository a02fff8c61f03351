from __future__ import annotations

import pytest
from moving_day import MovingDay


@pytest.fixture
def today():
    return MovingDay()
