import pytest

from portal.outside.paper import Press
from tests.outside.sheets import EN16931


@pytest.fixture
def press(app) -> Press:
    made = app.extensions["press"]
    yield made
    made.worker.stop()


@pytest.fixture(scope="session")
def norm() -> EN16931:
    return EN16931()
