"""Which obligations the tests prove: `@pytest.mark.proves("JSO-11")` says that a test proves JSO-11.

After a full run it prints what no test proves yet and why, and fails when docs/requirements.md has no reason for it.
A test that names an obligation which is not on the list fails, in any run. With pytest-xdist the workers only run the
tests; the IDs travel with each report to the process that counts them.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.requirements import requirements

_PROPERTY = "proves"
_PARTIAL_OPTIONS = ("keyword", "lf", "deselect", "ignore", "ignore_glob", "collectonly", "stepwise")


class Proofs:
    """What was proven in this run, kept where the reports come together."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.listed = requirements()
        self.proven: set[str] = set()

    @property
    def open(self) -> list[str]:
        return [name for name in self.listed if name not in self.proven]

    @property
    def unexplained(self) -> list[str]:
        return [name for name in self.open if not self.listed[name].later]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            item.user_properties.append((_PROPERTY, list(claims(item))))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        unknown = sorted(set(claims(item)) - set(self.listed))
        if unknown:
            pytest.fail(f"not in docs/requirements.md: {', '.join(unknown)}", pytrace=False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.proven |= {name for key, names in report.user_properties if key == _PROPERTY for name in names}  # type: ignore[attr-defined]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if is_full(self.config) and self.unexplained and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not is_full(self.config):
            return
        terminalreporter.section("obligations", sep="-")
        terminalreporter.line(f"{len(self.listed) - len(self.open)} of {len(self.listed)} are proven by a test.")
        for name in self.open:
            reason = self.listed[name].later or "NOT PROVEN, and docs/requirements.md does not say why"
            terminalreporter.line(f"{name}: {reason}")


def claims(item: pytest.Item) -> Iterable[str]:
    """The IDs that the test says it proves, on itself, its class or its module."""
    return (str(name) for mark in item.iter_markers(_PROPERTY) for name in mark.args)


def is_full(config: pytest.Config) -> bool:
    """Whether every test was meant to run, but for the long ones. A worker of pytest-xdist never knows."""
    if hasattr(config, "workerinput"):
        return False
    if any(config.getoption(name, None) for name in _PARTIAL_OPTIONS):
        return False
    if config.getoption("markexpr", "") not in ("", "not long"):
        return False
    whole = {config.rootpath, config.rootpath / "tests"}
    return all(Path(config.invocation_params.dir, argument).resolve() in whole for argument in config.args)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "proves(*ids): the obligations (docs/requirements.md) that this test proves")
    config.pluginmanager.register(Proofs(config), "proofs")
