"""docs/operations.md names every setting, and no other."""
import re

from support.server import ROOT


def test_every_setting_is_documented():
    source = (ROOT / "src/app/config.cc").read_text()
    settings = re.findall(r'\{"([a-z][a-z-]*)", ', source[source.index("default_settings() {"):])
    table = (ROOT / "docs/operations.md").read_text().partition("| setting |")[2].partition("\n\n")[0]
    documented = [name for row in table.splitlines()[2:] for name in re.findall("`([a-z-]+)`", row.split("|")[1])]
    assert settings
    assert sorted(documented) == sorted(settings)
