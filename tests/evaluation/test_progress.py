import io

from rich.console import Console

from gen3d_bench.evaluation import progress
from gen3d_bench.evaluation.progress import RunProgress


def shown(terminal, monkeypatch, **arguments):
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=120)
    with RunProgress(console=console, **arguments) as bar:
        for success in (True, False, True):
            bar.advance(success)
    return out.getvalue()


def test_plain_lines_where_there_is_no_terminal(monkeypatch):
    lines = shown(False, monkeypatch, total=8, done=4, successes=2).splitlines()
    assert lines[0].startswith("5/8 episodes, SR 60.0%, 0 s gone")
    assert lines[-1].startswith("7/8 episodes, SR 57.1%")
    assert all("s left" in line for line in lines)


def test_a_bar_on_a_terminal(monkeypatch):
    text = shown(True, monkeypatch, total=3)
    assert "3/3" in text
    assert "SR 66.7%" in text


def test_nothing_to_do_says_nothing():
    out = io.StringIO()
    with RunProgress(5, 5, 5, Console(file=out)):
        pass
    assert out.getvalue() == ""
