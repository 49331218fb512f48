"""The list of obligations, and the plugin that holds the tests against it."""

from pathlib import Path

import pytest

from tests.requirements import requirements

COUNTS = {"JSO": 20, "KK": 36, "SO": 35, "HSS": 20, "BNW": 16, "X": 14}
_REASONS = ("correspondence", "escalation", "reports", "erasure", "data requests")

pytest_plugins = ["pytester"]


def test_every_row_is_there_in_order():
    wanted = [f"{prefix}-{number:02}" for prefix, count in COUNTS.items() for number in range(1, count + 1)]
    assert list(requirements()) == wanted


def test_each_has_a_duty_and_a_reason_only_of_the_known_kinds():
    for each in requirements().values():
        assert each.duty.endswith(".") and '"' not in each.duty
        assert not each.later or each.later.startswith(_REASONS)


def test_a_row_listed_twice_is_refused(tmp_path: Path):
    path = tmp_path / "list.md"
    path.write_text("| X-01 | A. |  |\n| X-01 | B. |  |\n", encoding="utf-8")
    with pytest.raises(ValueError, match="twice"):
        requirements(path)


PROVEN = "@pytest.mark.proves('X-01')\ndef test_a(): pass\n"
FAILING = "@pytest.mark.proves('X-01')\ndef test_a(): assert False\n"
UNKNOWN = "@pytest.mark.proves('X-99')\ndef test_b(): pass\n"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project of its own with two obligations: X-01 must be proven, X-02 comes later."""
    root = Path(__file__).parents[2]
    for name in ("__init__.py", "proofs.py", "requirements.py"):
        source = root / "tests" / name
        target = pytester.mkpydir("tests") if not (pytester.path / "tests").exists() else pytester.path / "tests"
        if source.exists():
            (target / name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    pytester.mkdir("docs").joinpath("requirements.md").write_text("| X-01 | A. |  |\n| X-02 | B. | reports: later |\n")
    pytester.makeini(
        "[pytest]\ntestpaths = tests\npythonpath = .\naddopts = -p xdist --strict-markers --import-mode=importlib\n"
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # each of the runs below would load them all
    (pytester.path / "conftest.py").write_text('pytest_plugins = ["tests.proofs"]\n')
    return pytester


def run(project: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    (project.path / "tests" / "test_some.py").write_text(f"import pytest\n{tests}")
    return project.runpytest_subprocess(*options)


@pytest.mark.parametrize(
    ("tests", "options", "code", "line"),
    [
        (PROVEN, [], 0, "X-02: reports: later"),
        (PROVEN, ["-n", "2"], 0, "1 of 2 are proven by a test."),
        ("def test_c(): pass\n", ["-n", "2"], 1, "X-01: NOT PROVEN*"),
        ("def test_c(): pass\n", ["-k", "test_c"], 0, "*1 passed*"),
        ("def test_c(): pass\n", ["tests/test_some.py"], 0, "*1 passed*"),
        (FAILING, [], 1, "0 of 2 are proven by a test."),
        (PROVEN + UNKNOWN, ["-n", "2"], 1, "*not in docs/requirements.md: X-99*"),
        ("@pytest.mark.proves('X-01')\n@pytest.mark.skip\ndef test_a(): pass\n", [], 1, "X-01: NOT PROVEN*"),
        (
            "pytestmark = pytest.mark.proves('X-01', 'X-02')\ndef test_a(): pass\n",
            [],
            0,
            "2 of 2 are proven by a test.",
        ),
    ],
)
def test_the_plugin(project, tests, options, code, line):
    result = run(project, tests, *options)
    result.stdout.fnmatch_lines([f"*{line}*"])
    assert result.ret == code
