import pytest

from incubator.charts import Cache
from tests.databases import lend_fonts


@pytest.fixture(scope="session")
def fonts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("charts")
    lend_fonts(folder)
    return Cache(folder).fonts
