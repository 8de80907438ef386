"""The closing lines of a run: how many tests were left out, and for want of what."""

from collections import Counter

import pytest

NO_DATA = "no test data"
"""How a reason begins where the folder of test data, or a part of it, is not there."""

_MODULES = "skipped_modules"


class Skips:
    """A plugin that counts what is skipped, by reason, in one process or in several."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._modules: dict[str, str] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._modules[report.nodeid] = _reason(report)

    def pytest_sessionfinish(self) -> None:
        """Tell the process that runs this worker, which is not told what was never collected."""
        told = getattr(self._config, "workeroutput", None)
        if told is not None:
            told[_MODULES] = self._modules

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node) -> None:
        """Hear what the worker `node` could not collect."""
        self._modules |= getattr(node, "workeroutput", {}).get(_MODULES, {})

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter):
        """Say it below everything else."""
        yield
        skipped = terminalreporter.getreports("skipped")
        tests = Counter(_reason(one) for one in skipped if isinstance(one, pytest.TestReport))
        terminalreporter.section("left out")
        for line in lines(tests, Counter(self._modules.values())):
            terminalreporter.write_line(line)


def lines(tests: Counter[str], files: Counter[str]) -> list[str]:
    """How many tests were skipped, and whole files of tests, by reason; the last line sums up."""
    if not tests and not files:
        return ["Skipped: nothing"]
    told = [
        f"{count:6,} {counted(count, what)}: {why}"
        for what, counts in (("test", tests), ("file", files))
        for why, count in counts.most_common()
    ]
    without_data = sum(count for why, count in tests.items() if why.startswith(NO_DATA))
    total, whole = tests.total(), files.total()
    summed = f"{total:,} {counted(total, 'test')}, {without_data:,} of them for want of data"
    return [*told, f"Skipped: {summed}, and {whole:,} whole {counted(whole, 'file')}"]


def counted(count: int, what: str) -> str:
    return what if count == 1 else f"{what}s"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return why.removeprefix("Skipped: ")
